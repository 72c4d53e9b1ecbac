import type { ApiError } from '../api/errors.js';
import type { StreamSource } from '../settings/stream-config.js';
import type { StoredMessage, SubjectFilter } from '../store/store.js';
import { withoutConditions } from './copied-headers.js';
import type { CopyRule } from './copier.js';
import { Renamings } from './renamings.js';
import { type CopyingStream, type CopyStart, storeMirrored } from './target.js';

/** Copies a stream with its sequences and times. */
export class Mirror implements CopyRule {
  readonly kind = 'M';
  private readonly target: CopyingStream;
  private readonly source: StreamSource;
  private readonly renamings: Renamings;

  constructor(target: CopyingStream, source: StreamSource) {
    this.target = target;
    this.source = source;
    this.renamings = new Renamings(source);
  }

  get filter(): SubjectFilter {
    return this.renamings.filter;
  }

  start(): CopyStart {
    const { firstSequence, lastSequence } = this.target.store.state;
    if (firstSequence > 0) return { deliver_policy: 'by_start_sequence', opt_start_seq: lastSequence + 1 };
    const { opt_start_seq, opt_start_time } = this.source;
    if (opt_start_seq !== undefined) return { deliver_policy: 'by_start_sequence', opt_start_seq };
    if (opt_start_time !== undefined) return { deliver_policy: 'by_start_time', opt_start_time };
    return { deliver_policy: 'all' };
  }

  began(passed: number): void {
    const { store } = this.target;
    const { messages, lastSequence, lastAt } = store.state;
    if (passed <= lastSequence) return;
    if (messages === 0 || lastAt === undefined) {
      this.target.truncateFront(passed + 1);
      this.target.purged();
    } else store.skip(passed - lastSequence, lastAt);
  }

  store({ sequence, at, subject, body, headerBytes }: StoredMessage): ApiError | undefined {
    const { target, renamings } = this;
    if (sequence <= target.store.state.lastSequence) return undefined;
    const copy = withoutConditions({ subject: renamings.apply(subject), body, headerBytes });
    return storeMirrored(target, copy, sequence, at);
  }
}

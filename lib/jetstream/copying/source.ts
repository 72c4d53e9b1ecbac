import type { ApiError } from '../api/errors.js';
import { withHeaders, withoutHeader } from '../headers.js';
import { isBefore, parseTime, timeText } from '../instant.js';
import { sourceId } from '../settings/source-id.js';
import type { StreamSource } from '../settings/stream-config.js';
import type { StoredMessage, SubjectFilter } from '../store/store.js';
import { withBlock, withoutConditions } from './copied-headers.js';
import type { CopyRule } from './copier.js';
import { Renamings } from './renamings.js';
import { SOURCE_HEADER, type SourcePosition, sourceHeader } from './source-header.js';
import { type CopyingStream, type CopyStart, storeSourced } from './target.js';

const NOWHERE: SourcePosition = { sequence: 0, identity: '' };

/** Copies a stream to one that gives its messages sequences of its own, and notes in each where it comes from. */
export class Source implements CopyRule {
  readonly kind = 'S';
  readonly id: string;
  /** The last message that was copied. */
  position: SourcePosition = NOWHERE;
  private readonly target: CopyingStream;
  private readonly source: StreamSource;
  private readonly renamings: Renamings;
  private identity = '';
  /** Whether the stream is another one than the one that was copied before. */
  private isAnother = false;

  constructor(target: CopyingStream, source: StreamSource) {
    this.target = target;
    this.source = source;
    this.id = sourceId(source);
    this.renamings = new Renamings(source);
  }

  get filter(): SubjectFilter {
    return this.renamings.filter;
  }

  start(identity: string): CopyStart {
    const { sequence, identity: before } = this.position;
    this.identity = identity;
    if (sequence > 0 && before !== '' && identity !== '' && before !== identity) {
      this.position = NOWHERE;
      this.isAnother = true;
    } else if (sequence > 0) return { deliver_policy: 'by_start_sequence', opt_start_seq: sequence + 1 };
    const { opt_start_seq, opt_start_time } = this.source;
    if (opt_start_seq !== undefined) return { deliver_policy: 'by_start_sequence', opt_start_seq };
    return this.startByTime(opt_start_time) ?? { deliver_policy: 'all' };
  }

  began(): void {}

  store({ sequence, subject, body, headerBytes }: StoredMessage): ApiError | undefined {
    const position = { sequence, identity: this.identity };
    const renamed = withoutConditions({ subject: this.renamings.apply(subject), body, headerBytes });
    const own = renamed.headerBytes === 0 ? undefined : renamed.body.subarray(0, renamed.headerBytes);
    const kept = own && withoutHeader(own, SOURCE_HEADER);
    const block = withHeaders(kept, [sourceHeader(this.id, position, subject)]);
    const refusal = storeSourced(this.target, withBlock(renamed, block));
    if (refusal === undefined) this.position = position;
    return refusal;
  }

  /** Where nothing says which message was copied last, what was stored last says when that was. */
  private startByTime(given: string | undefined): CopyStart | undefined {
    const { firstSequence, lastAt } = this.target.store.state;
    const since = given === undefined ? undefined : parseTime(given);
    const isEmptied = firstSequence > 1 && !this.isAnother;
    const at = since === undefined ? isEmptied && lastAt : lastAt && isBefore(since, lastAt) ? lastAt : since;
    return at ? { deliver_policy: 'by_start_time', opt_start_time: timeText(at) } : undefined;
  }
}

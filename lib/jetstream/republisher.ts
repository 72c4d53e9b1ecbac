import { withHeaders } from './headers.js';
import { timeText } from './instant.js';
import { Renaming } from './renaming.js';
import type { RepublishConfig } from './settings/stream-config.js';
import type { StoredMessage } from './store/store.js';
import type { StreamHost } from './stream-host.js';

const NO_PAYLOAD = Buffer.alloc(0);

interface Waiting {
  readonly subject: string;
  readonly message: StoredMessage;
  /** Sequence of the message before it on its subject; 0: there was none. */
  readonly last: number;
}

/** Publishes what a stream has stored again, under another subject, once it is committed. */
export class Republisher {
  private readonly stream: string;
  private readonly host: StreamHost;
  private readonly renaming: Renaming;
  private readonly headersOnly: boolean;
  private waiting: Waiting[] = [];

  constructor(stream: string, host: StreamHost, { src = '>', dest, headers_only = false }: RepublishConfig) {
    this.stream = stream;
    this.host = host;
    this.renaming = new Renaming({ src, dest });
    this.headersOnly = headers_only;
  }

  /** Takes note of a message that was stored. Returns whether it is to be published again. */
  stored(message: StoredMessage, last: number): boolean {
    const subject = this.renaming.apply(message.subject);
    if (subject === undefined) return false;
    this.waiting.push({ subject, message, last });
    return true;
  }

  /**
   * Publishes what is committed, until that has to wait. Returns whether nothing is left of it.
   * @param isLast whether nothing waits: it is not called again
   */
  release(committed: number, isLast = false): boolean {
    const { outgoing } = this.host.tools;
    let at = 0;
    for (; at < this.waiting.length && (isLast || !outgoing.mustWait); at++) {
      const next = this.waiting[at];
      if (next === undefined || next.message.sequence > committed) break;
      this.publish(next);
    }
    if (at > 0) this.waiting = this.waiting.slice(at);
    const [first] = this.waiting;
    return first === undefined || first.message.sequence > committed;
  }

  /** Forgets what was stored under `sequence` or later: it is lost. */
  forgetFrom(sequence: number): void {
    this.waiting = this.waiting.filter(({ message }) => message.sequence < sequence);
  }

  private publish({ subject, message, last }: Waiting): void {
    const { body, headerBytes, sequence, at } = message;
    const payload = body.subarray(headerBytes);
    const size = [['Nats-Msg-Size', payload.length]] as const;
    const headers = withHeaders(headerBytes === 0 ? undefined : body.subarray(0, headerBytes), [
      ['Nats-Stream', this.stream],
      ['Nats-Subject', message.subject],
      ['Nats-Sequence', sequence],
      ['Nats-Time-Stamp', timeText(at)],
      ['Nats-Last-Sequence', last],
      ...(this.headersOnly ? size : []),
    ]);
    const { tools, account } = this.host;
    tools.outgoing.publish(account, { subject, headers, payload: this.headersOnly ? NO_PAYLOAD : payload });
  }
}

import { addAbortSignal, Readable } from 'node:stream';
import type { SluiceError } from '../domain/errors.js';
import type { LocalConnection, LocalUser } from './local-connection.js';
import type { Message } from './message.js';

/** Makes the connection of a subscription. */
export type Join = (user: LocalUser) => LocalConnection;

/** What is the same for all of them. */
const SID = '1';

/**
 * A subscription in this process: a Readable of messages, and an iterable of them.
 *
 *     for await (const message of broker.subscribe('orders.*')) …
 *
 * What is not read waits in its outbox and counts as pending, as with any other connection. It ends, once everything
 * has been read, after `max` messages, after `unsubscribe`, and when the broker closes; leaving the loop and `destroy`
 * end it at once. It is destroyed with a SluiceError SLOW_CONSUMER where it has taken nothing for too long.
 */
export class Subscription extends Readable {
  readonly subject: string;
  readonly queue: string | undefined;
  readonly #connection: LocalConnection;

  /**
   * @param highWaterMark messages it takes out of its outbox before they are read
   * @param join makes its connection, with `max` as here
   */
  constructor(
    subject: string,
    queue: string | undefined,
    max: number,
    highWaterMark: number,
    signal: AbortSignal | undefined,
    join: Join,
  ) {
    super({ objectMode: true, highWaterMark });
    this.subject = subject;
    this.queue = queue;
    this.on('error', () => {}); // a reader is told; without one the process must not end
    this.#connection = join({
      take: (message) => this.push(message),
      end: () => {
        this.push(null);
        this.#connection.leave();
      },
      fail: (error: SluiceError) => this.destroy(error),
    });
    const { client } = this.#connection;
    client.subscriptions.add(subject, SID, queue);
    if (max > 0) client.subscriptions.end(SID, max);
    if (signal !== undefined) addAbortSignal(signal, this);
  }

  /** Messages that wait and have not been taken, and their payload bytes; what it holds ready is not counted. */
  get pending(): { readonly messages: number; readonly bytes: number } {
    return this.#connection.client.outbox.pending;
  }

  /** Takes no new messages; those that have come can still be read, then it ends. */
  unsubscribe(): void {
    this.#connection.close('QUIT');
  }

  override _read(): void {
    this.#connection.mailbox.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#connection.leave();
    done(error);
  }

  override [Symbol.asyncIterator](): NodeJS.AsyncIterator<Message> {
    return super[Symbol.asyncIterator]() as NodeJS.AsyncIterator<Message>;
  }
}

import { clearTimeout, setTimeout } from 'node:timers';
import { SluiceError } from '../domain/errors.js';
import type { Client } from '../routing/client.js';
import type { LocalUser } from './local-connection.js';
import type { Message } from './message.js';

/** A request that waits for its reply. */
interface Pending {
  readonly subject: string;
  resolve(message: Message): void;
  reject(error: unknown): void;
}

/** A header of a reply that tells of a failure, as NATS services send it. */
export const SERVICE_ERROR = 'Nats-Service-Error';
export const SERVICE_ERROR_CODE = 'Nats-Service-Error-Code';

const NO_RESPONDERS = 503;

/** Where the replies to the requests of one client come in: one subscription for all of them. */
export class Inbox implements LocalUser {
  private readonly prefix: string;
  private readonly pending = new Map<string, Pending>();
  private client: Client | undefined;
  private next = 1;

  constructor(prefix: string) {
    this.prefix = `${prefix}.`;
  }

  /** Whose requests these are. It is subscribed when the first is sent. */
  open(client: Client): void {
    this.client = client;
  }

  /** A request is about to be sent: the subject for its reply, and the reply. */
  expect(
    subject: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): { readonly reply: string; readonly answer: Promise<Message> } {
    this.client?.subscriptions.add(`${this.prefix}*`, 'inbox');
    const reply = `${this.prefix}${(this.next++).toString(36)}`;
    const answer = new Promise<Message>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.reject(reply, new SluiceError('REQUEST_TIMEOUT', `${subject}: no reply within ${timeoutMs} ms`));
      }, timeoutMs);
      const abort = () => this.reject(reply, signal?.reason);
      signal?.addEventListener('abort', abort);
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        this.pending.delete(reply);
      };
      this.pending.set(reply, {
        subject,
        resolve(message) {
          done();
          resolve(message);
        },
        reject(error) {
          done();
          reject(error);
        },
      });
    });
    return { reply, answer };
  }

  reject(reply: string, error: unknown): void {
    this.pending.get(reply)?.reject(error);
  }

  take(message: Message): boolean {
    const request = this.pending.get(message.subject);
    if (request === undefined) return true; // it comes too late, or is not the first
    const { headers } = message;
    const failure = headers?.get(SERVICE_ERROR);
    if (headers?.status === NO_RESPONDERS && message.payload.length === 0)
      request.reject(new SluiceError('NO_RESPONDERS', `${request.subject}: it has no subscribers`));
    else if (failure !== undefined || headers?.has(SERVICE_ERROR_CODE) === true)
      request.reject(new SluiceError('SERVICE_ERROR', failure ?? '', { cause: message }));
    else request.resolve(message);
    return true;
  }

  end(): void {
    this.fail(new SluiceError('SERVER_SHUTDOWN', 'the broker has closed'));
  }

  fail(error: SluiceError): void {
    for (const request of [...this.pending.values()]) request.reject(error);
  }
}

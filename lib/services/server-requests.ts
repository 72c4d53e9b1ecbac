import { randomBytes } from 'node:crypto';
import { clearTimeout, setTimeout } from 'node:timers';
import type { Publisher, Sink } from '../clients/subscription.js';
import { batchOf, type CommandBatch } from '../frame/command.js';
import type { Account } from '../routing/account.js';
import type { Router } from '../routing/router.js';
import { SERVER } from '../routing/server-publisher.js';

/** Random bytes in each reply subject: a client of the account cannot answer in the place of the service. */
const SECRET_BYTES = 15;
/** Longest that a timer can run, in milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Where requests are routed. */
interface RequestHost {
  readonly router: Router;
  account(name: string): Account;
}

/** Publishes requests of the server itself in an account, and takes the answers. */
export class ServerRequests implements Sink {
  readonly kind = 'service';
  readonly units = 50;
  readonly owner: object = this;
  private readonly subject: string;
  private readonly prefix = `$SYS._INBOX.${randomBytes(9).toString('base64url')}.`;
  private readonly pending = new Map<string, (answer: Buffer | undefined) => void>();
  private host: RequestHost | undefined;
  private attachedTo: Account | undefined;

  /** @param subject where requests go */
  constructor(subject: string) {
    this.subject = subject;
  }

  /** Requests that wait for an answer. */
  get waiting(): number {
    return this.pending.size;
  }

  /** From now on requests are routed there. */
  bind(host: RequestHost): void {
    this.host = host;
  }

  /**
   * Publishes one request.
   * @returns the first answer; undefined: none in time, or the request has no receiver
   */
  ask(
    name: string,
    headers: Buffer | undefined,
    payload: Buffer,
    timeoutMs: number,
  ): Promise<Buffer | undefined> {
    const { host } = this;
    if (host === undefined) return Promise.resolve(undefined);
    const account = this.attach(host.account(name));
    const reply = `${this.prefix}${randomBytes(SECRET_BYTES).toString('base64url')}`;
    return new Promise((resolve) => {
      const settle = (answer: Buffer | undefined): void => {
        clearTimeout(timer);
        this.pending.delete(reply);
        resolve(answer);
      };
      const timer = setTimeout(() => settle(undefined), Math.min(timeoutMs, MAX_TIMER_MS)).unref();
      this.pending.set(reply, settle);
      const request = batchOf({ subject: this.subject, reply, payload, ...(headers && { headers }) });
      if (host.router.route(SERVER, account, request, 0, 1) === 0) settle(undefined);
    });
  }

  take(_publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
    let taken = 0;
    for (let row = from; row < to; row++) {
      const settle = this.pending.get(batch.subject(row));
      if (settle === undefined) continue;
      taken++;
      settle(Buffer.from(batch.payload(row)));
    }
    return taken;
  }

  /** Settles all requests as unanswered. */
  stop(): void {
    for (const settle of [...this.pending.values()]) settle(undefined);
  }

  private attach(account: Account): Account {
    if (account === this.attachedTo) return account;
    this.attachedTo?.interest.detach(this);
    account.interest.attach(this, this, `${this.prefix}*`);
    this.attachedTo = account;
    return account;
  }
}

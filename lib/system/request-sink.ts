import type { Publisher, Sink } from '../clients/subscription.js';
import { MAX_SYSTEM_REQUEST_BYTES } from '../domain/limits.js';
import type { CommandBatch } from '../frame/command.js';
import type { Account } from '../routing/account.js';
import { type Asked, askedOn, ownAccountRequest } from './subjects.js';

/** A request to the server itself. */
export interface SystemRequest {
  /** Where it came in, and its answer goes. */
  readonly account: Account;
  readonly asked: Asked;
  /** Where it asks for its answer; undefined: it asks for none. */
  readonly reply: string | undefined;
  /** Undefined: it is longer than a request may be. */
  readonly body: Buffer | undefined;
  /** Header block as on the wire. */
  readonly headers: string | undefined;
}

/** Takes requests to the server out of one account and hands them on; they are answered later, in turns of their own. */
export class RequestSink implements Sink {
  readonly kind = 'service';
  readonly units = 300;
  readonly owner: object = this;
  private readonly account: Account;
  private readonly isSystem: boolean;
  private readonly receive: (request: SystemRequest) => void;

  /**
   * @param isSystem whether it is the system account; any other is answered about itself only
   * @param receive called with each request, whose bytes are its own
   */
  constructor(account: Account, isSystem: boolean, receive: (request: SystemRequest) => void) {
    this.account = account;
    this.isSystem = isSystem;
    this.receive = receive;
  }

  take(_publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
    for (let row = from; row < to; row++) {
      const isTooLong = batch.payloadBytes(row) - batch.headerBytes(row) > MAX_SYSTEM_REQUEST_BYTES;
      this.receive({
        account: this.account,
        asked: this.askedOn(batch.subject(row)),
        reply: batch.reply(row),
        body: isTooLong ? undefined : Buffer.from(batch.payload(row)),
        headers: isTooLong ? undefined : batch.headers(row)?.toString('latin1'),
      });
    }
    return to - from;
  }

  private askedOn(subject: string): Asked {
    const { account, isSystem } = this;
    if (isSystem) return askedOn(subject);
    return { of: 'account', name: ownAccountRequest(subject), account: account.name };
  }
}

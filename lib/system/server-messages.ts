import { compactJson } from '../domain/json.js';
import { isLiteralSubject } from '../domain/subject.js';
import { batchOf, batchOfPieces, type Publish } from '../frame/command.js';
import type { Account } from '../routing/account.js';
import type { Router } from '../routing/router.js';
import { SERVER } from '../routing/server-publisher.js';

/** What ends a word in a control line: no subject of the server's own may have it, whatever an account is called. */
const BLANK = /[\s\0]/;

/** Publishes messages of the server itself. */
export class ServerMessages {
  private readonly router: Router;

  constructor(router: Router) {
    this.router = router;
  }

  /** Whether a message on `subject` has a receiver, and may be published at all. */
  hasReceiver(account: Account, subject: string): boolean {
    if (!isLiteralSubject(subject) || BLANK.test(subject)) return false;
    // Unknown where it takes a long search; then the message is made and routing finds out.
    return account.hasReceiverBeside(subject, SERVER) !== false;
  }

  /** @param payload in pieces, which must not change afterwards */
  publish(account: Account, message: Omit<Publish, 'op' | 'payload'>, payload: readonly Buffer[]): void {
    const [whole, ...more] = payload;
    const isWhole = whole !== undefined && more.length === 0;
    const batch = isWhole ? batchOf({ ...message, payload: whole }) : batchOfPieces(message, payload);
    this.router.route(SERVER, account, batch, 0, 1);
    this.router.endBatch();
  }

  publishJson(account: Account, subject: string, body: object): void {
    this.publish(account, { subject }, [Buffer.from(compactJson(body))]);
  }
}

import type { Publisher, Sink } from '../clients/subscription.js';
import { compactJson } from '../domain/json.js';
import { batchOf, type CommandBatch } from '../frame/command.js';
import type { Account } from '../routing/account.js';
import { Client } from '../routing/client.js';
import type { Router } from '../routing/router.js';
import { SERVER } from '../routing/server-publisher.js';

/** The subject on which a client asks for its user information. https://docs.nats.io/running-a-nats-service/configuration/sys_accounts */
export const USER_INFO_SUBJECT = '$SYS.REQ.USER.INFO';

/** Answers requests for user information: the client's user, account and permissions. */
export class UserInfo implements Sink {
  readonly kind = 'service';
  readonly units = 500;
  readonly owner: object = this;
  private readonly router: Router;
  private readonly account: Account;
  private readonly answer: (client: Client) => object;

  /** @param answer what to say to a client; it is sent as JSON */
  constructor(router: Router, account: Account, answer: (client: Client) => object) {
    this.router = router;
    this.account = account;
    this.answer = answer;
  }

  take(publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
    if (!(publisher instanceof Client)) return 0;
    for (let row = from; row < to; row++) {
      const reply = batch.reply(row);
      if (reply === undefined) continue;
      const payload = Buffer.from(compactJson(this.answer(publisher)));
      this.router.route(SERVER, this.account, batchOf({ subject: reply, payload }), 0, 1);
    }
    return to - from;
  }
}

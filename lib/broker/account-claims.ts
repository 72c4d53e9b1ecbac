import type { Publisher, Sink } from '../clients/subscription.js';
import { MAX_SYSTEM_REQUEST_BYTES } from '../domain/limits.js';
import { Loadable } from '../domain/loadable.js';
import type { CommandBatch } from '../frame/command.js';
import type { Account } from '../routing/account.js';
import type { AccountClaimsSources, AccountRequests } from './account-requests.js';

/*
 * What nsc and other tools ask a server about the JWTs of accounts, as nats-server has it.
 * https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/jwt/resolver
 */
const UPDATES = ['$SYS.REQ.ACCOUNT.*.CLAIMS.UPDATE', '$SYS.ACCOUNT.*.CLAIMS.UPDATE'];
/** Where these are in a directory. */
const OF_DIRECTORY = [
  '$SYS.REQ.CLAIMS.UPDATE',
  '$SYS.REQ.CLAIMS.LIST',
  '$SYS.REQ.CLAIMS.PACK',
  '$SYS.REQ.CLAIMS.DELETE',
  '$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP',
];

/** Takes requests about the JWTs of accounts in the system account. What answers them is loaded with the first one. */
export class AccountClaims implements Sink {
  readonly kind = 'service';
  readonly units = 300;
  readonly owner: object = this;
  private readonly sources: AccountClaimsSources;
  private readonly requests: Loadable<AccountRequests>;

  constructor(sources: AccountClaimsSources) {
    const { core } = sources;
    this.sources = sources;
    this.requests = new Loadable(async () => {
      const { AccountRequests } = await import('./account-requests.js');
      return new AccountRequests(sources);
    });
    for (const account of core.accounts.values()) this.serve(account);
    core.on('account', (account: Account) => this.serve(account));
  }

  take(_publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
    for (let row = from; row < to; row++) {
      const isTooLong = batch.payloadBytes(row) > MAX_SYSTEM_REQUEST_BYTES;
      const body = isTooLong ? '' : batch.payload(row).toString();
      const [subject, reply] = [batch.subject(row), batch.reply(row)];
      void this.requests.load().then((requests) => requests.answer(subject, reply, body));
    }
    return to - from;
  }

  private serve(account: Account): void {
    const { config, access } = this.sources.inForce;
    const { systemAccount } = access;
    if (account.name !== systemAccount || config.operator === undefined) return;
    const subjects = config.operator.directory === undefined ? UPDATES : [...UPDATES, ...OF_DIRECTORY];
    for (const subject of subjects) account.interest.attach(this, this, subject);
  }
}

import type { Publisher, Sink } from '../clients/subscription.js';
import type { Config } from '../config.js';
import { MAX_SYSTEM_REQUEST_BYTES } from '../domain/limits.js';
import type { CommandBatch } from '../frame/command.js';
import type { Account } from '../routing/account.js';
import type { Core } from '../routing/core.js';
import type { ServerDescription } from '../system/server-description.js';
import { ServerMessages } from '../system/server-messages.js';

/*
 * What nsc and other tools ask a server about the JWTs of accounts, where these are in a directory. As nats-server has it.
 * https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/jwt/resolver
 */
const SUBJECTS = [
  '$SYS.REQ.CLAIMS.UPDATE',
  '$SYS.REQ.CLAIMS.LIST',
  '$SYS.REQ.CLAIMS.PACK',
  '$SYS.REQ.CLAIMS.DELETE',
  '$SYS.REQ.ACCOUNT.*.CLAIMS.UPDATE',
  '$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP',
  '$SYS.ACCOUNT.*.CLAIMS.UPDATE',
];

/** Code for what a server does not do. */
const FAILED = 500;
const DONE = 200;

/** What an update asks for is decided by; loaded only where there is a directory. */
type Store = Pick<typeof import('../auth/account-directory.js'), 'AccountDirectory'> &
  Pick<typeof import('../auth/operator.js'), 'readTrust'>;

/** The trusted operators, and the directory. */
interface Where {
  readonly operators: readonly string[];
  readonly path: string;
}

/** What the answers are made from. */
export interface AccountClaimsSources {
  readonly core: Core;
  readonly description: ServerDescription;
  readonly config: () => Config;
  readonly systemAccount: () => string;
  /** Takes the accounts in force anew, from the directory. */
  readonly reload: () => Promise<unknown>;
}

/** Answers requests about the JWTs of accounts in the system account. */
export class AccountClaims implements Sink {
  readonly kind = 'service';
  readonly units = 300;
  readonly owner: object = this;
  private readonly sources: AccountClaimsSources;
  private readonly messages: ServerMessages;

  constructor(sources: AccountClaimsSources) {
    const { core } = sources;
    this.sources = sources;
    this.messages = new ServerMessages(core.router);
    for (const account of core.accounts.values()) this.serve(account);
    core.on('account', (account: Account) => this.serve(account));
  }

  take(_publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
    for (let row = from; row < to; row++) {
      const isTooLong = batch.payloadBytes(row) > MAX_SYSTEM_REQUEST_BYTES;
      const body = isTooLong ? '' : batch.payload(row).toString();
      void this.answer(batch.subject(row), batch.reply(row), body);
    }
    return to - from;
  }

  private serve(account: Account): void {
    const { config, systemAccount } = this.sources;
    if (account.name !== systemAccount() || config().operator?.directory === undefined) return;
    for (const subject of SUBJECTS) account.interest.attach(this, this, subject);
  }

  private async answer(subject: string, reply: string | undefined, body: string): Promise<void> {
    const { operators = [], directory: path } = this.sources.config().operator ?? {};
    if (path === undefined) return;
    const store = {
      ...(await import('../auth/account-directory.js')),
      ...(await import('../auth/operator.js')),
    };
    const directory = new store.AccountDirectory(path);
    const words = subject.split('.');
    const account = words.at(-3) ?? '';
    switch (words.at(-1)) {
      case 'LOOKUP':
        return this.send(reply, directory.read(account) ?? '');
      case 'LIST':
        return this.sendJson(reply, { data: directory.list() });
      case 'PACK':
        for (const key of directory.list()) this.send(reply, `${key}|${directory.read(key)}`);
        return this.send(reply, '');
      case 'DELETE':
        return this.refuse(
          reply,
          '',
          'delete accounts request failed',
          'delete must be enabled in server config',
        );
      default:
        return this.update(
          { ...store, operators, path },
          account === 'REQ' ? undefined : account,
          body.trim(),
          reply,
        );
    }
  }

  /** @param named the account that the subject names; undefined: any */
  private async update(
    { AccountDirectory, readTrust, operators, path }: Store & Where,
    named: string | undefined,
    jwt: string,
    reply: string | undefined,
  ): Promise<void> {
    const words = 'jwt update resulted in error';
    const subject = subjectOf(jwt);
    if (subject === undefined) return this.refuse(reply, 'n/a', words, 'not a JWT of an account');
    if (named !== undefined && named !== subject)
      return this.refuse(reply, named, words, 'subject does not match jwt content');
    try {
      // Verified as a preloaded one is, by the operators alone.
      readTrust({ operators, preload: { [subject]: jwt } }, () => 'JWT');
    } catch (error) {
      return this.refuse(reply, subject, words, (error as Error).message);
    }
    const fault = new AccountDirectory(path).write(subject, jwt);
    if (fault !== undefined) return this.refuse(reply, subject, words, fault);
    try {
      await this.sources.reload();
    } catch (error) {
      return this.refuse(reply, subject, words, (error as Error).message);
    }
    this.sendJson(reply, { data: { account: subject, code: DONE, message: 'jwt updated' } });
  }

  private refuse(reply: string | undefined, account: string, words: string, why: string): void {
    this.sendJson(reply, { error: { account, code: FAILED, description: `${words} - ${why}` } });
  }

  private sendJson(reply: string | undefined, body: object): void {
    this.send(reply, JSON.stringify({ server: this.sources.description.next(), ...body }));
  }

  private send(reply: string | undefined, text: string): void {
    const { core, systemAccount } = this.sources;
    const account = core.accounts.get(systemAccount());
    if (reply !== undefined && account !== undefined)
      this.messages.publish(account, { subject: reply }, [Buffer.from(text)]);
  }
}

/** The account that a JWT says it is of, unverified; undefined: it is none. */
function subjectOf(jwt: string): string | undefined {
  try {
    const { sub, nats } = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as {
      sub?: unknown;
      nats?: { type?: unknown };
    };
    return typeof sub === 'string' && nats?.type === 'account' ? sub : undefined;
  } catch {
    return undefined;
  }
}

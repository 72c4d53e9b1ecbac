import type { AccountResolver } from '../auth/account-resolver.js';
import type { Trust } from '../auth/operator.js';
import type { Publisher, Sink } from '../clients/subscription.js';
import type { DirectoryConfig, OperatorConfig } from '../config/shapes.js';
import { MAX_SYSTEM_REQUEST_BYTES } from '../domain/limits.js';
import type { CommandBatch } from '../frame/command.js';
import type { Account } from '../routing/account.js';
import type { Core } from '../routing/core.js';
import type { ServerDescription } from '../system/server-description.js';
import { ServerMessages } from '../system/server-messages.js';
import type { InForce } from './in-force.js';

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

/** Code for what a server does not do. */
const FAILED = 500;
const DONE = 200;

const UPDATE_FAILED = 'jwt update resulted in error';

/** What requests are decided by; loaded only where there is an operator. */
type Tools = Pick<typeof import('../auth/account-directory.js'), 'AccountDirectory'> &
  Pick<typeof import('../auth/deletion-request.js'), 'readDeletion'> &
  Pick<typeof import('../auth/operator.js'), 'readTrust'>;

/** What the answers are made from. */
export interface AccountClaimsSources {
  readonly core: Core;
  readonly description: ServerDescription;
  readonly inForce: InForce;
  /** Has the accounts that are in no directory. */
  readonly resolver: AccountResolver;
  /** Takes the accounts in force anew. */
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
    const { config, systemAccount } = this.sources.inForce;
    if (account.name !== systemAccount || config.operator === undefined) return;
    const subjects = config.operator.directory === undefined ? UPDATES : [...UPDATES, ...OF_DIRECTORY];
    for (const subject of subjects) account.interest.attach(this, this, subject);
  }

  private async answer(subject: string, reply: string | undefined, body: string): Promise<void> {
    const { operator } = this.sources.inForce.config;
    if (operator === undefined) return;
    const tools: Tools = {
      ...(await import('../auth/account-directory.js')),
      ...(await import('../auth/deletion-request.js')),
      ...(await import('../auth/operator.js')),
    };
    const words = subject.split('.');
    const named = words.at(-3) === 'REQ' ? undefined : words.at(-3);
    const { directory } = operator;
    if (words.at(-1) === 'UPDATE') return this.update(tools, operator, named, body.trim(), reply);
    if (directory === undefined) return;
    const files = new tools.AccountDirectory(directory.path);
    switch (words.at(-1)) {
      case 'LOOKUP':
        return this.send(reply, files.read(named ?? '') ?? '');
      case 'LIST':
        return this.sendJson(reply, { data: files.list() });
      case 'PACK':
        for (const key of files.list()) this.send(reply, `${key}|${files.read(key)}`);
        return this.send(reply, '');
      case 'DELETE':
        return this.delete(tools, operator, directory, body.trim(), reply);
    }
  }

  /** @param named the account that the subject names; undefined: any */
  private async update(
    { AccountDirectory, readTrust }: Tools,
    { operators, preload, directory }: OperatorConfig,
    named: string | undefined,
    jwt: string,
    reply: string | undefined,
  ): Promise<void> {
    const { resolver, reload } = this.sources;
    const subject = subjectOf(jwt);
    if (subject === undefined) return this.refuse(reply, 'n/a', UPDATE_FAILED, 'not a JWT of an account');
    if (named !== undefined && named !== subject)
      return this.refuse(reply, named, UPDATE_FAILED, 'subject does not match jwt content');
    const isKnown = Object.hasOwn(preload, subject) || resolver.has(subject);
    if (directory === undefined && !isKnown) return this.done(reply, 'jwt update skipped', subject);
    try {
      // Verified as a preloaded one is, by the operators alone.
      const trust = readTrust({ operators, preload: {} });
      trust.verify(subject, jwt);
      if (directory === undefined) resolver.put(subject, jwt, trust);
      else {
        const { path, maxAccounts } = directory;
        const fault = new AccountDirectory(path).write(subject, jwt, maxAccounts);
        if (fault !== undefined) return this.refuse(reply, subject, UPDATE_FAILED, fault);
      }
      await reload();
    } catch (error) {
      return this.refuse(reply, subject, UPDATE_FAILED, (error as Error).message);
    }
    this.done(reply, 'jwt updated', subject);
  }

  private async delete(
    { AccountDirectory, readDeletion, readTrust }: Tools,
    { operators }: OperatorConfig,
    { path, deletion }: DirectoryConfig,
    jwt: string,
    reply: string | undefined,
  ): Promise<void> {
    const { inForce, reload } = this.sources;
    let trust: Trust;
    try {
      trust = readTrust({ operators, preload: {} });
    } catch (error) {
      return this.refuse(reply, '', 'delete accounts request failed', (error as Error).message);
    }
    const { by, accounts, fault } = readDeletion(jwt, trust, inForce.systemAccount, deletion !== 'none');
    if (fault !== undefined) return this.refuse(reply, '', `delete accounts request by ${by} failed`, fault);
    const files = new AccountDirectory(path);
    const faults = accounts.flatMap((account) => files.delete(account, deletion === 'rename') ?? []);
    try {
      await reload();
    } catch (error) {
      faults.push((error as Error).message);
    }
    const deleted = accounts.length - faults.length;
    if (faults.length === 0) return this.done(reply, `deleted ${deleted} accounts`);
    this.refuse(reply, '', `deleted ${deleted} accounts, failed for ${faults.length}`, faults.join('\n'));
  }

  /** @param account what the answer is about; undefined: no account in particular */
  private done(reply: string | undefined, message: string, account?: string): void {
    this.sendJson(reply, { data: { ...(account !== undefined && { account }), code: DONE, message } });
  }

  private refuse(reply: string | undefined, account: string, words: string, why: string): void {
    const about = account === '' ? {} : { account };
    this.sendJson(reply, { error: { ...about, code: FAILED, description: `${words} - ${why}` } });
  }

  private sendJson(reply: string | undefined, body: object): void {
    this.send(reply, JSON.stringify({ server: this.sources.description.next(), ...body }));
  }

  private send(reply: string | undefined, text: string): void {
    const { core, inForce } = this.sources;
    const account = core.accounts.get(inForce.systemAccount);
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

import { AccountDirectory } from '../auth/account-directory.js';
import type { AccountResolver } from '../auth/account-resolver.js';
import { readDeletion } from '../auth/deletion-request.js';
import { readTrust, type Trust } from '../auth/operator.js';
import type { DirectoryConfig, OperatorConfig } from '../config/shapes.js';
import type { Loadable } from '../domain/loadable.js';
import type { Core } from '../routing/core.js';
import type { ServerDescription } from '../system/server-description.js';
import { ServerMessages } from '../system/server-messages.js';
import type { InForce } from './in-force.js';

/** Code for what a server does not do. */
const FAILED = 500;
const DONE = 200;

const UPDATE_FAILED = 'jwt update resulted in error';

/** What the answers are made from. */
export interface AccountClaimsSources {
  readonly core: Core;
  readonly description: ServerDescription;
  readonly inForce: InForce;
  /** Has the accounts that are in no directory. */
  readonly resolver: Loadable<AccountResolver>;
  /** Takes the accounts in force anew. */
  readonly reload: () => Promise<unknown>;
}

/** Carries out requests about the JWTs of accounts, and answers them. Loaded with the first one. */
export class AccountRequests {
  private readonly sources: AccountClaimsSources;
  private readonly messages: ServerMessages;

  constructor(sources: AccountClaimsSources) {
    this.sources = sources;
    this.messages = new ServerMessages(sources.core.router);
  }

  /** @param reply where the answer is expected; undefined: nowhere */
  async answer(subject: string, reply: string | undefined, body: string): Promise<void> {
    const { operator } = this.sources.inForce.config;
    if (operator === undefined) return;
    const words = subject.split('.');
    const named = words.at(-3) === 'REQ' ? undefined : words.at(-3);
    const { directory } = operator;
    if (words.at(-1) === 'UPDATE') return this.update(operator, named, body.trim(), reply);
    if (directory === undefined) return;
    const files = new AccountDirectory(directory.path);
    switch (words.at(-1)) {
      case 'LOOKUP':
        return this.send(reply, files.read(named ?? '') ?? '');
      case 'LIST':
        return this.sendJson(reply, { data: files.list() });
      case 'PACK':
        for (const key of files.list()) this.send(reply, `${key}|${files.read(key)}`);
        return this.send(reply, '');
      case 'DELETE':
        return this.delete(operator, directory, body.trim(), reply);
    }
  }

  /** @param named the account that the subject names; undefined: any */
  private async update(
    { operators, preload, directory }: OperatorConfig,
    named: string | undefined,
    jwt: string,
    reply: string | undefined,
  ): Promise<void> {
    const { reload } = this.sources;
    const resolver = await this.sources.resolver.load();
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
    const { by, accounts, fault } = readDeletion(
      jwt,
      trust,
      inForce.access.systemAccount,
      deletion !== 'none',
    );
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
    const account = core.accounts.get(inForce.access.systemAccount);
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

import { clearTimeout, setTimeout } from 'node:timers';
import type { Logger } from 'pino';
import { SluiceError } from '../domain/errors.js';
import { compactJson } from '../domain/json.js';
import type { Account } from '../routing/account.js';
import type { Client } from '../routing/client.js';
import type { Core } from '../routing/core.js';
import { MessageTracer } from '../routing/message-trace.js';
import type { AccountPlan, ImportGraph } from '../services/import-graph.js';
import { USER_INFO_SUBJECT, UserInfo } from '../services/user-info.js';
import type { ServerDescription } from '../system/server-description.js';
import type { SystemServices } from '../system/system-services.js';
import type * as Joins from './joins.js';

type Description = Pick<ServerDescription, 'next'>;
type System = Pick<SystemServices, 'serve' | 'stop'>;

/** Longest that a timer can run, in milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The accounts of a broker, joined as configured, with what the server itself answers in each of them. */
export class AccountRegistry {
  private readonly core: Core;
  private readonly description: Description;
  private readonly system: System;
  /** Undefined until there are accounts to join. */
  private importGraph: ImportGraph | undefined;
  private readonly log: Logger;
  /** What is in force, to see whether that changes. */
  private planned: string | undefined;
  private plans: readonly AccountPlan[] = [];
  /** For the next import that ends. */
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(core: Core, description: Description, system: System, log: Logger) {
    this.core = core;
    this.log = log;
    this.description = description;
    this.system = system;
    for (const account of core.accounts.values()) this.serve(account);
    core.on('account', (account: Account) => this.serve(account));
    core.publishing.tracer = new MessageTracer(core.router, (report) =>
      compactJson({ server: description.next(), ...report }),
    );
  }

  /**
   * Joins the accounts as planned, in the place of how they were; where that is the same, nothing is touched.
   *
   * @param joins the code for it; undefined: there is nothing to join or to map
   */
  apply(plans: readonly AccountPlan[], joins: typeof Joins | undefined): void {
    const planned = JSON.stringify(plans);
    if (planned === this.planned || this.isStopped) return;
    this.planned = planned;
    const { core } = this;
    this.importGraph ??=
      joins && new joins.ImportGraph(core.router, (name) => core.account(name), core.interest.imports);
    if (plans.length > 0 && this.importGraph === undefined)
      throw new SluiceError('INTERNAL', 'the code that joins accounts is not loaded');
    this.plans = plans;
    this.join();
    const planOf = new Map(plans.map((plan) => [plan.name, plan]));
    for (const account of [...this.core.accounts.values()]) {
      const plan = planOf.get(account.name);
      account.isConfigured = plan !== undefined;
      const { mappings = [] } = plan ?? {};
      account.mappings =
        joins === undefined || mappings.length === 0 ? undefined : new joins.Mappings(mappings);
      this.core.releaseAccount(account);
    }
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.system.stop();
    this.importGraph?.stop();
  }

  /** Joins the accounts without the imports that have ended, and again when the next one does. */
  private join(): void {
    const now = Date.now();
    const hasEnded = ({ expiresAt = Number.POSITIVE_INFINITY }) => expiresAt <= now;
    this.importGraph?.apply(
      this.plans.map((plan) => ({ ...plan, imports: plan.imports.filter((each) => !hasEnded(each)) })),
    );
    const ends = this.plans.flatMap(({ imports }) => imports.flatMap(({ expiresAt = 0 }) => expiresAt));
    const next = Math.min(...ends.filter((end) => end > now));
    clearTimeout(this.timer);
    if (next !== Number.POSITIVE_INFINITY)
      this.timer = setTimeout(() => this.endImports(now), Math.min(next - now, MAX_TIMER_MS)).unref();
  }

  /** @param since when the accounts were joined last */
  private endImports(since: number): void {
    const now = Date.now();
    for (const { name, imports } of this.plans)
      for (const { expiresAt = 0, account: exporter, subject } of imports)
        if (expiresAt > since && expiresAt <= now)
          this.log.warn(
            { account: name, exporter, subject },
            'import ended: its activation token has expired',
          );
    this.join();
  }

  private serve(account: Account): void {
    const userInfo = new UserInfo(this.core.router, account, (client) => this.about(client));
    account.interest.attach(this, userInfo, USER_INFO_SUBJECT);
    this.system.serve(account);
  }

  private about({ account, peer, rights }: Client): object {
    const { user, permissions, expiresAt } = rights;
    return {
      server: this.description.next(),
      data: {
        user: user ?? peer.claimedUser ?? '',
        account: account.name,
        account_name: account.name,
        ...(permissions === undefined ? {} : { permissions: permissions.describe() }),
        ...(expiresAt === undefined ? {} : { expires: Math.max(0, expiresAt - Date.now()) * 1e6 }),
      },
    };
  }
}

import { hostname } from 'node:os';
import type { Config } from '../config.js';
import { compactJson } from '../domain/json.js';
import type { Account } from '../routing/account.js';
import type { Client } from '../routing/client.js';
import type { Core } from '../routing/core.js';
import { Mappings } from '../routing/mappings.js';
import { MessageTracer } from '../routing/message-trace.js';
import { type AccountPlan, ImportGraph } from '../services/import-graph.js';
import { USER_INFO_SUBJECT, UserInfo } from '../services/user-info.js';
import { NATS_LEVEL } from '../version.js';

/** The accounts of a broker, joined as configured, with what the server itself answers in each of them. */
export class AccountRegistry {
  private readonly core: Core;
  private readonly serverId: string;
  private readonly importGraph: ImportGraph;
  private config: Config;
  private sequence = 0;
  /** What is in force, to see whether that changes. */
  private planned: string | undefined;

  constructor(core: Core, serverId: string, config: Config) {
    this.core = core;
    this.serverId = serverId;
    this.config = config;
    this.importGraph = new ImportGraph(core.router, (name) => core.account(name));
    for (const account of core.accounts.values()) this.serve(account);
    core.on('account', (account: Account) => this.serve(account));
    core.publishing.tracer = new MessageTracer(core.router, (report) =>
      compactJson({ server: this.describeServer(), ...report }),
    );
  }

  /** Joins the accounts as planned, in the place of how they were; where that is the same, nothing is touched. */
  apply(config: Config, plans: readonly AccountPlan[]): void {
    this.config = config;
    const planned = JSON.stringify(plans);
    if (planned === this.planned) return;
    this.planned = planned;
    this.importGraph.apply(plans);
    const planOf = new Map(plans.map((plan) => [plan.name, plan]));
    for (const account of [...this.core.accounts.values()]) {
      const plan = planOf.get(account.name);
      account.isConfigured = plan !== undefined;
      const { mappings = [] } = plan ?? {};
      account.mappings = mappings.length === 0 ? undefined : new Mappings(mappings);
      this.core.releaseAccount(account);
    }
  }

  stop(): void {
    this.importGraph.stop();
  }

  private serve(account: Account): void {
    const userInfo = new UserInfo(this.core.router, account, (client) => this.about(client));
    account.interest.attach(this, userInfo, USER_INFO_SUBJECT);
  }

  private about({ account, peer, rights }: Client): object {
    const { user, permissions, expiresAt } = rights;
    return {
      server: this.describeServer(),
      data: {
        user: user ?? peer.claimedUser ?? '',
        account: account.name,
        ...(permissions === undefined ? {} : { permissions: permissions.describe() }),
        ...(expiresAt === undefined ? {} : { expires: Math.max(0, expiresAt - Date.now()) * 1e6 }),
      },
    };
  }

  /** What messages of the server itself say of it. */
  private describeServer(): object {
    return {
      name: this.config.serverName ?? this.serverId,
      host: this.config.nats.listeners[0]?.host ?? hostname(),
      id: this.serverId,
      ver: NATS_LEVEL,
      jetstream: false,
      flags: 0,
      seq: ++this.sequence,
      time: new Date().toISOString(),
    };
  }
}

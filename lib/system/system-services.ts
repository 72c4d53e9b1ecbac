import type { Logger } from 'pino';
import { REFUSED_REQUEST_UNITS } from '../clients/work.js';
import { GLOBAL_ACCOUNT } from '../domain/account-names.js';
import type { Clock } from '../domain/clock.js';
import { ACCOUNT_CONNECTIONS_INTERVAL_MS, STATSZ_INTERVAL_MS } from '../domain/limits.js';
import { Loadable } from '../domain/loadable.js';
import type { RateLimits } from '../domain/rate-limited.js';
import { AnswerSlots } from '../monitor/answer-slots.js';
import { CpuMeter } from '../monitor/cpu.js';
import type { HttpListener } from '../monitor/endpoint.js';
import type { Observable } from '../monitor/snapshot.js';
import { Turns } from '../monitor/turns.js';
import type { Account } from '../routing/account.js';
import type { Core } from '../routing/core.js';
import type { AnswerSources, Answers, Rendered, ServerCommands } from './answers.js';
import { SystemEvents } from './events.js';
import { RequestQueue } from './request-queue.js';
import { RequestSink, type SystemRequest } from './request-sink.js';
import type { ServerDescription } from './server-description.js';
import { ServerMessages } from './server-messages.js';
import { type Asked, OWN_ACCOUNT_SUBJECTS, statszSubject, systemSubjects } from './subjects.js';

const BUSY = 'too many requests at once';
const FAILED = 'internal error';
/** Accounts that are looked at between two places at which a walk may pause. */
const ACCOUNTS_A_STEP = 64;
/** Requests that are refused in one turn, of those that came before what answers was loaded. */
const REFUSED_A_TURN = 32;

/** What the server's own subjects are served from. */
export interface SystemSources {
  readonly core: Core;
  readonly description: ServerDescription;
  readonly observed: Observable;
  /** The HTTP monitor. */
  readonly http: () => HttpListener;
  readonly commands: ServerCommands;
  readonly log: Logger;
  /** Limits how often failed requests are logged. */
  readonly reports: RateLimits;
  /** What statistics that nothing asks for are published by. */
  readonly clock: Clock;
}

/**
 * Serves the subjects of the system account: answers requests, publishes events and statistics. Every other account is
 * answered about itself. What nothing asks for is not made.
 */
export class SystemServices {
  readonly events: SystemEvents;
  private readonly sources: SystemSources;
  private readonly messages: ServerMessages;
  private readonly turns = new Turns();
  private readonly slots = new AnswerSlots();
  private readonly queue = new RequestQueue((request, isLong) => this.respond(request, isLong));
  private readonly cpu = new CpuMeter();
  private readonly onFailure: (error: unknown) => void;
  private readonly answers = new Loadable(() =>
    import('./answers.js').then((module): Answers => new module.Answers(this.answerSources())),
  );
  /** Requests to refuse that came before what answers was loaded. */
  private early: SystemRequest[] = [];
  /** Cancels the next tick; undefined: there is none. */
  private cancelTick: (() => void) | undefined;
  /** Subscriptions attached in the system account. */
  private attached = 0;
  private ticks = 0;
  private name: string;

  /** @param name name of the system account */
  constructor(sources: SystemSources, name: string) {
    const { core, description, observed, log, reports } = sources;
    this.sources = sources;
    this.name = name;
    this.messages = new ServerMessages(core.router);
    this.onFailure = reports.limit((error: unknown, count) =>
      log.error({ err: error, count }, 'request to the system account failed'),
    );
    const leftOut = reports.limit((total: number) =>
      log.warn({ total }, 'events of the system account left out'),
    );
    this.events = new SystemEvents({
      description,
      observed,
      messages: this.messages,
      turns: this.turns,
      systemAccount: () => this.systemAccount,
      account: (of) => core.accounts.get(of),
      leftOut,
    });
  }

  /** Undefined while there is none: no login and no import has named it. */
  get systemAccount(): Account | undefined {
    return this.sources.core.accounts.get(this.name);
  }

  /** Attaches what the server answers in an account; called for each account there is. */
  serve(account: Account): void {
    const isSystem = account.name === this.name;
    const sink = new RequestSink(account, isSystem, (request) => this.receive(request));
    const { id } = this.sources.description.identity;
    const subjects = isSystem ? systemSubjects(id) : OWN_ACCOUNT_SUBJECTS.keys();
    const before = account.sublist.internal;
    for (const subject of subjects) account.interest.attach(this, sink, subject);
    if (!isSystem) return;
    this.attached = account.sublist.internal - before + 1; // what answers $SYS.REQ.USER.INFO
    if (this.cancelTick === undefined) this.tickLater();
  }

  /** Names another system account, as after a reload. */
  rename(name: string): void {
    if (name === this.name) return;
    const changed = [this.name, name];
    this.name = name;
    for (const each of changed) {
      const account = this.sources.core.accounts.get(each);
      account?.interest.detach(this);
      if (account !== undefined) this.serve(account);
    }
  }

  /** Ends everything that runs by itself. */
  stop(): void {
    this.cancelTick?.();
    this.cancelTick = undefined;
    this.queue.stop();
    this.events.stop();
  }

  private tickLater(): void {
    this.cancelTick = this.sources.clock.after(STATSZ_INTERVAL_MS, () => {
      this.cancelTick = undefined;
      const { systemAccount } = this;
      if (systemAccount === undefined) return;
      this.tick(systemAccount);
      this.tickLater();
    });
  }

  /** Publishes statistics, and now and then the numbers of connections, where they may have receivers. */
  private tick(systemAccount: Account): void {
    void this.broadcastStatsz(systemAccount).catch(this.onFailure);
    this.ticks++;
    const { size, internal } = systemAccount.sublist;
    const isDue = this.ticks % (ACCOUNT_CONNECTIONS_INTERVAL_MS / STATSZ_INTERVAL_MS) === 0;
    if (isDue && size + internal > this.attached) void this.announceAccounts();
  }

  private async broadcastStatsz(systemAccount: Account): Promise<void> {
    const subject = statszSubject(this.sources.description.identity.id);
    if (!this.messages.hasReceiver(systemAccount, subject)) return;
    this.messages.publishJson(systemAccount, subject, await this.statsz());
  }

  private async announceAccounts(): Promise<void> {
    await this.turns.next();
    let looked = 0;
    for (const { name, connections } of [...this.sources.core.accounts.values()]) {
      if (connections > 0 && name !== GLOBAL_ACCOUNT) this.events.announceConnections(name);
      if (++looked % ACCOUNTS_A_STEP === 0 && this.turns.isOver) await this.turns.next();
    }
  }

  private async statsz(): Promise<object> {
    const { statszRow } = await import('./published.js');
    const { core, description, observed } = this.sources;
    let active = 0;
    for (const { connections } of core.accounts.values()) if (connections > 0) active++;
    return { server: description.next(), statsz: statszRow(observed.server(), active, this.cpu.read()) };
  }

  private receive(request: SystemRequest): void {
    if (request.reply === undefined && !isStatsz(request.asked)) return;
    if (this.queue.add(request)) return;
    // The answer is made between slices, in no turn of its own: so the client that asks too much pays for it.
    this.sources.core.work.units += REFUSED_REQUEST_UNITS;
    if (this.answers.value !== undefined) void this.refuse(request, BUSY, 503).catch(this.onFailure);
    else if (this.early.push(request) === 1) void this.refuseEarly().catch(this.onFailure);
  }

  /** Once it is loaded, all of them would be refused in one turn. */
  private async refuseEarly(): Promise<void> {
    await this.answers.load();
    const { early } = this;
    this.early = [];
    for (const [at, request] of early.entries()) {
      if (at % REFUSED_A_TURN === 0) await this.turns.next();
      await this.refuse(request, BUSY, 503);
    }
  }

  private async respond(request: SystemRequest, isLong: boolean): Promise<void> {
    const { account, asked, reply } = request;
    try {
      await this.turns.next();
      // Without a reply subject the statistics are for all that listen for them.
      if (reply === undefined && isStatsz(asked)) return await this.broadcastStatsz(account);
      if (isLong && !(await this.slots.acquire())) return await this.refuse(request, BUSY, 503);
      try {
        const answers = await this.answers.load();
        await this.turns.next();
        this.publish(request, await answers.answer(request));
      } finally {
        if (isLong) this.slots.release();
      }
    } catch (error) {
      this.onFailure(error);
      await this.refuse(request, FAILED, 500).catch(this.onFailure);
    }
  }

  private async refuse(request: SystemRequest, description: string, code: number): Promise<void> {
    const answers = await this.answers.load();
    this.publish(request, { payload: await answers.refusal(description, code) });
  }

  private publish({ account, reply }: SystemRequest, rendered: Rendered | undefined): void {
    if (rendered === undefined || reply === undefined) return;
    const { payload, headers } = rendered;
    this.messages.publish(account, { subject: reply, ...(headers && { headers }) }, payload);
  }

  private answerSources(): AnswerSources {
    const { description, observed, commands, http } = this.sources;
    const { turns, cpu } = this;
    return { description, observed, http, turns, cpu, commands, statsz: () => this.statsz() };
  }
}

function isStatsz(asked: Asked): boolean {
  return asked.of === 'server' && asked.name === 'STATSZ';
}

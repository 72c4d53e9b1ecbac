import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { Authenticator } from '../auth/grant.js';
import { LoginThrottle } from '../auth/throttle.js';
import type { Broker, CloseOptions } from '../broker.js';
import type { ClientLimits } from '../clients/client.js';
import type { FlowLimits } from '../clients/outbox.js';
import type { Address, Config } from '../config.js';
import type { AdmissionOptions } from '../connection/admission.js';
import { Connection, type ConnectionOptions } from '../connection/connection.js';
import { LoginLog } from '../connection/login-log.js';
import { reportPending } from '../connection/seldom.js';
import type { Wire } from '../dialects/codec.js';
import type { Clock } from '../domain/clock.js';
import { SluiceError } from '../domain/errors.js';
import { Door } from '../limits/door.js';
import type { Monitor } from '../monitor/monitor.js';
import { Core, type SubscriptionWatcher } from '../routing/core.js';
import { Listener } from '../transport/listener.js';
import { type Security, securityFromTheStart } from '../transport/tls.js';
import { type Access, accessOf } from './access.js';
import { AccountBook } from './accounts.js';
import { Connections } from './connections.js';
import { type AnyDialect, type DialectName, dialectsFor } from './dialects.js';
import { before, pause } from './drain.js';
import { sayGoodbye } from './goodbye.js';
import { InfoCard, makeServerId, type Standing } from './info.js';
import { LiveOptions } from './live.js';
import type { Member } from './member.js';
import { Observation } from './observe.js';
import { changesBetween } from './reload.js';
import { renewAll } from './renewals.js';

/** Share of the shutdown deadline that may go into finishing what was read; the rest is for flushing it. */
const INPUT_SHARE = 0.5;

/** Told of what comes, goes and goes wrong. Must not throw. */
export interface Watcher extends SubscriptionWatcher {
  connected(member: Member): void;
  /** Its `reason` says why. */
  disconnected(member: Member): void;
  /** A fault of ours, or of what the embedding program brought. */
  failed(error: unknown): void;
}

/** What takes the place of parts of the configuration. */
export interface Replacements {
  /** Undefined: as the configuration says. */
  readonly authenticator?: Authenticator | undefined;
  /** See `AdmissionOptions`. */
  readonly restrict?: AdmissionOptions['restrict'];
  /** See `AdmissionOptions`. */
  readonly admitted?: AdmissionOptions['admitted'];
  /** Stands between the broker and the wire of each connection, whose id it is told. Undefined: nothing does. */
  readonly wrap?: ((wire: Wire, id: number) => Wire) | undefined;
  /** What PINGs go by. Undefined: real time. */
  readonly clock?: Clock | undefined;
}

/** The broker: what makes the parts one. */
export class RunningBroker implements Broker {
  readonly serverId = makeServerId();
  readonly natsAddresses: Address[] = [];
  readonly lineAddresses: Address[] = [];
  monitorAddress: Address | undefined = undefined;
  private config: Config;
  private readonly log: Logger;
  readonly core = new Core();
  private readonly accounts: AccountBook;
  private readonly throttle = new LoginThrottle();
  private readonly loginLog: LoginLog;
  private readonly replacements: Replacements;
  private watching: Watcher | undefined;
  private readonly all = new Connections();
  private listeners: Listener[] = [];
  private authenticator: Authenticator;
  private security: Security | undefined;
  private readonly live: LiveOptions;
  private options: Readonly<Record<DialectName, ConnectionOptions>>;
  private readonly dialects: Readonly<Record<DialectName, AnyDialect>>;
  private readonly door: Door;
  private monitor: Monitor | undefined;
  private readonly card = new InfoCard();
  private isLameDuck = false;
  private configLoadedAt = Date.now();
  private nextId = 1;
  private leaving: Promise<void> | undefined;
  private reloaded: Promise<unknown> = Promise.resolve();
  private closed: Promise<void> | undefined;
  /** Ends a drain that is under way. */
  private cut = (): void => {};
  private readonly isCut = new Promise<void>((resolve) => {
    this.cut = resolve;
  });
  private announceClose = (): void => {};
  private readonly closing = new Promise<void>((resolve) => {
    this.announceClose = resolve;
  });

  private constructor(config: Config, log: Logger, access: Access, replacements: Replacements) {
    this.replacements = replacements;
    this.config = config;
    this.log = log;
    this.loginLog = new LoginLog((fields, message) => log.warn(fields, message));
    this.authenticator = access.authenticator;
    this.security = access.security;
    this.accounts = new AccountBook(this.core, this.serverId, config);
    this.accounts.apply(config, access.accounts);
    this.live = new LiveOptions(config, this.core.pendingTotal);
    this.options = this.makeOptions();
    this.dialects = dialectsFor({
      config: () => this.config,
      connectFirst: () => this.authenticator.anonymous === undefined,
      info: (secured) => this.info(secured),
    });
    this.door = new Door(config.limits, log);
    this.core.on('fault', (error: unknown, client: { readonly id: number }) => {
      log.error({ err: error, connection: client.id }, 'internal error, closing this connection');
      this.watching?.failed(error);
    });
  }

  /** A broker that does not listen yet. Throws SluiceError CONFIG_INVALID about files that TLS or an operator names. */
  static async create(config: Config, log: Logger, replacements: Replacements = {}): Promise<RunningBroker> {
    return new RunningBroker(
      config,
      log,
      await accessOf(config, log, replacements.authenticator),
      replacements,
    );
  }

  get natsAddress(): Address | undefined {
    return this.natsAddresses[0];
  }

  get lineAddress(): Address | undefined {
    return this.lineAddresses[0];
  }

  /** Connections that are open; for tests. */
  get connections(): ReadonlySet<Member> {
    return this.all.open;
  }

  /** Whether it is closing, or closed. */
  get isClosing(): boolean {
    return this.closed !== undefined;
  }

  /** The configuration in force. */
  get settings(): Config {
    return this.config;
  }

  /** Who is told of everything; undefined: nobody. */
  set watcher(watcher: Watcher | undefined) {
    this.watching = watcher;
    this.core.watcher = watcher;
  }

  /** Takes in what `make` makes: an end within this process, with an id of its own. */
  join<M extends Member>(
    make: (
      id: number,
      options: { readonly flow: FlowLimits; readonly limits: ClientLimits },
      left: (member: Member) => void,
    ) => M,
  ): M {
    const { flow, limits } = this.live;
    const member = make(this.nextId++, { flow: flow.nats, limits }, (closed) => this.departed(closed));
    this.all.add(member);
    this.watching?.connected(member);
    return member;
  }

  async listen(): Promise<void> {
    const { nats, line, serverName } = this.config;
    if (line.enabled)
      for (const address of line.listeners) this.lineAddresses.push(await this.open('line', address));
    await this.startMonitor();
    // Last the one that programs wait for: by then nothing can fail any more.
    if (nats.enabled)
      for (const address of nats.listeners) this.natsAddresses.push(await this.open('nats', address));
    this.log.info({ id: this.serverId, name: serverName ?? this.serverId }, 'starting');
    const { monitorAddress } = this;
    if (monitorAddress !== undefined) this.log.info({ ...monitorAddress, dialect: 'monitor' }, 'listening');
    for (const { dialect, address } of this.listeners) this.log.info({ ...address, dialect }, 'listening');
  }

  attach(wire: Duplex, dialect: DialectName): void {
    this.accept(wire, dialect);
  }

  reload(config: Config): Promise<readonly string[]> {
    const reloaded = this.reloaded.then(() => this.changeTo(config));
    this.reloaded = reloaded.catch(() => {}); // whoever asked is told; the next one starts from what is in force
    return reloaded;
  }

  lameDuck(): Promise<void> {
    this.leaving ??= this.closed ?? this.leave();
    return this.leaving;
  }

  close(options: CloseOptions = {}): Promise<void> {
    if (options.drain === false) this.cut();
    this.closed ??= this.drain(options);
    return this.closed;
  }

  private async changeTo(config: Config): Promise<readonly string[]> {
    const changes = changesBetween(this.config, config);
    const { authenticator, accounts, security } = await accessOf(
      config,
      this.log,
      this.replacements.authenticator,
    );
    if (this.closed !== undefined) throw new SluiceError('SERVER_SHUTDOWN', 'the broker is closing');
    const isNews = config.nats.statedMaxPayload !== this.config.nats.statedMaxPayload;
    this.config = config;
    this.configLoadedAt = Date.now();
    this.security = security;
    this.authenticator = authenticator;
    this.live.take(config);
    this.options = this.makeOptions();
    this.door.configure(config.limits);
    this.accounts.apply(config, accounts);
    await Promise.race([renewAll(this.all.open, this.core.scheduler), this.closing]);
    if (this.isClosing) return changes;
    this.turnAwayExcess();
    if (isNews) this.inform(); // all else of INFO is for those who come
    return changes;
  }

  /** Whoever came last goes first. */
  private turnAwayExcess(): void {
    const excess = this.all.staying.slice(this.door.maxConnections).reverse();
    for (const connection of excess) connection.close('MAX_CONNECTIONS');
    if (excess.length > 0)
      this.log.warn(
        { maxConnections: this.door.maxConnections, count: excess.length },
        'connections closed, too many',
      );
  }

  private async leave(): Promise<void> {
    const { durationMs, graceMs } = this.config.lameDuck;
    this.isLameDuck = true;
    await this.stopListening();
    if (this.closed === undefined) this.inform();
    const over = Promise.race([this.closing, this.all.empty]);
    await pause(graceMs, over);
    await sayGoodbye(this.all.staying, durationMs - graceMs, over);
    await this.close();
  }

  private info(secured: boolean): Readonly<Record<string, unknown>> {
    return this.card.of(this.config, this.standing, secured);
  }

  /** Tells who can be told how the broker stands. */
  private inform(): void {
    for (const connection of this.all.open) connection.inform();
  }

  private get standing(): Standing {
    return {
      serverId: this.serverId,
      natsAddress: this.natsAddress,
      authRequired: this.authenticator.required,
      lameDuck: this.isLameDuck,
      security: this.security,
    };
  }

  private makeOptions(): Readonly<Record<DialectName, ConnectionOptions>> {
    const { flow, limits, ingress, liveness, trace } = this.live;
    const options: Omit<ConnectionOptions, 'flow'> = {
      limits,
      ingress,
      liveness,
      trace,
      clock: this.replacements.clock,
      admission: {
        authenticator: () => this.authenticator,
        throttle: this.throttle,
        log: this.loginLog,
        authTimeoutMs: () => this.config.authorization.timeoutMs,
        account: (name) => this.core.account(name),
        restrict: this.replacements.restrict,
        admitted: this.replacements.admitted,
      },
    };
    const { security } = this;
    return {
      nats: { ...options, flow: flow.nats, security },
      line: {
        ...options,
        flow: flow.line,
        security: this.config.line.tls ? security && securityFromTheStart(security) : undefined,
      },
    };
  }

  private async open(dialect: DialectName, endpoint: Address): Promise<Address> {
    const enter = (wire: Wire) => this.door.rate.admit(wire, () => this.accept(wire, dialect));
    const listener = await Listener.listen(dialect, endpoint, enter, this.log);
    this.listeners.push(listener);
    return listener.address;
  }

  private accept(wire: Wire, dialect: DialectName): void {
    if (this.closed !== undefined || this.isLameDuck) {
      wire.destroy();
      return;
    }
    const refusal = this.door.judge(wire);
    if (refusal === 'gone') return;
    const id = this.nextId++;
    const connection = new Connection(
      id,
      this.replacements.wrap?.(wire, id) ?? wire,
      this.dialects[dialect],
      this.core,
      this.options[dialect],
      this.log,
      (closed) => {
        this.door.left(closed);
        this.departed(closed);
      },
    );
    this.all.add(connection);
    this.door.entered(connection, refusal);
    this.watching?.connected(connection);
    if (refusal !== undefined) connection.close(refusal);
  }

  private departed(member: Member): void {
    this.all.remove(member);
    this.watching?.disconnected(member);
  }

  /** Its HTTP server is loaded only where there is to be one. */
  private async startMonitor(): Promise<void> {
    const { listener } = this.config.monitor;
    if (listener === undefined) return;
    const { startMonitor } = await import('../monitor/monitor.js');
    const observation = new Observation({
      core: this.core,
      connections: this.all,
      config: () => this.config,
      standing: () => ({
        ...this.standing,
        closing: this.closed !== undefined,
        configLoadedAt: this.configLoadedAt,
      }),
    });
    this.monitor = await startMonitor(listener, observation, this.log, () => this.config.monitor);
    this.monitorAddress = this.monitor.address;
  }

  private async stopListening(): Promise<void> {
    const listeners = this.listeners;
    this.listeners = [];
    await Promise.all(listeners.map((listener) => listener.close()));
    this.door.rate.dismiss();
  }

  private async drain({
    drain = true,
    deadlineMs = this.config.shutdown.deadlineMs,
  }: CloseOptions): Promise<void> {
    this.announceClose();
    const deadline = performance.now() + deadlineMs;
    const inputDeadline = performance.now() + deadlineMs * INPUT_SHARE;
    await this.stopListening();
    const { empty } = this.all;
    if (drain) {
      const finished = Promise.all([...this.all.open].map((connection) => connection.finishInput()));
      await before(inputDeadline, Promise.race([finished, this.isCut]));
      this.core.flushAll();
      this.all.closeAll('SERVER_SHUTDOWN');
      await before(deadline, Promise.race([empty, this.isCut]));
    }
    this.cutOff();
    await empty;
    await this.monitor?.close();
    this.accounts.stop();
    this.throttle.dispose();
    reportPending();
    this.core.destroy();
  }

  /** Ends what the shutdown deadline found still open, and says so. */
  private cutOff(): void {
    const left = [...this.all.open];
    const pendingBytes = left.reduce((sum, { client }) => sum + client.outbox.pendingBytes, 0);
    if (pendingBytes > 0)
      this.log.warn({ connections: left.length, pendingBytes }, 'shutdown deadline passed, cut off');
    for (const connection of left) connection.destroy('SERVER_SHUTDOWN');
  }
}

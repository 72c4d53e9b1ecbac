import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { LoginThrottle } from '../auth/throttle.js';
import type { Address, Config } from '../config.js';
import { CLOCK } from '../domain/clock.js';
import { type DialectName, LEAF_DIALECT, LINE_DIALECT, NATS_DIALECT } from '../domain/dialect-name.js';
import type { RateLimits } from '../domain/rate-limited.js';
import { ConnectionLimiter } from '../limits/connection-limiter.js';
import { NO_HTTP_LISTENER } from '../monitor/endpoint.js';
import type { Monitor } from '../monitor/monitor.js';
import { Core } from '../routing/core.js';
import { ServerDescription } from '../system/server-description.js';
import { SystemServices } from '../system/system-services.js';
import { Acceptor, WEBSOCKET } from './acceptor.js';
import { type Access, accessOf } from './access.js';
import { accessSources } from './access-sources.js';
import { AccountClaims } from './account-claims.js';
import { AccountRegistry } from './accounts.js';
import type { AttachWebSocketOptions, CloseOptions, ReloadSource, StartedBroker } from './api.js';
import { ConnectionEvents } from './connection-events.js';
import { ConnectionFactory } from './connection-factory.js';
import { Connections } from './connections.js';
import { Dialects, type Registered } from './dialects.js';
import { InForce } from './in-force.js';
import { JetStreamService } from './jetstream-service.js';
import type { JoinOptions } from './join.js';
import { Leafs } from './leafs.js';
import type { Member } from './member.js';
import { MemberLifecycle } from './member-lifecycle.js';
import type { ControlActions } from './monitor-control.js';
import { MonitorSource } from './monitor-source.js';
import { Reloader } from './reloader.js';
import type { Replacements } from './replacements.js';
import { ServerFacts } from './server-facts.js';
import { Shutdown } from './shutdown.js';
import { startMonitorOf } from './start-monitor.js';
import { SystemCommands } from './system-commands.js';
import { type Watcher, Watchers } from './watcher.js';
import { webSocketSources } from './websocket-sources.js';
import { WebSockets } from './websockets.js';

/** A broker: builds its parts and connects them. Those that specs look at are visible; programs have `embed/broker.ts`. */
export class RunningBroker implements StartedBroker {
  readonly serverId: string;
  monitorAddress: Address | undefined = undefined;
  readonly core: Core;
  private readonly log: Logger;
  private readonly reports: RateLimits;
  private readonly inForce: InForce;
  private readonly dialects: Dialects;
  private readonly accounts: AccountRegistry;
  readonly throttle = new LoginThrottle();
  /** Its connections, and what it remembers of those that were. */
  readonly all: Connections;
  private readonly factory: ConnectionFactory;
  private readonly members: MemberLifecycle;
  readonly acceptor: Acceptor;
  private readonly shutdown: Shutdown;
  private readonly reloader: Reloader;
  private readonly facts: ServerFacts;
  private readonly websockets: WebSockets;
  readonly leafs: Leafs;
  private readonly source: MonitorSource;
  readonly jetstream: JetStreamService;
  private readonly system: SystemServices;
  private readonly systemCommands: SystemCommands;
  private readonly actions: ControlActions | undefined;
  private monitor: Monitor | undefined;
  private readonly watchers = new Watchers();

  private constructor(
    config: Config,
    log: Logger,
    access: Access,
    replacements: Replacements,
    { reports, callout, resolver, accounts }: ReturnType<typeof accessSources>,
  ) {
    this.serverId = callout.key.id;
    this.all = new Connections(this.serverId);
    const core = new Core(replacements.coreClock, replacements.memory);
    this.core = core;
    this.log = log;
    this.reports = reports;
    this.actions = replacements.actions;
    this.inForce = new InForce(config, access, core.pendingTotal);
    const { inForce } = this;
    this.facts = new ServerFacts({
      serverId: this.serverId,
      inForce,
      natsAddress: () => this.natsAddress,
      websocketAddress: () => this.websocketAddress,
      leafAddress: () => this.leafAddress,
      isLameDuck: () => this.shutdown.isLameDuck,
      isClosing: () => this.isClosing,
    });
    callout.bind(core, () => this.facts.identity);
    const sources = {
      config: () => inForce.config,
      connectFirst: () => inForce.access.authenticator.anonymous === undefined,
      systemAccount: () => inForce.access.systemAccount,
      authTimeoutMs: () => inForce.config.authorization.timeoutMs,
      info: (secured: boolean) => this.facts.info(secured),
    };
    this.leafs = new Leafs({
      log,
      serverId: this.serverId,
      config: sources.config,
      facts: this.facts,
      address: () => this.leafAddress,
      isRequired: () => inForce.access.leaf.authenticator.required,
      remotes: () => inForce.access.leaf.remotes,
      factory: () => this.factory,
      connections: this.all,
      isOpen: () => !this.isClosing,
      closed: (connection) => this.members.closed(connection),
      changed: (remote) => this.watchers.leafChanged(remote),
    });
    const leaf = { code: this.leafs.dialect, security: () => inForce.access.leaf.security };
    const websocket = webSocketSources(sources, inForce, () => this.facts.serverState);
    this.dialects = new Dialects({ ...sources, websocket, leaf }, replacements.dialects);
    this.dialects.check(config);
    this.source = new MonitorSource({
      core,
      connections: this.all,
      config: () => inForce.config,
      loginsRefused: () => this.factory.loginLog.count,
      remotes: () => this.leafs.remotes,
      jetstream: () => this.jetstream.observe(),
      serverState: () => this.facts.monitoredState,
    });
    const description = new ServerDescription(() => this.facts.identity);
    this.systemCommands = new SystemCommands(this.all);
    const { clock = CLOCK } = replacements;
    this.system = new SystemServices(
      {
        ...{ core, description, log, reports, clock, commands: this.systemCommands },
        observed: this.source,
        http: () => this.monitor ?? NO_HTTP_LISTENER,
      },
      access.systemAccount,
    );
    const connectionEvents = new ConnectionEvents(this.system.events);
    new AccountClaims({ core, description, inForce, resolver, reload: () => this.reload(inForce.config) });
    const serverName = () => this.facts.identity.name;
    this.jetstream = new JetStreamService({ core, inForce, log, reports, clock, serverName });
    this.accounts = new AccountRegistry(core, description, this.system, log);
    this.accounts.apply(access.readAccounts(), access.joins);
    accounts.onJoined = () => {
      this.accounts.apply(inForce.access.readAccounts(), inForce.access.joins);
      this.jetstream.configure();
    };
    const limiter = new ConnectionLimiter(config.limits, log, reports);
    this.factory = new ConnectionFactory({
      core,
      inForce,
      throttle: this.throttle,
      log,
      replacements,
      reports,
      dialects: this.dialects,
      restrictLeaf: (id, permissions) => this.leafs.restrict(id, permissions),
      diagnostics: this.all.diagnostics,
      introduced: (connection) => connectionEvents.introduced(connection),
      lingers: (connection) => limiter.linger(connection),
    });
    this.members = new MemberLifecycle({
      ...{ inForce, limiter, connections: this.all, dialects: this.dialects, factory: this.factory },
      ...{ events: connectionEvents, watchers: this.watchers },
      failed: (error, message, fields) => this.failed(error, message, fields),
    });
    this.acceptor = new Acceptor({
      log,
      reports,
      limiter,
      isOpen: () => this.shutdown.isOpen,
      security: (dialect) => this.dialects.of(dialect).security(inForce.config, inForce.access.security),
      code: (dialect) => this.dialects.of(dialect).code,
      serve: (wire, dialect, refusal) => this.members.serve(wire, dialect, refusal),
    });
    this.websockets = new WebSockets({ acceptor: this.acceptor, inForce, log, reports, core });
    const shared = { log, core, connections: this.all, links: this.leafs, inform: () => this.inform() };
    this.shutdown = new Shutdown({
      ...shared,
      config: () => this.inForce.config,
      acceptor: this.acceptor,
      leaving: (how) => this.system.events.leaving(how),
      finish: () => this.jetstream.close(),
      release: () => this.release(),
    });
    this.reloader = new Reloader({
      ...shared,
      inForce: this.inForce,
      limiter,
      ...{ accounts: this.accounts, system: this.system, jetstream: this.jetstream },
      shutdown: this.shutdown,
      ...replacements,
      ...{ reports, callout, resolver },
    });
    core.on('fault', (error: unknown, { id }: { readonly id: number }) =>
      this.failed(error, 'internal error, closing this connection', { connection: id }),
    );
    core.on('listenerFault', (error: unknown) =>
      this.failed(error, 'internal error in a listener to subscriptions'),
    );
  }

  /** A broker that does not listen yet. Throws SluiceError CONFIG_INVALID about files that TLS or an operator names. */
  static async create(config: Config, log: Logger, replacements: Replacements = {}): Promise<RunningBroker> {
    const sources = accessSources(log, replacements.reports);
    const access = await accessOf(config, log, { ...replacements, ...sources });
    const broker = new RunningBroker(config, log, access, replacements, sources);
    await broker.jetstream.start(() => broker.close());
    return broker;
  }

  /** Where clients of a dialect connect, with the real ports. */
  addresses(dialect: DialectName): readonly Address[] {
    return this.acceptor.addressesOf(dialect);
  }

  /** Names of the dialects that `attach` and `connect` take. */
  get dialectNames(): readonly DialectName[] {
    return this.dialects.names;
  }

  get natsAddresses(): readonly Address[] {
    return this.addresses(NATS_DIALECT);
  }

  get lineAddresses(): readonly Address[] {
    return this.addresses(LINE_DIALECT);
  }

  get natsAddress(): Address | undefined {
    return this.natsAddresses[0];
  }

  get lineAddress(): Address | undefined {
    return this.lineAddresses[0];
  }

  get websocketAddress(): Address | undefined {
    return this.addresses(WEBSOCKET)[0];
  }

  get leafAddress(): Address | undefined {
    return this.addresses(LEAF_DIALECT)[0];
  }

  /** Connections that are open; for tests. */
  get connections(): ReadonlySet<Member> {
    return this.all.open;
  }

  /** Whether it is closing, or closed. */
  get isClosing(): boolean {
    return this.shutdown.isClosing;
  }

  /** The configuration in force. */
  get settings(): Config {
    return this.inForce.config;
  }

  /** Reports to `watcher` what happens from now on. Returns what removes it. */
  watch(watcher: Watcher): () => void {
    const unwatch = this.core.interest.watchSubscriptions(watcher);
    const remove = this.watchers.add(watcher);
    return () => {
      remove();
      unwatch();
    };
  }

  /** Takes in what `make` makes: an end within this process, with an id of its own. */
  join<M extends Member>(make: (id: number, options: JoinOptions, left: (member: Member) => void) => M): M {
    return this.members.join(make);
  }

  async listen(): Promise<void> {
    const { others, last } = this.dialects;
    for (const one of others) await this.listenFor(one);
    await this.websockets.listen();
    await this.startMonitor();
    await this.listenFor(last);
    await this.leafs.apply();
    this.log.info({ id: this.serverId, name: this.settings.serverName }, 'starting');
    const { monitorSecurity } = this.inForce.access;
    if (this.monitor !== undefined)
      this.log.info(
        { ...this.monitor.address, dialect: 'monitor', ...(monitorSecurity && { tls: true }) },
        'listening',
      );
    this.acceptor.announce();
  }

  private async listenFor({ name, code, listeners }: Registered): Promise<void> {
    for (const address of listeners(this.inForce.config)) {
      await code.load();
      await this.acceptor.listen(name, address);
    }
  }

  attach(stream: Duplex, dialect: DialectName): void {
    this.acceptor.attach(stream, dialect);
  }

  attachWebSocket(server: Server, options: AttachWebSocketOptions = {}): () => void {
    return this.websockets.attach(server, options);
  }

  /** Connects within the process, and returns the client's end. */
  connect(dialect: DialectName): Duplex {
    return this.acceptor.connect(dialect);
  }

  async reload(config: Config): Promise<readonly string[]> {
    this.dialects.check(config);
    return this.reloader.reload(config);
  }

  get reloadSource(): ReloadSource | undefined {
    return this.systemCommands.reloadSource;
  }

  set reloadSource(source: ReloadSource | undefined) {
    this.systemCommands.reloadSource = source;
  }

  lameDuck(): Promise<void> {
    return this.shutdown.lameDuck();
  }

  close(options?: CloseOptions): Promise<void> {
    return this.shutdown.close(options);
  }

  /** Tells all clients whose dialect has a message for it what INFO says now. */
  private inform(): void {
    for (const connection of this.all.open) connection.inform();
  }

  private failed(error: unknown, message: string, fields: object = {}): void {
    this.log.error({ err: error, ...fields }, message);
    this.watchers.failed(error);
  }

  private async startMonitor(): Promise<void> {
    const { inForce, factory, core, source: observed, reports, throttle } = this;
    const { loginLog, admission } = factory;
    const limits = () => inForce.config.nats;
    const page = { core, admission, limits, join: this.join.bind(this), isClosing: () => this.isClosing };
    const actions = { ldm: () => void this.lameDuck(), quit: () => void this.close(), ...this.actions };
    const parts = { observed, page, inForce, reports, loginLog, throttle, actions };
    this.monitor = await startMonitorOf(parts, this.log);
    this.monitorAddress = this.monitor?.address;
  }

  /** Releases what is left once all connections have closed. */
  private async release(): Promise<void> {
    await this.monitor?.close();
    this.accounts.stop();
    this.throttle.dispose();
    this.reports.flush();
    this.core.destroy();
  }
}

import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { Authenticator } from '../auth/grant.js';
import { loadAccounts, loadAuthenticator } from '../auth/load.js';
import { LoginThrottle } from '../auth/throttle.js';
import type { Broker } from '../broker.js';
import type { AccountConfig } from '../config/shapes.js';
import type { Address, Config } from '../config.js';
import { MAX_SUBJECT_DEPTH } from '../limits.js';
import { Connection, type ConnectionOptions } from '../net/connection.js';
import { Door } from '../net/door.js';
import { Listener } from '../net/listener.js';
import { type Security, securityFor, securityFromTheStart } from '../net/tls.js';
import type { Monitor } from '../ops/monitor.js';
import type { Dialect, Wire } from '../protocol/codec.js';
import { lineDialect } from '../protocol/line/index.js';
import { natsDialect } from '../protocol/nats/index.js';
import { Core } from '../routing/core.js';
import { AccountBook } from './accounts.js';
import { Connections } from './connections.js';
import { before, pause } from './drain.js';
import { infoOf, makeServerId, type Standing } from './info.js';
import { Observation } from './observe.js';
import { changesBetween } from './reload.js';

/** Share of the shutdown deadline that may go into finishing what was read; the rest is for flushing it. */
const INPUT_SHARE = 0.5;
/** Longest wait between two clients that a lame duck lets go, in milliseconds. As nats-server's. */
const MAX_GOODBYE_MS = 1_000;

type AnyDialect = Dialect<unknown, unknown>;
type DialectName = 'nats' | 'line';

/** Who may come in, and how. */
interface Access {
  readonly authenticator: Authenticator;
  readonly accounts: readonly AccountConfig[];
  readonly security: Security | undefined;
}

async function accessOf(config: Config, log: Logger): Promise<Access> {
  return {
    authenticator: await loadAuthenticator(config),
    accounts: await loadAccounts(config, (warning) => log.warn(warning)),
    security: config.tls && securityFor(config.tls, log),
  };
}

/** The broker: what makes the parts one. */
export class RunningBroker implements Broker {
  readonly serverId = makeServerId();
  readonly natsAddresses: Address[] = [];
  readonly lineAddresses: Address[] = [];
  monitorAddress: Address | undefined = undefined;
  private config: Config;
  private readonly log: Logger;
  private readonly core = new Core();
  private readonly accounts: AccountBook;
  private readonly throttle = new LoginThrottle();
  private readonly all = new Connections();
  private listeners: Listener[] = [];
  private authenticator: Authenticator;
  private security: Security | undefined;
  private options: Readonly<Record<DialectName, ConnectionOptions>>;
  private dialects: Readonly<Record<DialectName, AnyDialect>>;
  private readonly door: Door;
  private monitor: Monitor | undefined;
  private configLoadedAt = Date.now();
  private nextId = 1;
  private isLameDuck = false;
  private closed: Promise<void> | undefined;
  private announceClose = (): void => {};
  private readonly closing = new Promise<void>((resolve) => {
    this.announceClose = resolve;
  });

  private constructor(config: Config, log: Logger, access: Access) {
    this.config = config;
    this.log = log;
    this.authenticator = access.authenticator;
    this.security = access.security;
    this.accounts = new AccountBook(this.core, this.serverId, config);
    this.accounts.apply(config, access.accounts);
    this.options = this.makeOptions();
    this.dialects = this.makeDialects();
    this.door = new Door(config.limits, log);
    this.core.on('fault', (error: unknown, client: { readonly id: number }) =>
      log.error({ err: error, connection: client.id }, 'internal error, closing this connection'),
    );
  }

  /** A broker that does not listen yet. Throws SluiceError CONFIG_INVALID about files that TLS or an operator names. */
  static async create(config: Config, log: Logger): Promise<RunningBroker> {
    return new RunningBroker(config, log, await accessOf(config, log));
  }

  get natsAddress(): Address | undefined {
    return this.natsAddresses[0];
  }

  get lineAddress(): Address | undefined {
    return this.lineAddresses[0];
  }

  /** Connections that are open; for tests. */
  get connections(): ReadonlySet<Connection> {
    return this.all.open;
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

  async reload(config: Config): Promise<readonly string[]> {
    const changes = changesBetween(this.config, config);
    const { authenticator, accounts, security } = await accessOf(config, this.log);
    this.config = config;
    this.configLoadedAt = Date.now();
    this.security = security;
    this.authenticator = authenticator;
    this.options = this.makeOptions();
    this.dialects = this.makeDialects();
    this.door.configure(config.limits);
    this.accounts.apply(config, accounts);
    for (const connection of [...this.all.open]) connection.renew();
    for (const connection of this.all.open) connection.client.session.inform();
    return changes;
  }

  async lameDuck(): Promise<void> {
    if (this.isLameDuck || this.closed !== undefined) return this.close();
    this.isLameDuck = true;
    const { durationMs, graceMs } = this.config.lameDuck;
    await this.stopListening();
    for (const connection of this.all.open) connection.client.session.inform();
    await pause(graceMs, Promise.race([this.closing, this.all.empty]));
    const clients = [...this.all.open];
    const apartMs = Math.min(MAX_GOODBYE_MS, Math.max(0, durationMs - graceMs) / Math.max(1, clients.length));
    for (const connection of clients) {
      if (this.closed !== undefined) break;
      connection.close('SERVER_SHUTDOWN');
      await pause(apartMs, this.closing);
    }
    await this.close();
  }

  close(): Promise<void> {
    this.closed ??= this.drain();
    return this.closed;
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
    const { flow, limits, nats } = this.config;
    const options: ConnectionOptions = {
      flow,
      limits: { ...limits, maxSubjectTokens: limits.maxSubjectTokens || MAX_SUBJECT_DEPTH },
      ingress: limits,
      liveness: nats,
      admission: {
        authenticator: () => this.authenticator,
        throttle: this.throttle,
        account: (name) => this.core.account(name),
      },
    };
    const { security } = this;
    return {
      nats: { ...options, security },
      line: {
        ...options,
        security: this.config.line.tls ? security && securityFromTheStart(security) : undefined,
      },
    };
  }

  private makeDialects(): Readonly<Record<DialectName, AnyDialect>> {
    const { nats, line } = this.config;
    const authTimeoutMs = () => this.config.authorization.timeoutMs;
    return {
      nats: natsDialect({
        ...nats,
        authTimeoutMs,
        connectFirst: () => this.authenticator.anonymous === undefined,
        info: (secured) => infoOf(this.config, this.standing, secured),
      }) as AnyDialect,
      line: lineDialect({ ...line, authTimeoutMs }) as AnyDialect,
    };
  }

  private async open(dialect: DialectName, endpoint: Address): Promise<Address> {
    const enter = (wire: Wire) => this.door.rate.admit(wire, () => this.accept(wire, dialect));
    const listener = await Listener.listen(dialect, endpoint, enter, this.log);
    this.listeners.push(listener);
    return listener.address;
  }

  private accept(wire: Wire, dialect: DialectName): void {
    if (this.closed !== undefined) {
      wire.destroy();
      return;
    }
    const refusal = this.door.judge(wire);
    if (refusal === 'gone') return;
    const connection = new Connection(
      this.nextId++,
      wire,
      this.dialects[dialect],
      this.core,
      this.options[dialect],
      this.log,
      (closed) => {
        this.all.remove(closed);
        this.door.left(closed);
      },
    );
    this.all.add(connection);
    this.door.entered(connection, refusal);
    if (refusal !== undefined) connection.close(refusal);
  }

  /** Its HTTP server is loaded only where there is to be one. */
  private async startMonitor(): Promise<void> {
    const { listener } = this.config.monitor;
    if (listener === undefined) return;
    const { startMonitor } = await import('../ops/monitor.js');
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
    this.monitor = await startMonitor(listener, observation, this.log);
    this.monitorAddress = this.monitor.address;
  }

  private async stopListening(): Promise<void> {
    const listeners = this.listeners;
    this.listeners = [];
    await Promise.all(listeners.map((listener) => listener.close()));
    this.door.rate.dismiss();
  }

  private async drain(): Promise<void> {
    this.announceClose();
    const { deadlineMs } = this.config.shutdown;
    const deadline = performance.now() + deadlineMs;
    const inputDeadline = performance.now() + deadlineMs * INPUT_SHARE;
    await this.stopListening();
    await before(
      inputDeadline,
      Promise.all([...this.all.open].map((connection) => connection.finishInput())),
    );
    this.core.flushAll();
    this.all.closeAll('SERVER_SHUTDOWN');
    const { empty } = this.all;
    await before(deadline, empty);
    this.cutOff();
    await empty;
    await this.monitor?.close();
    this.accounts.stop();
    this.throttle.dispose();
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

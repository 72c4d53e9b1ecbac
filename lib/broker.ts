import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { authenticator } from './auth/authenticator.js';
import type { TlsConfig } from './config/shapes.js';
import type { Address, Config } from './config.js';
import { SluiceError } from './errors.js';
import { Connection, type ConnectionOptions } from './net/connection.js';
import { Listener } from './net/listener.js';
import { affordableConnections } from './net/open-files.js';
import { seldom } from './net/seldom.js';
import { type Security, securityFor, securityFromTheStart, tlsInfo } from './net/tls.js';
import type { Dialect, Wire } from './protocol/codec.js';
import { lineDialect } from './protocol/line/index.js';
import { natsDialect } from './protocol/nats/index.js';
import { Core } from './routing/core.js';
import { NATS_LEVEL, VERSION } from './version.js';

/** A running broker. */
export interface Broker {
  /** Where NATS clients connect, with the real port; undefined without that listener. */
  readonly natsAddress: Address | undefined;
  /** Where line clients connect, with the real port; undefined without that listener. */
  readonly lineAddress: Address | undefined;
  /**
   * Serves one more connection, over any byte stream instead of a socket; it need not be a listener's dialect. Once
   * the broker is closing it destroys the stream.
   */
  attach(wire: Duplex, dialect: 'nats' | 'line'): void;
  /**
   * Stops accepting, finishes what was read, flushes every subscriber, closes: within `shutdown.deadline`, after
   * which whatever is left is cut off. Leaves no handle open. Calling it again waits for the first call.
   */
  close(): Promise<void>;
}

/** Share of the shutdown deadline that may go into finishing what was read; the rest is for flushing it. */
const INPUT_SHARE = 0.5;

/**
 * Starts a broker with every listener the configuration enables.
 *
 * @throws SluiceError ADDRESS_IN_USE, ADDRESS_UNUSABLE, CONFIG_INVALID about a file of `tls`; then nothing is left listening
 */
export async function startBroker(config: Config, log: Logger): Promise<Broker> {
  const broker = new RunningBroker(config, log);
  try {
    await broker.listen();
  } catch (error) {
    await broker.close();
    throw error;
  }
  return broker;
}

type AnyDialect = Dialect<unknown, unknown>;

class RunningBroker implements Broker {
  natsAddress: Address | undefined = undefined;
  lineAddress: Address | undefined = undefined;
  private readonly config: Config;
  private readonly log: Logger;
  private readonly core = new Core();
  private readonly connections = new Set<Connection>();
  private readonly listeners: Listener[] = [];
  private readonly options: Readonly<Record<'nats' | 'line', ConnectionOptions>>;
  private readonly security: Security | undefined;
  private readonly serverId = makeServerId();
  private readonly dialects: Readonly<Record<'nats' | 'line', AnyDialect>>;
  private readonly maxConnections: number;
  private readonly complainOfMany = seldom((maxConnections: number, count) => {
    const limit =
      maxConnections < this.config.limits.maxConnections ? 'open files' : 'limits.max_connections';
    this.log.warn({ maxConnections, limit, count }, 'maximum connections exceeded, refused');
  });
  private nextId = 1;
  private closed: Promise<void> | undefined;
  private whenEmpty: (() => void) | undefined;

  constructor(config: Config, log: Logger) {
    this.config = config;
    this.log = log;
    const { tls, line } = config as Config & {
      readonly tls?: TlsConfig;
      readonly line: { readonly tls?: boolean };
    };
    this.security = tls && securityFor(tls, log);
    if (line.tls === true && tls === undefined)
      throw new SluiceError('CONFIG_INVALID', 'line.tls: there is no [tls] with a certificate');
    const options = {
      flow: config.flow,
      maxSubscriptions: config.limits.maxSubscriptions,
      liveness: config.nats,
    };
    this.options = {
      nats: { ...options, security: this.security },
      line: {
        ...options,
        security: line.tls === true ? this.security && securityFromTheStart(this.security) : undefined,
      },
    };
    this.dialects = this.makeDialects();
    this.maxConnections = affordableConnections(config.limits.maxConnections);
    this.core.on('fault', (error: unknown, client: { readonly id: number }) =>
      log.error({ err: error, connection: client.id }, 'internal error, closing this connection'),
    );
  }

  async listen(): Promise<void> {
    const { nats, line } = this.config;
    if (nats.enabled) this.natsAddress = await this.open(this.dialects.nats, nats.listener);
    if (line.enabled) this.lineAddress = await this.open(this.dialects.line, line.listener);
  }

  attach(wire: Duplex, dialect: 'nats' | 'line'): void {
    this.accept(wire, this.dialects[dialect]);
  }

  close(): Promise<void> {
    this.closed ??= this.drain();
    return this.closed;
  }

  private makeDialects(): Readonly<Record<'nats' | 'line', AnyDialect>> {
    const { nats, line, authorization } = this.config;
    const authenticate = authenticator(authorization);
    const { timeoutMs: authTimeoutMs } = authorization;
    return {
      nats: natsDialect({
        ...nats,
        authTimeoutMs,
        authenticate:
          authenticate &&
          (({ user, pass, auth_token: token }) => authenticate({ user, password: pass, token })),
        info: (secured) => this.info(authenticate !== undefined, secured),
      }) as AnyDialect,
      line: lineDialect({
        ...line,
        authTimeoutMs,
        authenticate:
          authenticate &&
          ((user, secret) =>
            authenticate(user === undefined ? { token: secret } : { user, password: secret })),
      }) as AnyDialect,
    };
  }

  private async open(dialect: AnyDialect, endpoint: Address): Promise<Address> {
    const listener = await Listener.listen(
      dialect.name,
      endpoint,
      (wire) => this.accept(wire, dialect),
      this.log,
    );
    this.listeners.push(listener);
    this.log.info({ ...listener.address, dialect: dialect.name }, 'listening');
    return listener.address;
  }

  private accept(wire: Wire, dialect: AnyDialect): void {
    if (this.closed !== undefined) {
      wire.destroy();
      return;
    }
    const connection = new Connection(
      this.nextId++,
      wire,
      dialect,
      this.core,
      this.options[dialect.name as 'nats' | 'line'],
      this.log,
      (closed) => this.forget(closed),
    );
    this.connections.add(connection);
    if (this.connections.size <= this.maxConnections) return;
    this.complainOfMany(this.maxConnections);
    connection.close('MAX_CONNECTIONS');
  }

  private forget(connection: Connection): void {
    this.connections.delete(connection);
    if (this.connections.size === 0) this.whenEmpty?.();
  }

  private async drain(): Promise<void> {
    const deadline = performance.now() + this.config.shutdown.deadlineMs;
    const inputDeadline = performance.now() + this.config.shutdown.deadlineMs * INPUT_SHARE;
    await Promise.all(this.listeners.map((listener) => listener.close()));
    await before(
      inputDeadline,
      Promise.all([...this.connections].map((connection) => connection.finishInput())),
    );
    this.core.flushAll();
    this.closeAll((connection) => connection.close('SERVER_SHUTDOWN'));
    const empty = new Promise<void>((resolve) => {
      this.whenEmpty = resolve;
      if (this.connections.size === 0) resolve();
    });
    await before(deadline, empty);
    this.cutOff();
    await empty;
    this.core.destroy();
  }

  /** Ends what the shutdown deadline found still open, and says so. */
  private cutOff(): void {
    let pendingBytes = 0;
    for (const connection of this.connections) pendingBytes += connection.client.outbox.pendingBytes;
    const count = this.connections.size;
    if (pendingBytes > 0)
      this.log.warn({ connections: count, pendingBytes }, 'shutdown deadline passed, cut off');
    this.closeAll((connection) => connection.destroy('SERVER_SHUTDOWN'));
  }

  private closeAll(end: (connection: Connection) => void): void {
    for (const connection of [...this.connections]) end(connection);
  }

  /** What INFO says to every NATS client. https://docs.nats.io/reference/reference-protocols/nats-protocol#info */
  private info(authRequired: boolean, secured: boolean): Readonly<Record<string, unknown>> {
    const { nats, serverName } = this.config;
    return {
      server_id: this.serverId,
      server_name: serverName ?? this.serverId,
      version: NATS_LEVEL,
      sluice: VERSION,
      proto: 1,
      host: this.natsAddress?.host,
      port: this.natsAddress?.port,
      headers: true,
      ...(authRequired ? { auth_required: true } : {}),
      ...tlsInfo(this.security, secured),
      max_payload: nats.maxPayloadBytes,
    };
  }
}

/** Resolves when `promise` does, or at `deadline` on the performance clock, whichever is first. */
async function before(deadline: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, deadline - performance.now()));
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}

/** A random id in the shape of nats-server's: N and 55 letters and digits of base 32. */
function makeServerId(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let id = 'N';
  for (const byte of randomBytes(55)) id += alphabet[byte & 31];
  return id;
}

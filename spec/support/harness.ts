/** A broker under test and the verbs that make a spec five lines long. */
import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pino } from 'pino';
import type { Connections } from '../../lib/broker/connections.js';
import type { Replacements } from '../../lib/broker/replacements.js';
import { RunningBroker } from '../../lib/broker/running.js';
import { type Config, configFrom, type SettingsInput } from '../../lib/config.js';
import type { Connection } from '../../lib/connection/connection.js';
import type { Core } from '../../lib/routing/core.js';
import { duplexPair } from './duplex-pair.js';
import { FakeClock } from './fake-clock.js';
import { type DialectName, Peer } from './peer.js';
import { until } from './until.js';

/** What a connection runs over: an in-memory pair handed to `broker.attach`, or a TCP socket. */
export type Over = 'pair' | 'socket';

export const OVER: readonly Over[] = ['pair', 'socket'];
export const DIALECTS: readonly DialectName[] = ['nats', 'line'];

/** CONNECT options that make a NATS client hear nothing but what it asks for. */
export const QUIET = { verbose: false, pedantic: false };

export interface ConnectHow {
  readonly over?: Over;
  /** The options of the CONNECT that a NATS peer sends; undefined: {@link QUIET}; false: it sends none. */
  readonly options?: Readonly<Record<string, unknown>> | false;
}

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [key: string]: unknown;
}

/** A peer and the broker's end of it. */
export class Client extends Peer {
  readonly connection: Connection;

  constructor(wire: Duplex, dialect: DialectName, connection: Connection) {
    super(wire, dialect);
    this.connection = connection;
  }

  /** Why the broker closed it, once it has. */
  async closeReason(): Promise<string> {
    await until('the broker has closed the connection', () => this.connection.reason !== undefined);
    return this.connection.reason!;
  }

  /** Whether the broker does not take its next batch. */
  get held(): boolean {
    return this.connection.client.held;
  }
}

export class Harness {
  readonly broker: RunningBroker;
  /** Warnings and errors logged so far. */
  readonly log: readonly LogLine[];
  private readonly peers: Peer[] = [];
  /** Wires to the broker that are no peers of {@link open}; cut off at the end. */
  readonly wires: Duplex[] = [];

  private constructor(broker: RunningBroker, log: readonly LogLine[]) {
    this.broker = broker;
    this.log = log;
  }

  /**
   * Starts a broker on free ports; `settings` in the words of the TOML file, `adjusted` before they are used. It sends
   * PINGs of its own only where the settings say how often, or as a `FakeClock` among the replacements passes.
   */
  static async start(
    settings: SettingsInput = {},
    adjusted: (config: Config) => Config = (config) => config,
    replacements: Replacements = settings.nats?.ping_interval === undefined ? { clock: new FakeClock() } : {},
  ): Promise<Harness> {
    const lines: LogLine[] = [];
    const log = pino({ level: 'warn' }, { write: (line) => lines.push(JSON.parse(line) as LogLine) });
    const config = configFrom({
      listener: '127.0.0.1:0',
      ...settings,
      line: { listener: '127.0.0.1:0', ...settings.line },
      limits: { max_connections: 1_000, ...settings.limits }, // few enough not to warn of the open files limit
    });
    const broker = await RunningBroker.create(adjusted(config), log, replacements);
    try {
      await broker.listen();
    } catch (error) {
      await broker.close();
      throw error;
    }
    return new Harness(broker, lines);
  }

  /** Closes the broker and whatever peers are left. */
  async stop(): Promise<void> {
    const closed = this.broker.close();
    for (const peer of this.peers) if (!peer.wire.destroyed) peer.resume().end();
    for (const wire of this.wires) wire.on('error', () => {}).destroy();
    await closed;
    for (const peer of this.peers) peer.wire.destroy();
  }

  /** Cuts off the peers but the first `count`, and forgets them, so that memory they take is not counted. */
  keepPeers(count: number): void {
    for (const { wire } of this.peers.splice(count)) wire.destroy();
  }

  get core(): Core {
    return this.broker.core;
  }

  /** The broker's connections, and what it remembers of those that were. */
  get all(): Connections {
    return this.broker.all;
  }

  /** Connections the broker holds. */
  get connections(): ReadonlySet<Connection> {
    return this.broker.connections as ReadonlySet<Connection>; // none of them is within the process
  }

  /** A connected peer that answers PINGs; one of NATS has read INFO and sent CONNECT, and the broker has taken it. */
  async connect(dialect: DialectName, how: ConnectHow = {}): Promise<Client> {
    const client = await this.open(dialect, how.over ?? 'pair');
    client.answersPings = true;
    if (dialect === 'line' || how.options === false) return client;
    await client.next();
    const options: Readonly<Record<string, unknown>> = how.options ?? QUIET;
    client.send(`CONNECT ${JSON.stringify(options)}\r\n`);
    await client.settle();
    const { protocol } = options;
    if (protocol === 1) await client.next(); // INFO, with the account
    return client;
  }

  /** A connected peer that has neither said nor read anything. */
  async open(dialect: DialectName, over: Over = 'pair'): Promise<Client> {
    const known = new Set(this.connections);
    const wire = over === 'pair' ? this.attach(dialect) : await this.dial(dialect);
    const isNew = (connection: Connection): boolean =>
      !known.has(connection) &&
      (over === 'pair' || connection.client.peer.remotePort === (wire as Socket).localPort);
    let connection: Connection | undefined;
    await until('the broker has accepted the connection', () => {
      connection = [...this.connections].find(isNew);
      return connection !== undefined;
    });
    const client = new Client(wire, dialect, connection!);
    this.peers.push(client);
    return client;
  }

  private attach(dialect: DialectName): Duplex {
    const [near, far] = duplexPair();
    this.broker.attach(far, dialect);
    return near;
  }

  private async dial(dialect: DialectName): Promise<Socket> {
    const { host, port } = (dialect === 'nats' ? this.broker.natsAddress : this.broker.lineAddress)!;
    const socket = connectSocket({ host, port, allowHalfOpen: true, noDelay: true });
    await once(socket, 'connect');
    return socket;
  }
}

/** A PUB frame. */
export function pub(subject: string, payload: string, reply?: string): string {
  const words = reply === undefined ? subject : `${subject} ${reply}`;
  return `PUB ${words} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`;
}

/** The MSG that comes of it, as `next` has it. */
export function msg(subject: string, sid: string | number, payload: string, reply?: string): string {
  const words = reply === undefined ? `${subject} ${sid}` : `${subject} ${sid} ${reply}`;
  return `MSG ${words} ${Buffer.byteLength(payload)}\r\n${payload}`;
}

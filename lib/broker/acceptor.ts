import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { Address } from '../config.js';
import { formatAddress } from '../domain/address.js';
import type { DialectName } from '../domain/dialect-name.js';
import type { Loadable } from '../domain/loadable.js';
import type { RateLimits } from '../domain/rate-limited.js';
import type { ConnectionLimiter, Refusal } from '../limits/connection-limiter.js';
import { MemoryTransport } from '../transport/memory.js';
import { SocketTable } from '../transport/socket-table.js';
import { wireOver } from '../transport/socket-wire.js';
import { TcpTransport } from '../transport/tcp.js';
import type { Security } from '../transport/tls.js';
import { TlsTransport } from '../transport/tls-transport.js';
import type { ListenEvents, Listener, Transport } from '../transport/transport.js';
import type { Gate } from '../transport/websocket/websocket-transport.js';
import type { Wire } from '../transport/wire.js';

/** What an acceptor needs of its broker. */
export interface AcceptorOptions {
  readonly log: Logger;
  readonly reports: RateLimits;
  /** Limits how fast connections come, how many there are, and how many of one address. */
  readonly limiter: ConnectionLimiter;
  /** Whether further connections are served. */
  readonly isOpen: () => boolean;
  /** TLS of a dialect's clients, asked for each connection; undefined: none. */
  readonly security: (dialect: DialectName) => Security | undefined;
  /** The code of a dialect, without which none of its connections is served. */
  readonly code: (dialect: DialectName) => Loadable<unknown>;
  /** Serves a connection; one with a `refusal` is told why, and closed. */
  readonly serve: (wire: Wire, dialect: DialectName, refusal: Refusal | undefined) => void;
}

/** A listener that is open. */
interface Open {
  readonly dialect: DialectName;
  readonly listener: Listener;
  /** What is between TCP and the dialect; undefined: nothing but TLS. */
  readonly transport?: typeof WEBSOCKET;
  /** Whether TLS is below its handshakes, where that is told apart from TLS of the dialect. */
  readonly tls?: boolean;
}

/** What listeners for WebSockets are called, and their addresses listed under. */
export const WEBSOCKET = 'websocket';

/** Opens, announces and closes the listeners of a broker, and decides which of their connections it serves. */
export class Acceptor {
  readonly limiter: ConnectionLimiter;
  private readonly options: AcceptorOptions;
  private readonly sockets = new SocketTable();
  private readonly addresses = new Map<DialectName, Address[]>();
  private readonly memory = new Map<DialectName, MemoryTransport>();
  private listeners: Open[] = [];
  private isClosed = false;

  constructor(options: AcceptorOptions) {
    this.options = options;
    this.limiter = options.limiter;
  }

  /**
   * Listens over TCP, with TLS where the configuration says so.
   *
   * @throws SluiceError (as a rejection) ADDRESS_IN_USE, ADDRESS_UNUSABLE
   */
  listen(dialect: DialectName, endpoint: Address): Promise<void> {
    return this.open(dialect, new TcpTransport(dialect, endpoint, this.sockets));
  }

  /**
   * Opens a listener: a transport, and the dialect that is spoken over it. Its connections are secured with TLS where the
   * configuration says so, and limited in number and rate.
   *
   * @throws SluiceError (as a rejection) what the transport throws
   */
  async open(dialect: DialectName, transport: Transport): Promise<void> {
    const listener = await listenWith(this.secured(dialect, transport), {
      accepted: (wire) => this.limiter.rate.admit(wire, () => this.accept(wire, dialect)),
      failed: this.failuresOf(dialect),
    });
    this.listeners.push({ dialect, listener });
    if (listener.address !== undefined) this.addressesOf(dialect).push(listener.address);
  }

  /**
   * Opens a listener for WebSockets. Connections are limited in rate and number before their handshakes, which count as
   * connections meanwhile.
   *
   * @param make makes the transport, with what decides about its connections
   * @param dialectOf the dialect that is spoken over a wire
   * @param tls whether it has TLS
   * @throws SluiceError (as a rejection) what the transport throws
   */
  async openWebSocket(
    dialect: DialectName,
    make: (gate: Gate, sockets: SocketTable) => Transport,
    dialectOf: (wire: Wire) => DialectName = () => dialect,
    tls = false,
  ): Promise<Listener> {
    const listener = await listenWith(make(this.gate, this.sockets), {
      accepted: (wire) => this.accept(wire, dialectOf(wire)),
      failed: this.failuresOf(WEBSOCKET),
    });
    const open: Open = { dialect, listener, transport: WEBSOCKET, tls };
    if (this.isClosed) void listener.close();
    else this.listeners.push(open);
    if (listener.address !== undefined) this.addressesOf(WEBSOCKET).push(listener.address);
    return {
      address: listener.address,
      close: () => {
        this.listeners = this.listeners.filter((each) => each !== open);
        return listener.close();
      },
    };
  }

  /** Where clients of a dialect connect, with the real ports, also once it has closed. */
  addressesOf(dialect: DialectName): Address[] {
    let addresses = this.addresses.get(dialect);
    if (addresses === undefined) {
      addresses = [];
      this.addresses.set(dialect, addresses);
    }
    return addresses;
  }

  /** Logs each listener. */
  announce(): void {
    for (const { dialect, listener, transport, tls } of this.listeners)
      this.options.log.info({ ...listener.address, dialect, transport, ...(tls && { tls }) }, 'listening');
  }

  /** Serves one more connection over a stream that was made elsewhere. */
  attach(stream: Duplex, dialect: DialectName): void {
    this.accept(wireOver(stream, this.sockets, this.options.security(dialect)), dialect);
  }

  /** Connects within the process, and returns the client's end. */
  connect(dialect: DialectName): Duplex {
    let transport = this.memory.get(dialect);
    if (transport === undefined) {
      transport = new MemoryTransport();
      this.memory.set(dialect, transport);
      // Not limited in rate: the program that connects within the process is the one that would have to wait.
      void this.secured(dialect, transport).listen({
        accepted: (wire) => this.accept(wire, dialect),
        failed: () => undefined,
      });
    }
    return transport.connect();
  }

  /** Stops listening and closes connections whose turn has not come; resolves once the ports are free. */
  async close(): Promise<void> {
    const { listeners } = this;
    this.isClosed = true;
    this.listeners = [];
    await Promise.all(listeners.map(({ listener }) => listener.close()));
    this.limiter.rate.dismiss();
  }

  private readonly gate: Gate = (wire, begin) =>
    this.limiter.rate.admit(wire, () => {
      if (!this.options.isOpen()) return void wire.stream.destroy();
      const refusal = this.limiter.check(wire);
      if (refusal === 'gone') return;
      const handshake = { client: { peer: { remoteAddress: wire.remoteAddress } } };
      this.limiter.register(handshake, refusal);
      begin(() => this.limiter.release(handshake));
    });

  private failuresOf(listener: string): (error: NodeJS.ErrnoException) => void {
    const { log, reports } = this.options;
    return reports.limit((error: NodeJS.ErrnoException, count) =>
      log.error({ listener, error: error.code ?? error.message, count }, 'could not accept a connection'),
    );
  }

  private secured(dialect: DialectName, transport: Transport): Transport {
    return new TlsTransport(transport, () => this.options.security(dialect));
  }

  private accept(wire: Wire, dialect: DialectName): void {
    if (!this.options.isOpen()) {
      wire.stream.destroy();
      return;
    }
    const code = this.options.code(dialect);
    if (code.value === undefined) return this.acceptLater(wire, dialect, code);
    const refusal = this.limiter.check(wire);
    if (refusal !== 'gone') this.options.serve(wire, dialect, refusal);
  }

  /** Serves a connection once the code of its dialect is loaded: the first of a dialect that has no listener. */
  private acceptLater(wire: Wire, dialect: DialectName, code: Loadable<unknown>): void {
    code.load().then(
      () => this.accept(wire, dialect),
      (error: unknown) => {
        wire.stream.destroy();
        this.options.log.error({ err: error, dialect }, 'internal error, closing this connection');
      },
    );
  }
}

/** Listens, and notes at each wire the address that it came to. */
async function listenWith(transport: Transport, { accepted, failed }: ListenEvents): Promise<Listener> {
  let address: string | undefined;
  const listener = await transport.listen({
    accepted: (wire) => {
      wire.listener = address;
      accepted(wire);
    },
    failed,
  });
  if (listener.address !== undefined) address = formatAddress(listener.address);
  return listener;
}

import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { Address } from '../config.js';
import { rateLimited } from '../domain/rate-limited.js';
import type { Door, Refusal } from '../limits/door.js';
import { MemoryTransport } from '../transport/memory.js';
import { SocketTable } from '../transport/socket-table.js';
import { wireOver } from '../transport/socket-wire.js';
import { TcpTransport } from '../transport/tcp.js';
import type { Security } from '../transport/tls.js';
import { TlsTransport } from '../transport/tls-transport.js';
import type { Listener } from '../transport/transport.js';
import type { Wire } from '../transport/wire.js';
import type { DialectName } from './dialects.js';

/** What an acceptor needs of its broker. */
export interface AcceptorOptions {
  readonly log: Logger;
  /** Limits how fast connections come, how many there are, and how many of one address. */
  readonly door: Door;
  /** Whether further connections are served. */
  readonly isOpen: () => boolean;
  /** TLS of a dialect's clients, asked for each connection; undefined: none. */
  readonly security: (dialect: DialectName) => Security | undefined;
  /** Serves a connection; one with a `refusal` is told why, and closed. */
  readonly serve: (wire: Wire, dialect: DialectName, refusal: Refusal | undefined) => void;
}

/** A listener that is open: a transport, and the dialect that is spoken over it. */
interface Open {
  readonly dialect: DialectName;
  readonly address: Address;
  readonly listener: Listener;
}

/** Opens, announces and closes the listeners of a broker, and decides which of their connections it serves. */
export class Acceptor {
  readonly door: Door;
  private readonly options: AcceptorOptions;
  private readonly sockets = new SocketTable();
  private readonly addresses = new Map<DialectName, Address[]>();
  private readonly memory = new Map<DialectName, MemoryTransport>();
  private listeners: Open[] = [];

  constructor(options: AcceptorOptions) {
    this.options = options;
    this.door = options.door;
  }

  /**
   * Listens over TCP, with TLS where the configuration says so.
   *
   * @throws SluiceError (as a rejection) ADDRESS_IN_USE, ADDRESS_UNUSABLE
   */
  async listen(dialect: DialectName, endpoint: Address): Promise<void> {
    const { log, security } = this.options;
    const tcp = new TcpTransport(dialect, endpoint, this.sockets);
    const listener = await new TlsTransport(tcp, () => security(dialect)).listen({
      accepted: (wire) => this.door.rate.admit(wire, () => this.accept(wire, dialect)),
      failed: rateLimited((error: NodeJS.ErrnoException, count) =>
        log.error(
          { listener: dialect, error: error.code ?? error.message, count },
          'could not accept a connection',
        ),
      ),
    });
    const { address = endpoint } = listener;
    this.listeners.push({ dialect, address, listener });
    this.addressesOf(dialect).push(address);
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
    for (const { dialect, address } of this.listeners)
      this.options.log.info({ ...address, dialect }, 'listening');
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
      const { security } = this.options;
      void new TlsTransport(transport, () => security(dialect)).listen({
        accepted: (wire) => this.accept(wire, dialect),
        failed: () => undefined,
      });
    }
    return transport.connect();
  }

  /** Stops listening and closes connections whose turn has not come; resolves once the ports are free. */
  async close(): Promise<void> {
    const { listeners } = this;
    this.listeners = [];
    await Promise.all(listeners.map(({ listener }) => listener.close()));
    this.door.rate.dismiss();
  }

  private accept(wire: Wire, dialect: DialectName): void {
    if (!this.options.isOpen()) {
      wire.stream.destroy();
      return;
    }
    const refusal = this.door.judge(wire);
    if (refusal !== 'gone') this.options.serve(wire, dialect, refusal);
  }
}

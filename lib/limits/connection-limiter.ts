import type { Logger } from 'pino';
import type { CloseReason } from '../domain/close-reason.js';
import { REFUSALS_AT_ONCE } from '../domain/limits.js';
import { RateLimits } from '../domain/rate-limited.js';
import { type Accepted, type AcceptLimits, AcceptRate } from './accept-rate.js';
import { AddressCounts } from './address-counts.js';
import { affordableConnections } from './open-files.js';

export interface ConnectionLimits extends AcceptLimits {
  readonly maxConnections: number;
  /** 0: any number. */
  readonly maxConnectionsPerAddress: number;
}

/** Why a connection is refused although the accept rate would let it in. */
export type Refusal = 'MAX_CONNECTIONS' | 'MAX_CONNECTIONS_PER_ADDRESS';

/** A refusal to be logged; `about` is the connection, where there is one to be told why. */
interface Refused {
  readonly reason: Refusal;
  readonly about?: { readonly connection: number; readonly peer: string };
}

/** What the limiter needs to know of a connection. */
interface IncomingConnection {
  readonly client: { readonly peer: { readonly remoteAddress: string | undefined } };
}

/** What the log says of a connection that is refused. */
interface ReportedConnection {
  readonly client: {
    readonly id: number;
    readonly peer: { readonly remoteAddress: string | undefined; readonly remotePort: number | undefined };
  };
}

/** A connection that is closing with an error, and stays open until its peer has read why, or hung up. */
interface LingeringConnection extends IncomingConnection {
  readonly reason: CloseReason | undefined;
  destroy(reason: CloseReason): void;
}

/** Half of all: so no single address can keep all others out. */
function half(connections: number): number {
  return Math.ceil(connections / 2);
}

/** Decides which connections are accepted: how fast, how many in total, and how many from one address. */
export class ConnectionLimiter {
  readonly rate: AcceptRate;
  readonly addresses = new AddressCounts();
  private readonly log: Logger;
  private limits: ConnectionLimits;
  /** As many as may be, and as there are descriptors for. */
  maxConnections: number;
  /** As many as there are descriptors for. */
  private maxOpen: number;
  private inside = 0;
  /** Refused ones that have not yet taken the reason, and left. */
  private readonly refused = new Set<IncomingConnection>();
  /** Those that count no more, though they have yet to close. */
  private readonly uncounted = new Set<IncomingConnection>();
  /** Those of them that are not destroyed, the oldest first. */
  private readonly lingering = new Set<LingeringConnection>();
  private readonly warnOfMany: (refused: Refused) => void;

  constructor(limits: ConnectionLimits, log: Logger, reports = new RateLimits()) {
    this.log = log;
    this.limits = limits;
    this.maxOpen = affordableConnections(Number.MAX_SAFE_INTEGER);
    this.maxConnections = Math.min(limits.maxConnections, this.maxOpen);
    this.warnOfMany = reports.limit((refused: Refused, count) => this.logRefusal(refused, count));
    const warnOfRate = reports.limit((acceptRate: number, count) =>
      log.warn({ acceptRate, limit: 'limits.accept_rate', count }, 'connections come too fast, closed some'),
    );
    this.rate = new AcceptRate(limits, warnOfRate, reports.clock);
  }

  /** Applies new limits. Connections that are open stay. */
  configure(limits: ConnectionLimits): void {
    this.limits = limits;
    this.maxOpen = affordableConnections(Number.MAX_SAFE_INTEGER);
    this.maxConnections = Math.min(limits.maxConnections, this.maxOpen);
    this.rate.configure(limits);
  }

  /**
   * Why the wire may not stay; undefined: it may. Where so many are being told why that another one would cost too
   * much, it is closed on the spot, and that is 'gone'.
   */
  check(wire: Accepted): Refusal | 'gone' | undefined {
    const refusal = this.refusalOf(wire.remoteAddress);
    if (refusal === undefined) return undefined;
    const isGone = this.refused.size >= REFUSALS_AT_ONCE;
    if (!isGone) return refusal;
    this.warnOfMany({ reason: refusal });
    wire.reset();
    return 'gone';
  }

  /** Logs that a connection is refused, at a bounded rate. */
  report({ client: { id, peer } }: ReportedConnection, reason: Refusal): void {
    const { remoteAddress = '?', remotePort = '?' } = peer;
    this.warnOfMany({ reason, about: { connection: id, peer: `${remoteAddress}:${remotePort}` } });
  }

  /** Counts a connection. One that is refused takes no place: it is open only until it has read why. */
  register(connection: IncomingConnection, refusal: Refusal | undefined): void {
    if (refusal !== undefined) {
      this.refused.add(connection);
      return;
    }
    this.inside++;
    this.addresses.add(connection.client.peer.remoteAddress);
    this.boundLingering();
  }

  /**
   * Frees the place of one that had {@link register} and closes with an error: its peer may take a moment to hang up, and
   * a good one must not wait for that. Where too many linger, the oldest are destroyed.
   */
  linger(connection: LingeringConnection): void {
    if (this.refused.has(connection) || this.uncounted.has(connection)) return;
    this.uncounted.add(connection);
    this.lingering.add(connection);
    this.uncount(connection);
    this.boundLingering();
  }

  /** Ends the count of one that had {@link register} and has closed. */
  release(connection: IncomingConnection): void {
    if (this.refused.delete(connection)) return;
    if (this.uncounted.delete(connection)) this.lingering.delete(connection as LingeringConnection);
    else this.uncount(connection);
  }

  private uncount(connection: IncomingConnection): void {
    this.inside--;
    this.addresses.remove(connection.client.peer.remoteAddress);
  }

  /** As many may linger as may be connected, and no more than there are descriptors left for. */
  private boundLingering(): void {
    const { lingering } = this;
    if (lingering.size === 0) return;
    const most = Math.min(Math.max(this.maxConnections, REFUSALS_AT_ONCE), this.maxOpen - this.inside);
    for (const oldest of lingering) {
      if (lingering.size <= most) return;
      lingering.delete(oldest);
      oldest.destroy(oldest.reason ?? 'WIRE_ERROR');
    }
  }

  private logRefusal({ reason, about }: Refused, count: number): void {
    if (reason === 'MAX_CONNECTIONS_PER_ADDRESS') {
      const limit = 'limits.max_connections_per_address';
      const { maxPerAddress } = this;
      return this.log.warn(
        { ...about, maxPerAddress, limit, count },
        'too many connections of one address, refused',
      );
    }
    const { maxConnections } = this;
    const limit = maxConnections < this.limits.maxConnections ? 'open files' : 'limits.max_connections';
    this.log.warn({ ...about, maxConnections, limit, count }, 'maximum connections exceeded, refused');
  }

  /** What is left of it as a share of all goes by the descriptors there are, where they are fewer. */
  private get maxPerAddress(): number {
    const { maxConnections, maxConnectionsPerAddress } = this.limits;
    return maxConnectionsPerAddress === half(maxConnections)
      ? half(this.maxConnections)
      : maxConnectionsPerAddress;
  }

  private refusalOf(address: string | undefined): Refusal | undefined {
    if (this.inside >= this.maxConnections) return 'MAX_CONNECTIONS';
    const { maxPerAddress } = this;
    const isFull = maxPerAddress > 0 && this.addresses.of(address) >= maxPerAddress;
    return isFull ? 'MAX_CONNECTIONS_PER_ADDRESS' : undefined;
  }
}

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type Address, formatAddress } from '../domain/address.js';
import { CLOCK, type Clock } from '../domain/clock.js';
import { Backoff, type BackoffLimits, DEFAULT_BACKOFF } from './backoff.js';
import { connectTo } from './connect.js';
import { SocketTable } from './socket-table.js';
import { TlsClientContext, type TlsClientOptions } from './tls-client.js';
import type { Wire } from './wire.js';

/** Time for one attempt by default, in milliseconds. */
const CONNECT_TIMEOUT_MS = 2_000;
/** A connection that was open this long resets the back-off by default, in milliseconds. */
const STABLE_MS = 10_000;
/** Time for the peer to close after it has ended its side, in milliseconds. */
const LINGER_MS = 1_000;
/** Most addresses that a remote can have it learn. */
const MAX_LEARNT = 64;
/** Failed attempts are logged once in this time, in milliseconds, until a connection succeeds. */
const LOG_INTERVAL_MS = 60_000;

/** A failed attempt. */
export interface DialFailure {
  /** Where to, as configured. */
  readonly address: Address;
  readonly error: Error;
}

export interface DialerOptions {
  /** Addresses of one remote. They are tried in turn, in an order that is random for each dialer. At least one. */
  readonly addresses: readonly Address[];
  /** Whether they are tried in the order given. Default false. */
  readonly keepsOrder?: boolean | undefined;
  /** Undefined: plain text, or TLS that the protocol negotiates later. */
  readonly tls?: TlsClientOptions | undefined;
  /** Time for one attempt: name resolution, connection and TLS handshake, in milliseconds. Default 2 s. */
  readonly connectTimeoutMs?: number | undefined;
  /** Default {@link DEFAULT_BACKOFF}. */
  readonly backoff?: BackoffLimits | undefined;
  /** A connection that was open this long resets the back-off, in milliseconds. Default 10 s. */
  readonly stableMs?: number | undefined;
  /** Closes the dialer once aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Logs connections, losses and failures, the latter once a minute at most. Default: none of them. */
  readonly log?: DialerLog | undefined;
  readonly clock?: Clock | undefined;
  /** From 0 to below 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Resolves a host name to IP addresses. Default: the system's resolver. */
  readonly resolve?: ((host: string) => Promise<readonly string[]>) | undefined;
}

/** Where a dialer logs, such as a logger of pino's. */
export interface DialerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What a dialer reports. None of these is called after `close`; none may throw. */
export interface DialerEvents {
  /** A connection is up. The owner reads and writes its stream, and may destroy it. */
  connected(wire: Wire): void;
  /** The connection has closed; the next attempt follows in so many milliseconds. */
  lost(reason: string, retryInMs: number): void;
  /** An attempt has failed; the next one follows in so many milliseconds, 0 where another address is left to try. */
  failed(failure: DialFailure, retryInMs: number): void;
}

function nothing(): void {}

/**
 * Keeps one outgoing connection up, for links to other servers: connects to one of several addresses, and again whenever
 * the connection is lost. All addresses are tried without a wait between them, then the dialer waits. The wait grows
 * until a connection has lasted, so a remote that accepts connections and closes them is not flooded either.
 */
export class Dialer {
  private readonly options: DialerOptions;
  private readonly events: DialerEvents;
  private readonly clock: Clock;
  private readonly random: () => number;
  private readonly tls: TlsClientContext | undefined;
  private readonly backoff: Backoff;
  private readonly sockets = new SocketTable();
  /** In the order in which they are tried, over and over: those that it was made with, then those that it has learnt. */
  private readonly addresses: Address[];
  private learnt: readonly Address[] = [];
  private nextAddress = 0;
  /** The address that is tried, or was last. */
  current: Address | undefined = undefined;
  /** Before this time there is no attempt. */
  private notBefore = Number.NEGATIVE_INFINITY;
  /** When a failed attempt was last logged, and how many there have been since. */
  private loggedAt = Number.NEGATIVE_INFINITY;
  private unlogged = 0;
  private running: Promise<void> | undefined;
  private isClosed = false;
  /** Ends the step that is under way. */
  private cancel = nothing;

  /** @throws Error of OpenSSL about a certificate or key that it rejects; Error where there is no address */
  constructor(options: DialerOptions, events: DialerEvents) {
    const { addresses, tls, backoff = DEFAULT_BACKOFF, clock = CLOCK, random = Math.random } = options;
    if (addresses.length === 0) throw new Error('no address to connect to');
    this.options = options;
    this.events = events;
    this.clock = clock;
    this.random = random;
    this.tls = tls && new TlsClientContext(tls);
    this.backoff = new Backoff(backoff, random);
    this.addresses = options.keepsOrder === true ? [...addresses] : shuffled(addresses, random);
  }

  /** Takes further addresses of the same remote, in the place of those that it was told before. */
  learn(addresses: readonly Address[]): void {
    const known = new Set(this.addresses.map(formatAddress));
    const isNew = (address: Address): boolean => !known.has(formatAddress(address));
    this.learnt = shuffled(addresses.filter(isNew), this.random).slice(0, MAX_LEARNT);
  }

  /** The next attempt is made in `ms` milliseconds at the earliest. */
  delayNext(ms: number): void {
    this.notBefore = this.clock.now() + ms;
  }

  /** Begins to connect, unless the signal has been aborted. */
  start(): void {
    const { signal } = this.options;
    if (signal?.aborted === true) this.isClosed = true;
    if (this.isClosed || this.running !== undefined) return;
    signal?.addEventListener('abort', this.abort);
    this.running = this.run();
  }

  /** Stops everything: an attempt, a wait, the connection. Resolves once nothing is left open. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.options.signal?.removeEventListener('abort', this.abort);
    this.cancel();
    await this.running;
  }

  private readonly abort = (): void => void this.close();

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.isClosed) {
      const address = this.turn();
      this.current = address;
      const result = await this.attempt(address);
      if (this.isClosed) {
        if (!(result instanceof Error)) result?.stream.destroy();
        return;
      }
      if (result === undefined) return;
      if (result instanceof Error) {
        const isLast = ++failures % (this.addresses.length + this.learnt.length) === 0;
        const retryInMs = isLast ? this.backoff.next() : 0;
        this.logFailure(address, result);
        this.events.failed({ address, error: result }, retryInMs);
        await this.pause(retryInMs);
        continue;
      }
      failures = 0;
      await this.hold(result, address);
    }
  }

  /** The address whose turn it is. */
  private turn(): Address {
    const all = [...this.addresses, ...this.learnt];
    const index = this.nextAddress % all.length;
    this.nextAddress = index + 1;
    return all[index] as Address; // there is at least one
  }

  /** Connects once; undefined where that was cancelled. */
  private async attempt(address: Address): Promise<Wire | Error | undefined> {
    const { connectTimeoutMs: timeoutMs = CONNECT_TIMEOUT_MS } = this.options;
    const deadline = this.clock.now() + timeoutMs;
    const ip = await this.resolved(address.host, timeoutMs);
    if (this.isClosed) return undefined;
    if (typeof ip !== 'string') return ip;
    return new Promise((resolve) => {
      const cancel = connectTo(
        {
          host: address.host,
          address: ip,
          port: address.port,
          tls: this.tls,
          timeoutMs: Math.max(1, deadline - this.clock.now()),
        },
        { connected: resolve, failed: resolve },
        this.clock,
        this.sockets,
      );
      this.cancel = () => {
        cancel();
        resolve(undefined);
      };
    });
  }

  /** One of the host's IP addresses, at random; undefined where that was cancelled. */
  private resolved(host: string, timeoutMs: number): Promise<string | Error | undefined> {
    if (isIP(host) !== 0) return Promise.resolve(host);
    const { resolve: lookUp = systemLookup } = this.options;
    return new Promise((resolve) => {
      const stopTimer = this.clock.after(timeoutMs, () =>
        resolve(new Error(`${host} was not resolved within ${timeoutMs} ms`)),
      );
      const settle = (result: string | Error | undefined): void => {
        stopTimer();
        resolve(result);
      };
      this.cancel = () => settle(undefined);
      lookUp(host).then((found) => settle(this.oneOf(found) ?? new Error(`${host} has no address`)), settle);
    });
  }

  private oneOf(found: readonly string[]): string | undefined {
    return found[Math.floor(this.random() * found.length)];
  }

  /** Hands over a connection, waits until it closes, and as long as the next attempt must wait. */
  private async hold(wire: Wire, address: Address): Promise<void> {
    const { log, stableMs = STABLE_MS } = this.options;
    const connectedAt = this.clock.now();
    this.loggedAt = Number.NEGATIVE_INFINITY;
    this.unlogged = 0;
    log?.info({ remote: formatAddress(address) }, 'connected');
    const closed = this.closed(wire);
    this.events.connected(wire);
    const reason = await closed;
    wire.release();
    if (this.isClosed) return;
    if (this.clock.now() - connectedAt >= stableMs) this.backoff.reset();
    const retryInMs = Math.max(this.backoff.next(), this.notBefore - this.clock.now());
    log?.warn(
      { remote: formatAddress(address), reason, retryInMs: Math.round(retryInMs) },
      'connection lost',
    );
    this.events.lost(reason, retryInMs);
    await this.pause(retryInMs);
  }

  /** Why a connection has closed, once it has. */
  private closed({ stream }: Wire): Promise<string> {
    return new Promise((resolve) => {
      let reason = 'closed';
      let stopLingering = nothing;
      stream.on('error', (error) => {
        reason = error.message;
      });
      // Half of a connection is no link: a peer that has ended its side gets what was written, and a moment to close.
      stream.once('end', () => {
        reason = 'closed by the peer';
        stream.end();
        stopLingering = this.clock.after(LINGER_MS, () => stream.destroy());
      });
      const done = (): void => {
        stopLingering();
        resolve(reason);
      };
      if (stream.closed) done();
      else stream.once('close', done);
      this.cancel = () => stream.destroy();
    });
  }

  private pause(ms: number): Promise<void> {
    if (ms === 0 || this.isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const stopTimer = this.clock.after(ms, resolve);
      this.cancel = () => {
        stopTimer();
        resolve();
      };
    });
  }

  /** Logs the first failure since the last connection, then one in a minute, with the number of failures. */
  private logFailure(address: Address, { message: error }: Error): void {
    const now = this.clock.now();
    this.unlogged++;
    if (now - this.loggedAt < LOG_INTERVAL_MS) return;
    const count = this.unlogged;
    this.loggedAt = now;
    this.unlogged = 0;
    this.options.log?.warn({ remote: formatAddress(address), error, count }, 'cannot connect');
  }
}

async function systemLookup(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/** In a random order. Takes a time in proportion to how many there are, as a remote may send thousands. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const order: T[] = [];
  for (const item of items) {
    const at = Math.floor(random() * (order.length + 1));
    order.push(order[at] ?? item);
    order[at] = item;
  }
  return order;
}

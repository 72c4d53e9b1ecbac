import { CLOCK, type Clock } from '../domain/clock.js';
import { networkOf } from '../domain/ip-address.js';
import { deleteOldest } from '../domain/oldest.js';

/** What a throttle allows. */
export interface ThrottleOptions {
  /** Failed logins an address has at once. Default 20. */
  readonly burst?: number;
  /** Further ones it gets each second. Default 5. */
  readonly refillPerSecond?: number;
  /** Logins of one address that wait their turn. Default 32; at 5 a second the last waits longer than it may. */
  readonly maxWaiting?: number;
  /** Addresses remembered, those that failed last, and as many users with theirs. Default 10,000. */
  readonly maxAddresses?: number;
  readonly clock?: Clock;
}

/** The refusal of a first failure is held back so long, in milliseconds; of each further one so much longer. */
const DELAY_STEP_MS = 100;
const MAX_DELAY_MS = 1_000;
/** Longer names are not remembered. */
const MAX_USER_CHARACTERS = 256;

/** One address that failed of late. */
interface Address {
  /** Failures it has left; fewer than 0 where more were under way at once. */
  tokens: number;
  refilledAt: number;
  /** Logins let through whose token is taken already, not yet reported on. */
  paid: number;
  readonly waiting: ((verify: boolean) => void)[];
  stopTimer: (() => void) | undefined;
}

/**
 * Slows down guessing: failed logins of one address, `/64` with IPv6, are limited to a rate; beyond it logins wait
 * their turn, a few of them. What succeeds costs nothing. Users that have logged in from an address before are counted
 * apart from all others there.
 *
 * `undefined` as an address, so within the process, is never held up.
 */
export class LoginThrottle {
  private readonly burst: number;
  private readonly refillPerMs: number;
  private readonly maxWaiting: number;
  private readonly maxAddresses: number;
  private readonly clock: Clock;
  /** Those that failed last at the end. */
  private readonly addresses = new Map<string, Address>();
  /** Addresses and users that logged in there; those that did last at the end. */
  private readonly known = new Set<string>();

  constructor(options: ThrottleOptions = {}) {
    this.burst = options.burst ?? 20;
    this.refillPerMs = (options.refillPerSecond ?? 5) / 1_000;
    this.maxWaiting = options.maxWaiting ?? 32;
    this.maxAddresses = options.maxAddresses ?? 10_000;
    this.clock = options.clock ?? CLOCK;
  }

  /**
   * What a login counts under: its address or, of a user that has logged in from there before, the address and the
   * user, so that it does not wait for what others do wrong at the same address, as behind a proxy.
   */
  keyOf(address: string | undefined, user: string | undefined): string | undefined {
    if (address === undefined) return undefined;
    const network = networkOf(address);
    const own = `${network} ${user ?? ''}`;
    return this.known.has(own) ? own : network;
  }

  /** A user has logged in from an address. */
  remember(address: string | undefined, user: string | undefined): void {
    if (address === undefined || !user || user.length > MAX_USER_CHARACTERS) return;
    const own = `${networkOf(address)} ${user}`;
    this.known.delete(own);
    this.known.add(own);
    if (this.known.size > this.maxAddresses) deleteOldest(this.known);
  }

  /**
   * Asks whether to look at a login. Undefined: at once. A promise: when it is its turn, true to go on, false to refuse
   * it unseen, which is at once where too many wait. Report what became of it with `failed` or `succeeded`.
   */
  admit(key: string | undefined): Promise<boolean> | undefined {
    if (key === undefined || this.addresses.size === 0) return undefined;
    const entry = this.addresses.get(key);
    if (entry === undefined) return undefined;
    this.refill(entry);
    if (entry.tokens === this.burst && entry.waiting.length === 0) {
      this.addresses.delete(key);
      return undefined;
    }
    if (entry.waiting.length === 0 && entry.tokens >= 1) {
      this.pay(entry);
      return undefined;
    }
    if (entry.waiting.length >= this.maxWaiting) return Promise.resolve(false);
    return new Promise((resolve) => {
      entry.waiting.push(resolve);
      this.serveLater(entry);
    });
  }

  /** A login that was let through failed. */
  failed(key: string | undefined): void {
    if (key === undefined) return;
    const entry = this.addresses.get(key) ?? this.fresh();
    this.refill(entry);
    if (entry.paid > 0) entry.paid--;
    // Those under way together before the first of them failed are made up for later, though not for ever.
    else entry.tokens = Math.max(entry.tokens - 1, -this.burst);
    this.addresses.delete(key);
    this.addresses.set(key, entry);
    if (this.addresses.size > this.maxAddresses) this.forgetOldest();
  }

  /** A login that was let through succeeded, or came to nothing. */
  succeeded(key: string | undefined): void {
    if (key === undefined || this.addresses.size === 0) return;
    const entry = this.addresses.get(key);
    if (entry === undefined || entry.paid === 0) return;
    entry.paid--;
    entry.tokens = Math.min(entry.tokens + 1, this.burst);
    if (entry.waiting.length > 0) this.serve(entry);
  }

  /** How long to hold back the refusal of a login that has failed, in milliseconds. */
  delayMs(key: string | undefined): number {
    const entry = key === undefined ? undefined : this.addresses.get(key);
    if (entry === undefined) return DELAY_STEP_MS;
    this.refill(entry);
    const failures = Math.max(Math.ceil(this.burst - entry.tokens), 1);
    return Math.min(failures * DELAY_STEP_MS, MAX_DELAY_MS);
  }

  /** Number of addresses remembered. */
  get size(): number {
    return this.addresses.size;
  }

  /** Refuses all that wait, and forgets everything. */
  dispose(): void {
    for (const entry of this.addresses.values()) dismiss(entry);
    this.addresses.clear();
    this.known.clear();
  }

  private fresh(): Address {
    return { tokens: this.burst, refilledAt: this.clock.now(), paid: 0, waiting: [], stopTimer: undefined };
  }

  private refill(entry: Address): void {
    const now = this.clock.now();
    entry.tokens = Math.min(entry.tokens + (now - entry.refilledAt) * this.refillPerMs, this.burst);
    entry.refilledAt = now;
    // The outcome of logins this old is no longer reported: they do not count for ever.
    if (entry.tokens === this.burst) entry.paid = 0;
  }

  private pay(entry: Address): void {
    entry.tokens--;
    entry.paid++;
  }

  private serve(entry: Address): void {
    this.refill(entry);
    while (entry.waiting.length > 0 && entry.tokens >= 1) {
      this.pay(entry);
      entry.waiting.shift()?.(true);
    }
    if (entry.waiting.length > 0) this.serveLater(entry);
  }

  private serveLater(entry: Address): void {
    if (entry.stopTimer !== undefined) return;
    const ms = Math.max(Math.ceil((1 - entry.tokens) / this.refillPerMs), 1);
    entry.stopTimer = this.clock.after(ms, () => {
      entry.stopTimer = undefined;
      this.serve(entry);
    });
  }

  private forgetOldest(): void {
    for (const [key, entry] of this.addresses) {
      this.addresses.delete(key);
      dismiss(entry);
      return;
    }
  }
}

function dismiss(entry: Address): void {
  entry.stopTimer?.();
  entry.stopTimer = undefined;
  for (const resolve of entry.waiting.splice(0)) resolve(false);
}

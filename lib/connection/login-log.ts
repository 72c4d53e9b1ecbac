import type { Clock } from '../domain/clock.js';
import { quoted } from '../domain/errors.js';
import { networkOf } from '../domain/ip-address.js';
import { type LateReport, RateLimits } from '../domain/rate-limited.js';
import { TokenBucket } from '../limits/token-bucket.js';

/** Lines about one address at once, and how many more it gets a second. */
const ADDRESS_BURST = 5;
const ADDRESS_PER_SECOND = 0.2;
/** The same for all addresses together. */
const BURST = 50;
const PER_SECOND = 10;
/** After so long what was left out is counted in a line of its own, in milliseconds. */
const REPORT_MS = 5_000;
/** Addresses whose rate is remembered, those that failed last. */
const MAX_ADDRESSES = 1_000;
/** Characters of a user's name that are shown: peers choose it. */
const MAX_USER_CHARACTERS = 64;

/** A login that was refused. */
export interface RefusedLogin {
  /** Id of the connection; undefined: of a request to the monitor. */
  readonly connection: number | undefined;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  /** The name that was presented, and what it is the name of; undefined where none was. */
  readonly user: string | undefined;
  readonly kind: 'User' | 'Nkey' | 'Token' | undefined;
  /** In a few words, without anything secret. */
  readonly reason: string;
}

/** Writes a line of the log. */
type Warn = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/**
 * Logs refused logins, at a rate that a flood of them cannot exceed: some lines for each address, and some for all. What
 * was left out is counted in the next line, or in one of its own where no other comes.
 */
export class LoginLog {
  /** Logins refused so far, logged or not. */
  count = 0;
  /** Called for each of them. */
  onRefused: (login: RefusedLogin) => void = () => {};
  private readonly warn: Warn;
  private readonly clock: Clock;
  private readonly all: TokenBucket;
  /** By network; those that failed last at the end. */
  private readonly addresses = new Map<string, TokenBucket>();
  private suppressed = 0;
  private readonly late: LateReport;

  constructor(warn: Warn, limits = new RateLimits()) {
    const { clock } = limits;
    this.warn = warn;
    this.clock = clock;
    this.all = new TokenBucket(PER_SECOND, BURST, clock.now());
    this.late = limits.late(() =>
      this.warn({ suppressed: this.takeSuppressed() }, 'logins refused, not logged one by one'),
    );
  }

  refused(login: RefusedLogin): void {
    const { connection, remoteAddress, remotePort, user, kind, reason } = login;
    this.count++;
    this.onRefused(login);
    const now = this.clock.now();
    const own = this.bucketOf(networkOf(remoteAddress ?? ''), now);
    if (own.waitMs(1, now) > 0 || this.all.waitMs(1, now) > 0) {
      this.suppressed++;
      this.late.arm(REPORT_MS);
      return;
    }
    own.take(1, now);
    this.all.take(1, now);
    const suppressed = this.takeSuppressed();
    this.late.cancel();
    this.warn(
      {
        connection,
        peer: `${remoteAddress ?? '?'}:${remotePort ?? '?'}`,
        ...(user === undefined ? {} : { user: shown(user) }),
        ...(kind === undefined ? {} : { kind }),
        reason,
        ...(suppressed === 0 ? {} : { suppressed }),
      },
      'login refused',
    );
  }

  private takeSuppressed(): number {
    const { suppressed } = this;
    this.suppressed = 0;
    return suppressed;
  }

  private bucketOf(network: string, now: number): TokenBucket {
    const bucket = this.addresses.get(network) ?? new TokenBucket(ADDRESS_PER_SECOND, ADDRESS_BURST, now);
    this.addresses.delete(network);
    this.addresses.set(network, bucket);
    const [oldest] = this.addresses.keys();
    if (oldest !== undefined && this.addresses.size > MAX_ADDRESSES) this.addresses.delete(oldest);
    return bucket;
  }
}

/** A name in few characters, all of them printable. */
function shown(user: string): string {
  const characters = [...user.slice(0, 2 * MAX_USER_CHARACTERS)];
  const cut = characters.slice(0, MAX_USER_CHARACTERS).join('');
  return `${quoted(cut).slice(1, -1)}${cut.length < user.length ? '…' : ''}`;
}

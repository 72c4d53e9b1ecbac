import type { Account } from '../routing/account.js';
import type { Core } from '../routing/core.js';
import type { Advisories } from './advisories.js';
import type { ApiError } from './api/errors.js';
import type { JetStreamClock } from './clock.js';
import type { InterestWatch } from './consumer/interest-watch.js';
import type { CopiedStream } from './consumer/stream-side.js';
import type { Outgoing } from './outgoing.js';
import type { SearchBudget } from './search-budget.js';
import type { Turns } from './turns.js';

/** What everything of JetStream in one broker works with. */
export interface JetStreamTools {
  readonly core: Pick<Core, 'router' | 'scheduler'>;
  /** Tells of receivers that come and go. */
  readonly interestWatch: InterestWatch;
  readonly clock: JetStreamClock;
  readonly turns: Turns;
  readonly searches: SearchBudget;
  readonly outgoing: Outgoing;
  readonly advisories: Advisories;
  /** Domain of this server's JetStream; undefined: it has none. */
  readonly domain: string | undefined;
  /** Most that a consumer may have delivered and not acknowledged, and that a request to it may ask for; 0: any number. */
  readonly consumerLimits: { readonly maxAckPending: number; readonly maxRequestBatch: number };
  /** Name of this server. */
  readonly serverName: () => string;
  /** Logs a fault of ours that ends nothing. */
  readonly failed: (error: unknown) => void;
}

/** What a stream is in: its account. */
export interface StreamHost {
  readonly tools: JetStreamTools;
  readonly account: Account;
  /** A stream of the account; undefined: there is none of that name. */
  origin(name: string): CopiedStream | undefined;
  /** Why a message of so many bytes may not be stored, by the limits of the server and of the account. */
  refuses(storage: 'file' | 'memory', bytes: number): ApiError | undefined;
  /** So many bytes are kept more than before. */
  used(storage: 'file' | 'memory', bytes: number): void;
}

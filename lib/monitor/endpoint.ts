import type { Address } from '../domain/address.js';
import type { Listings } from './listing.js';
import type { Query } from './query.js';
import type { Observable } from './snapshot.js';
import type { Turns } from './turns.js';

/** What a request is answered with. */
export type Answer =
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown; readonly compact?: boolean }
  /** @param contentType of the text; undefined: plain text */
  | {
      readonly kind: 'text';
      readonly status: number;
      readonly text: string;
      readonly contentType?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'html';
      readonly html: string;
      /** Undefined: styles of its own, and nothing else. */
      readonly contentSecurityPolicy?: string;
    };

/** The monitor as an HTTP server. */
export interface HttpListener {
  /** Where the monitor itself listens, with the real port. */
  readonly address: Address;
  /** Whether it speaks HTTPS. */
  readonly isSecure: boolean;
  /** What all its paths begin with; empty: nothing. */
  readonly basePath: string;
  /** Requests by path. */
  readonly requests: ReadonlyMap<string, number>;
}

/** What stands for it where there is none. */
export const NO_HTTP_LISTENER: HttpListener = {
  address: { host: '', port: 0 },
  isSecure: false,
  basePath: '',
  requests: new Map(),
};

/** What an endpoint answers from. */
export interface Monitored extends HttpListener {
  readonly observed: Observable;
  /** The connections, for `/connz`. */
  readonly listings: Listings;
  /** Whatever takes more than a moment is done in these. */
  readonly turns: Turns;
  /** Per cent of one core; see `CpuMeter`. */
  readonly cpuPercent: () => number;
  /** Milliseconds of Unix time. */
  readonly now: () => number;
}

/**
 * One path. It reads its parameters, gives up if one is wrong, and answers.
 *
 * @param accept the media types that the client takes, where it says so
 */
export type Endpoint = (query: Query, monitored: Monitored, accept?: string) => Answer | Promise<Answer>;

/** Rows of a list where `limit` is not given. */
const DEFAULT_LIMIT = 1_024;

/** 200 and `body`, indented. */
export function json(body: unknown): Answer {
  return { kind: 'json', status: 200, body };
}

/** 400 and why, as text. */
export function refused(fault: string): Answer {
  return { kind: 'text', status: 400, text: fault };
}

/** The `offset` and `limit` of a request; what makes no sense is the default. */
export function paging(query: Query): { readonly offset: number; readonly limit: number } {
  const offset = query.int('offset');
  const limit = query.int('limit');
  return { offset: Math.max(0, offset), limit: limit > 0 ? limit : DEFAULT_LIMIT };
}

/** `items`, each made into something else when it is reached. */
export function* mapped<T, U>(items: Iterable<T>, make: (item: T) => U): Generator<U, void, undefined> {
  for (const item of items) yield make(item);
}

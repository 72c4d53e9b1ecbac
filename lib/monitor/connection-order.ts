import { closeReasonText, REASON_TEXTS } from '../domain/close-reason.js';
import type { ConnectionSnapshot } from './snapshot.js';

/** A number by which a connection is sorted, in ascending order. */
export type SortKey = (row: ConnectionSnapshot, nowMs: number) => number;

/** Reasons sort by their texts; an open connection, which has none, comes first. */
const RANKS: ReadonlyMap<string, number> = new Map([...REASON_TEXTS].sort().map((text, i) => [text, i]));

/** The order where none is asked for. */
export const BY_CID: SortKey = ({ cid }) => cid;

/** The orders `/connz` knows. Most have the largest first. */
const ORDERS: Readonly<Record<string, SortKey>> = {
  cid: BY_CID,
  start: BY_CID,
  subs: ({ subscriptionCount }) => -subscriptionCount,
  pending: ({ pendingBytes }) => -pendingBytes,
  msgs_to: ({ outMessages }) => -outMessages,
  msgs_from: ({ inMessages }) => -inMessages,
  bytes_to: ({ outBytes }) => -outBytes,
  bytes_from: ({ inBytes }) => -inBytes,
  last: ({ lastActivityAt }) => -lastActivityAt,
  idle: ({ lastActivityAt }) => lastActivityAt,
  // The one duration nats-server sorts from the shortest up.
  uptime: ({ startedAt, stoppedAt }, nowMs) => (stoppedAt ?? nowMs) - startedAt,
  stop: ({ stoppedAt = 0 }) => -stoppedAt,
  reason: ({ reason }) => (reason === undefined ? -1 : (RANKS.get(closeReasonText(reason, 0, 0)) ?? -1)),
  rtt: ({ rttMs = 0 }) => -rttMs,
};

/** Names that `/connz?sort=` takes. */
export const ORDER_NAMES: readonly string[] = Object.keys(ORDERS);

/** The key of an order; undefined where `/connz?sort=` does not take it. */
export function sortKey(name: string): SortKey | undefined {
  return Object.hasOwn(ORDERS, name) ? ORDERS[name] : undefined;
}

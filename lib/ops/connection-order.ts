import { closeReasonText } from './close-reason.js';
import type { ConnectionSnapshot } from './snapshot.js';

type Compare = (a: ConnectionSnapshot, b: ConnectionSnapshot) => number;

const byCid: Compare = (a, b) => a.cid - b.cid;

/** The orders `/connz` knows. Most have the largest first; a difference, so what is equal stays in place. */
const ORDERS: Readonly<Record<string, (nowMs: number) => Compare>> = {
  cid: () => byCid,
  start: () => byCid,
  subs: () => (a, b) => b.subscriptionCount - a.subscriptionCount,
  pending: () => (a, b) => b.pendingBytes - a.pendingBytes,
  msgs_to: () => (a, b) => b.outMessages - a.outMessages,
  msgs_from: () => (a, b) => b.inMessages - a.inMessages,
  bytes_to: () => (a, b) => b.outBytes - a.outBytes,
  bytes_from: () => (a, b) => b.inBytes - a.inBytes,
  last: () => (a, b) => b.lastActivityAt - a.lastActivityAt,
  idle: () => (a, b) => a.lastActivityAt - b.lastActivityAt,
  // The one duration nats-server sorts from the shortest up.
  uptime: (nowMs) => (a, b) => lifetime(a, nowMs) - lifetime(b, nowMs),
  stop: () => (a, b) => (b.stoppedAt ?? 0) - (a.stoppedAt ?? 0),
  reason: () => (a, b) => compareText(words(a), words(b)),
  rtt: () => (a, b) => (b.rttMs ?? 0) - (a.rttMs ?? 0),
};

/** Whether `/connz?sort=` takes it. */
export function isOrder(name: string): boolean {
  return Object.hasOwn(ORDERS, name);
}

/** Sorts in place, by `name` and then by cid. The name must be one `isOrder` knows. */
export function sortConnections(rows: ConnectionSnapshot[], name: string, nowMs: number): void {
  const compare = ORDERS[name]!(nowMs);
  rows.sort((a, b) => compare(a, b) || byCid(a, b));
}

function lifetime({ startedAt, stoppedAt }: ConnectionSnapshot, nowMs: number): number {
  return (stoppedAt ?? nowMs) - startedAt;
}

function words({ reason }: ConnectionSnapshot): string {
  return reason === undefined ? '' : closeReasonText(reason, 0, 0);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

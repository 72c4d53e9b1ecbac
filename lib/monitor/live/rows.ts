import type { ConnectionSnapshot } from '../snapshot.js';

/** Longest name that is shown, in characters. */
const MAX_NAME = 64;
/** Connections that are named as the reason why another one waits. */
const MAX_NAMED = 5;

/** `text`, cut where it is too long to be shown. */
export function clipped(text: string | undefined): string | undefined {
  return text !== undefined && text.length > MAX_NAME ? `${text.slice(0, MAX_NAME - 1)}…` : text;
}

/** A connection as a live page lists it, with what it publishes and is sent, in messages a second. */
export function connectionRow(row: ConnectionSnapshot, inRate: number, outRate: number): object {
  const { cid, type, ip, port, pendingBytes, subscriptionCount, flow } = row;
  return {
    cid,
    type: clipped(type),
    name: clipped(row.name),
    lang: clipped(row.lang),
    version: clipped(row.version),
    peer: ip === undefined ? undefined : `${ip.replace(/^::ffff:(?=\d+\.)/i, '')}:${port}`,
    user: clipped(row.user),
    account: clipped(row.account),
    rtt: row.rttMs === undefined ? undefined : Math.round(row.rttMs * 100) / 100,
    subscriptions: subscriptionCount,
    pending: pendingBytes,
    in: inRate,
    out: outRate,
    tls: row.tlsVersion,
    flow: flow && {
      policy: flow.policy,
      congested: flow.congested,
      detached: flow.detached,
      pendingMessages: flow.pending.messages,
      dropped: flow.routed.messages - flow.delivered.messages - flow.pending.messages,
      waitsFor: flow.waitsFor.slice(0, MAX_NAMED),
      waitsForMore: Math.max(0, flow.waitsFor.length - MAX_NAMED),
      holding: flow.holding,
      heldMs: Math.round(flow.heldMs),
      heldBy: [...flow.heldBy].slice(0, MAX_NAMED).map(([by, ms]) => [by, Math.round(ms)]),
      heldOthersMs: Math.round(flow.heldOthersMs),
    },
  };
}

import type { DeliveryCounts, DropsSnapshot, FlowSnapshot, TotalPending } from './snapshot.js';

/** Delivery counts as JSON; times in milliseconds. */
function deliveryCountsRow(counts: DeliveryCounts | undefined): object | undefined {
  if (counts === undefined) return undefined;
  const { routed, delivered, pending, dropped, heldMs } = counts;
  return { routed, delivered, pending, dropped, held_ms: Math.round(heldMs) };
}

/** The same of the broker, and what it keeps for all connections together, in bytes. */
export function serverFlowRow(
  counts: DeliveryCounts | undefined,
  total: TotalPending | undefined,
): object | undefined {
  const totalRow = total && {
    total_pending: total.bytes,
    max_total_pending: total.limitBytes,
    total_pending_cut_off: total.cutOff,
  };
  return counts && { ...deliveryCountsRow(counts), ...totalRow };
}

/** The same of one connection, and how it stands. */
export function flowRow(flow: FlowSnapshot | undefined): object | undefined {
  if (flow === undefined) return undefined;
  return {
    policy: flow.policy,
    congested: flow.congested,
    detached: flow.detached,
    ...deliveryCountsRow(flow),
    waits_for: flow.waitsFor,
    held_by: [...flow.heldBy].map(([cid, ms]) => ({ cid, ms: Math.round(ms) })),
    holding: flow.holding,
    held_others_ms: Math.round(flow.heldOthersMs),
  };
}

/** What an account dropped, and how long its publishers were held. */
export function dropsRow(dropped: DropsSnapshot | undefined, heldMs = 0): object | undefined {
  return dropped && { dropped, held_ms: Math.round(heldMs) };
}

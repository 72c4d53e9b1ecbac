import type { FlowLimits } from './flow-limits.js';

/** Longest that a link may slow down publishers of others without earning it, in milliseconds. */
const MAX_LINK_HOLD_MS = 250;

/**
 * Returns the flow limits of links to other servers. A publisher is held while it sends more than a link takes, as for any reader;
 * a link that stands still holds those that feed others, too, only briefly. Nothing is dropped in silence: a link that takes too
 * little is closed and made anew.
 */
export function linkFlowOf(flow: FlowLimits): FlowLimits {
  return {
    ...flow,
    policy: flow.policy === 'disconnect' ? 'disconnect' : 'pause',
    maxHoldMs: Math.min(flow.maxHoldMs, MAX_LINK_HOLD_MS),
  };
}

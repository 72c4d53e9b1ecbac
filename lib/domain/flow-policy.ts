/**
 * What becomes of messages for a connection that is congested. `pause`: its publishers wait. `drop`: the newest go
 * nowhere. `disconnect`: they pile up until it is cut off.
 */
export const FLOW_POLICIES = ['pause', 'drop', 'disconnect'] as const;

/** One of {@link FLOW_POLICIES}. */
export type FlowPolicy = (typeof FLOW_POLICIES)[number];

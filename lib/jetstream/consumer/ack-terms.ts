import type { AckPolicy, ConsumerConfig } from '../settings/consumer-config.js';

const NS_PER_MS = 1e6;

/** How acknowledgements are waited for. Times in milliseconds. */
export interface AckTerms {
  readonly policy: AckPolicy;
  readonly waitMs: number;
  /** Instead of `waitMs`: the n-th for the n-th delivery, the last for all others. */
  readonly backoffMs: readonly number[];
  /** Deliveries of one message; 0 or less: any number. */
  readonly maxDeliver: number;
}

/** How a consumer with that configuration waits. */
export function termsOf(config: ConsumerConfig): AckTerms {
  const { ack_policy, ack_wait = 0, backoff = [], max_deliver = -1 } = config;
  return {
    policy: ack_policy,
    waitMs: ack_wait / NS_PER_MS,
    backoffMs: backoff.map((ns) => ns / NS_PER_MS),
    maxDeliver: max_deliver,
  };
}

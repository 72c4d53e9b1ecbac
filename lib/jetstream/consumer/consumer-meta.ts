import type { ConsumerConfig } from '../settings/consumer-config.js';

/** What is kept of a consumer beside its state. */
export interface ConsumerMeta {
  readonly name: string;
  readonly config: ConsumerConfig;
  readonly created: string;
  /** Up to where it had looked when its filter was last changed: of what is before, it may have passed over what it takes now. */
  readonly filtered_after?: number;
}

import type { Steps } from '../../domain/steps.js';
import type { PendingMessages } from './pending.js';

/** Messages looked at between two steps. */
const STEP_MESSAGES = 256;

/** A consumer that does something with all messages that it has delivered. */
interface ManyMessagesConsumer {
  readonly pending: PendingMessages;
  /** The stream may let go of these. */
  release(sequences: readonly number[]): void;
  /** What waits to be acknowledged has changed. */
  changed(): void;
  /** A message has been delivered as often as it may be. */
  exhausted(sequence: number): void;
}

/** Goes on with an acknowledgement of many messages, and with those that come meanwhile. */
export function* acknowledgeRest(consumer: ManyMessagesConsumer): Steps<void> {
  while (consumer.pending.isAcknowledging) {
    consumer.release(consumer.pending.acknowledgeRest());
    consumer.changed();
    yield;
  }
}

/** Has all that waits to be acknowledged delivered again. */
export function* repeatAll(consumer: ManyMessagesConsumer): Steps<void> {
  const { pending } = consumer;
  let looked = 0;
  for (const sequence of pending.unacknowledged) {
    if (pending.repeat(sequence)) consumer.exhausted(sequence);
    if (++looked % STEP_MESSAGES === 0) yield;
  }
}

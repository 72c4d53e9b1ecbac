import { matcherOf } from '../store/subject-matcher.js';
import { Consumer } from './consumer.js';
import type { StreamConsumer } from './stream-side.js';

/**
 * Whether a message was delivered by this consumer and needs not be again: its acknowledgement is known, and the message
 * may be there only because its removal was lost.
 */
export function isDone(consumer: StreamConsumer, sequence: number, subject: string): boolean {
  return (
    consumer instanceof Consumer &&
    consumer.config.ack_policy !== 'none' &&
    sequence > consumer.filteredAfter &&
    sequence <= consumer.pending.delivered.stream &&
    matcherOf(consumer.filter).matches(subject) &&
    !consumer.needs(sequence, subject)
  );
}

/** The highest sequence that one of these has delivered. */
export function deliveredTo(consumers: Iterable<StreamConsumer>): number {
  let highest = 0;
  for (const consumer of consumers)
    if (consumer instanceof Consumer) highest = Math.max(highest, consumer.pending.delivered.stream);
  return highest;
}

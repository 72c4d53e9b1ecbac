import type { Steps } from '../../domain/steps.js';
import { ApiError } from '../api/errors.js';
import { PatternTrie } from '../pattern-trie.js';
import { overlapBudget, refusing } from '../settings/names.js';
import type { StreamConfig } from '../settings/stream-config.js';
import { Consumer } from './consumer.js';
import type { StreamConsumer } from './stream-side.js';

/** Subjects and consumers looked at between two steps. */
const STEP_CHECKED = 64;

type ConsumerLimits = StreamConfig['consumer_limits'];

/**
 * Refuses subjects of a stream to which some of its consumers deliver: each message would be the cause of the next one.
 * @throws ApiError CONSUMER_DELIVER_CYCLE
 */
export function* checkCycles(consumers: Iterable<StreamConsumer>, subjects: readonly string[]): Steps<void> {
  const all = new PatternTrie<string>();
  let looked = 0;
  for (const subject of subjects) {
    all.add(subject, subject);
    if (++looked % STEP_CHECKED === 0) yield;
  }
  const budget = overlapBudget();
  for (const consumer of consumers) {
    const target = consumer instanceof Consumer ? consumer.config.deliver_subject : undefined;
    if (target !== undefined && (yield* refusing(all.overlapping(target, undefined, budget))) !== undefined)
      throw new ApiError('CONSUMER_DELIVER_CYCLE');
    if (++looked % STEP_CHECKED === 0) yield;
  }
}

/**
 * Refuses limits for the consumers of a stream that some of those there are exceed. Only limits that change are looked at.
 * @throws ApiError STREAM_UPDATE
 */
export function checkChangedLimits(
  consumers: Iterable<StreamConsumer>,
  previous: ConsumerLimits,
  next: ConsumerLimits,
): void {
  const { inactive_threshold: inactive = 0, max_ack_pending: pending = 0 } = next;
  const isChanged =
    (inactive > 0 && inactive !== previous.inactive_threshold) ||
    (pending > 0 && pending !== previous.max_ack_pending);
  if (!isChanged) return;
  const names: string[] = [];
  for (const consumer of consumers) {
    if (!(consumer instanceof Consumer)) continue;
    const { name, config } = consumer;
    if (
      (inactive > 0 && (config.inactive_threshold ?? 0) > inactive) ||
      (pending > 0 && (config.max_ack_pending ?? 0) > pending)
    )
      names.push(name);
  }
  if (names.length > 0)
    throw new ApiError('STREAM_UPDATE', `change to limits violates consumers: ${names.join(', ')}`);
}

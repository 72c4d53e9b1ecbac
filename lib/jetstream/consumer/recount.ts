import type { Steps } from '../../domain/steps.js';
import type { ConsumerConfig } from '../settings/consumer-config.js';
import type { Store, SubjectFilter } from '../store/store.js';
import type { MessageCursor } from './message-cursor.js';
import type { PendingMessages } from './pending.js';
import { startOf } from './start.js';

/** Messages looked at between two steps. */
const STEP_MESSAGES = 256;

/** A consumer that counts what it is to deliver. */
interface CountingConsumer {
  readonly config: ConsumerConfig;
  readonly stream: { readonly config: { readonly max_msgs_per_subject: number } };
  readonly store: Store;
  readonly filter: SubjectFilter;
  readonly cursor: MessageCursor;
  readonly pending: PendingMessages;
  /** Takes in what has become of messages of its stream. */
  catchUp(): void;
}

/** Finds where a new consumer begins, and counts what it is to deliver. */
export function* begin(consumer: CountingConsumer): Steps<void> {
  const { config, cursor, pending, filter, store, stream } = consumer;
  cursor.begin({ next: store.state.lastSequence + 1, only: [] });
  cursor.begin(yield* startOf(config, store, filter, stream.config.max_msgs_per_subject));
  pending.begin(cursor.passed);
  yield* count(consumer);
}

/** Counts what a consumer is to deliver, and lets go of what it has delivered and is gone. */
export function* recount(consumer: CountingConsumer): Steps<void> {
  const { pending, store } = consumer;
  let looked = 0;
  for (const sequence of pending.unacknowledged) {
    if (store.get(sequence) === undefined) pending.drop(sequence);
    if (++looked % STEP_MESSAGES === 0) yield;
  }
  for (const sequence of pending.repeated) {
    if (store.get(sequence) === undefined) pending.forget(sequence);
    if (++looked % STEP_MESSAGES === 0) yield;
  }
  yield* count(consumer);
}

function count(consumer: CountingConsumer): Steps<void> {
  consumer.catchUp();
  return consumer.cursor.count(() => consumer.catchUp());
}

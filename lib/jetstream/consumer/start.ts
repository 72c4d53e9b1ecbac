import type { Steps } from '../../domain/steps.js';
import { hasWildcard } from '../../domain/subject.js';
import { type Instant, parseTime } from '../instant.js';
import type { ConsumerConfig } from '../settings/consumer-config.js';
import type { Store, SubjectFilter } from '../store/store.js';

/** Where a consumer begins. */
export interface Start {
  /** Sequence that is looked at first. */
  readonly next: number;
  /** Sequences that are delivered before `next`, in order: the last of each subject. */
  readonly only: readonly number[];
}

/** Messages counted or sorted between two steps. */
const STEP_MESSAGES = 1_024;

/** Finds where a consumer begins, as things are at the first step. */
export function* startOf(
  {
    deliver_policy: policy,
    opt_start_seq = 0,
    opt_start_time,
  }: Pick<ConsumerConfig, 'deliver_policy' | 'opt_start_seq' | 'opt_start_time'>,
  store: Store,
  filter: SubjectFilter,
  maxPerSubject: number,
): Steps<Start> {
  const { firstSequence, lastSequence } = store.state;
  const after = lastSequence + 1;
  const at = (next: number): Start => ({ next: Math.max(next, firstSequence, 1), only: [] });
  if (policy === 'by_start_sequence') return at(opt_start_seq);
  if (policy === 'by_start_time') {
    const time: Instant | undefined = opt_start_time === undefined ? undefined : parseTime(opt_start_time);
    return at(time === undefined ? after : Math.min(after, store.sequenceAt(time)));
  }
  if (policy === 'new') return at(after);
  if (policy === 'last') {
    if (filter.length === 0) return at(lastSequence);
    return at(Math.max(0, ...(yield* lastOf(store, filter, lastSequence)).slice(-1)));
  }
  if (policy === 'last_per_subject' && maxPerSubject !== 1) {
    const only = yield* lastOf(store, filter, lastSequence);
    // As nats-server has it: without any it begins with the last message, which is none of its own.
    return only.length === 0 ? at(lastSequence) : { next: Math.max(after, 1), only };
  }
  return at(firstSequence);
}

/** The last message of each subject, up to `to`, in the order of sequences. */
function* lastOf(store: Store, filter: SubjectFilter, to: number): Steps<readonly number[]> {
  const last: number[] = [];
  if (!filter.some(hasWildcard)) {
    for (const subject of filter) {
      const state = store.subject(subject);
      if (state !== undefined) last.push(state.last);
    }
  } else {
    for (const state of (yield* store.subjects(filter)).values()) {
      // What came meanwhile is delivered in its turn.
      if (state.last <= to) last.push(state.last);
      if (last.length % STEP_MESSAGES === 0) yield;
    }
  }
  return last.sort((one, other) => one - other);
}

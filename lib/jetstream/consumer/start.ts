import type { Steps } from '../../domain/steps.js';
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
/** Numbers sorted, or merged, between two steps. */
const SORTED_AT_ONCE = 8_192;
const NONE = new Float64Array(0);

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
    let last = 0;
    for (const sequence of yield* lastOf(store, filter, lastSequence)) last = Math.max(last, sequence);
    return at(last);
  }
  if (policy === 'last_per_subject' && maxPerSubject !== 1) {
    const only = yield* sorted(yield* lastOf(store, filter, lastSequence));
    // As nats-server has it: without any it begins with the last message, which is none of its own.
    return only.length === 0 ? at(lastSequence) : { next: Math.max(after, 1), only };
  }
  return at(firstSequence);
}

/** The last message of each subject, up to `to`, in no particular order. */
function* lastOf(store: Store, filter: SubjectFilter, to: number): Steps<readonly number[]> {
  const last: number[] = [];
  let looked = 0;
  for (const state of (yield* store.subjects(filter)).values()) {
    // What came meanwhile is delivered in its turn.
    if (state.last <= to && state.last > 0) last.push(state.last);
    if (++looked % STEP_MESSAGES === 0) yield;
  }
  return last;
}

/** Numbers in rising order: sorted in parts, which are merged. */
function* sorted(numbers: readonly number[]): Steps<readonly number[]> {
  let parts: Float64Array[] = [];
  for (let at = 0; at < numbers.length; at += SORTED_AT_ONCE) {
    parts.push(Float64Array.from(numbers.slice(at, at + SORTED_AT_ONCE)).sort());
    yield;
  }
  while (parts.length > 1) {
    const merged: Float64Array[] = [];
    for (let at = 0; at < parts.length; at += 2) {
      const [one, other] = [parts[at] ?? NONE, parts[at + 1] ?? NONE];
      merged.push(yield* merge(one, other));
    }
    parts = merged;
  }
  return Array.from(parts[0] ?? NONE);
}

function* merge(one: Float64Array, other: Float64Array): Steps<Float64Array> {
  if (other.length === 0) return one;
  const merged = new Float64Array(one.length + other.length);
  let [from, fromOther] = [0, 0];
  for (let to = 0; to < merged.length; to++) {
    const [a, b] = [one[from] ?? Number.POSITIVE_INFINITY, other[fromOther] ?? Number.POSITIVE_INFINITY];
    if (a <= b) from++;
    else fromOther++;
    merged[to] = Math.min(a, b);
    if (to % SORTED_AT_ONCE === 0) yield;
  }
  return merged;
}

import type { Steps } from '../domain/steps.js';
import type { Store } from './store/store.js';

/** Messages looked at between two steps. */
const STEP_MESSAGES = 64;
/** Sequences whose messages are removed at once. */
const STEP_SEQUENCES = 1_024;

/** Which messages of a stream are to go. */
export interface PurgeRequest {
  /** Subject, with or without wildcards; empty: all. */
  readonly filter: string;
  /** Those before this sequence; 0: all. */
  readonly sequence: number;
  /** How many of the newest stay; 0: none. */
  readonly keep: number;
}

/** A stream whose oldest messages are removed. */
interface TruncatedStream {
  readonly store: Store;
  truncateFront(sequence: number): number;
}

/** The stream that messages are removed from. */
export interface PurgedStream extends TruncatedStream {
  remove(sequence: number): boolean;
  /** Tells its consumers that messages may be gone. @param pattern subjects that they were on; empty: any */
  purged(pattern: string): void;
}

/** Removes messages of a stream; returns how many they were. */
export function* purge(stream: PurgedStream, request: PurgeRequest): Steps<number> {
  const purged = yield* remove(stream, request);
  stream.purged(request.filter);
  return purged;
}

function* remove(stream: PurgedStream, { filter, sequence, keep }: PurgeRequest): Steps<number> {
  const { store } = stream;
  const { lastSequence, messages } = store.state;
  if (filter === '' || filter === '>') {
    if (sequence === 0 && keep === 0) return stream.truncateFront(lastSequence + 1);
    if (sequence > 1) return yield* truncate(stream, sequence);
    return keep > 0 && keep < messages ? yield* truncate(stream, yield* firstOfLast(store, keep)) : 0;
  }
  const subjects = [filter];
  const end = sequence > 0 ? Math.min(lastSequence, sequence - 1) : lastSequence;
  const there = keep > 0 ? yield* store.count(subjects, 0, lastSequence) : Number.POSITIVE_INFINITY;
  const most = there - keep;
  let purged = 0;
  let looked = 0;
  for (let at = store.state.firstSequence; purged < most && at <= end; ) {
    const message = store.next(subjects, at, STEP_MESSAGES);
    if (message === undefined) break;
    if (typeof message === 'number') at = message;
    else {
      at = message.sequence + 1;
      if (message.sequence <= end && stream.remove(message.sequence)) purged++;
    }
    if (++looked % STEP_MESSAGES === 0 || typeof message === 'number') yield;
  }
  return purged;
}

/** Removes the messages below `sequence`, the oldest first; returns how many they were. Its consumers are told afterwards. */
export function* truncate(stream: TruncatedStream, sequence: number): Steps<number> {
  const { store } = stream;
  if (sequence > store.state.lastSequence) return stream.truncateFront(sequence);
  for (let purged = 0; ; ) {
    const { firstSequence, messages } = store.state;
    if (messages === 0 || firstSequence >= sequence) return purged;
    if (purged > 0) yield;
    purged += stream.truncateFront(Math.min(sequence, store.state.firstSequence + STEP_SEQUENCES));
  }
}

/** Sequence of the first of the last `count` messages. */
function* firstOfLast(store: Store, count: number): Steps<number> {
  const { lastSequence, firstSequence } = store.state;
  let left = count;
  let sequence = lastSequence;
  for (; sequence > firstSequence; sequence--) {
    if (store.get(sequence) !== undefined && --left === 0) break;
    if (sequence % STEP_MESSAGES === 0) yield;
  }
  return sequence;
}

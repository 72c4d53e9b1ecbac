import type { Steps } from '../domain/steps.js';
import type { Store } from './store/store.js';

/** Messages looked at between two steps. */
const STEP_MESSAGES = 64;

/** Which messages of a stream are to go. */
export interface PurgeRequest {
  /** Subject, with or without wildcards; empty: all. */
  readonly filter: string;
  /** Those before this sequence; 0: all. */
  readonly sequence: number;
  /** How many of the newest stay; 0: none. */
  readonly keep: number;
}

/** The stream that messages are removed from. */
export interface PurgedStream {
  readonly store: Store;
  remove(sequence: number): boolean;
  truncateFront(sequence: number): number;
  /** Tells its consumers that messages may be gone. */
  purged(): void;
}

/** Removes messages of a stream; returns how many they were. */
export function* purge(stream: PurgedStream, request: PurgeRequest): Steps<number> {
  const purged = yield* remove(stream, request);
  stream.purged();
  return purged;
}

function* remove(stream: PurgedStream, { filter, sequence, keep }: PurgeRequest): Steps<number> {
  const { store } = stream;
  const { lastSequence, messages } = store.state;
  if (filter === '' || filter === '>') {
    if (sequence === 0 && keep === 0) return stream.truncateFront(lastSequence + 1);
    if (sequence > 1) return stream.truncateFront(sequence);
    return keep > 0 && keep < messages ? stream.truncateFront(yield* firstOfLast(store, keep)) : 0;
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

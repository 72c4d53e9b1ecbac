import { finish } from '../domain/steps.js';
import { hasWildcard } from '../domain/subject.js';
import { ApiError } from './api/errors.js';
import { headerOf } from './headers.js';
import type { SearchBudget } from './search-budget.js';
import type { Store } from './store/store.js';
import { matcherOf } from './store/subject-matcher.js';

const EXPECTED_SUBJECT_SEQUENCE = Buffer.from('Nats-Expected-Last-Subject-Sequence');
const EXPECTED_SUBJECT = Buffer.from('Nats-Expected-Last-Subject-Sequence-Subject');
const EXPECTED_SEQUENCE = Buffer.from('Nats-Expected-Last-Sequence');

/** What sequences are looked for in. */
interface Searched {
  readonly store: Store;
  readonly searches: SearchBudget;
}

/**
 * Refuses a message whose publisher expects other sequences than there are.
 * @param own subject of the message
 * @param block its headers
 */
export function unexpectedSequence(
  { store, searches }: Searched,
  own: string,
  block: Buffer,
): ApiError | undefined {
  const ofSubject = headerOf(block, EXPECTED_SUBJECT_SEQUENCE);
  const subject = headerOf(block, EXPECTED_SUBJECT);
  if (ofSubject !== undefined && ofSubject !== '') {
    const expected = sequenceIn(ofSubject);
    const last = lastOn(
      { store, searches },
      subject === undefined || subject === '' ? own : subject,
      expected,
    );
    if (last === undefined) return new ApiError('INSUFFICIENT_RESOURCES');
    if (expected !== last) return new ApiError('STREAM_WRONG_LAST_SEQUENCE', last);
  } else if (subject !== undefined && subject !== '')
    return new ApiError('STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_INVALID');
  const expected = headerOf(block, EXPECTED_SEQUENCE);
  if (expected === undefined || expected === '') return undefined;
  const { lastSequence } = store.state;
  return sequenceIn(expected) === lastSequence
    ? undefined
    : new ApiError('STREAM_WRONG_LAST_SEQUENCE', lastSequence);
}

/** NaN: the text is no sequence, so it is none that there is. */
function sequenceIn(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/**
 * Sequence of the last message on a subject, or on any of those that a pattern stands for; 0: none; undefined: looking for it
 * would take too long.
 * @param expected what it may be: where that is near the end of the stream, few messages are looked at
 */
function lastOn({ store, searches }: Searched, subject: string, expected: number): number | undefined {
  if (!hasWildcard(subject)) return store.subject(subject)?.last ?? 0;
  const filter = [subject];
  const { lastSequence, subjects } = store.state;
  const later = lastSequence - expected;
  /** A long pattern takes longer to be compared. */
  const weight = 1 + (subject.length >>> 5);
  const candidate = later < subjects ? store.get(expected) : undefined;
  if (candidate !== undefined) {
    if (!searches.take(weight * (later + 1))) return undefined;
    const next = store.next(filter, expected + 1, later);
    if (typeof next !== 'object' && matcherOf(filter).matches(candidate.subject)) return expected;
  }
  if (!searches.take(weight * subjects)) return undefined;
  let last = 0;
  for (const state of finish(store.subjects(filter)).values()) last = Math.max(last, state.last);
  return last;
}

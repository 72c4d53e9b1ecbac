import { MAX_JETSTREAM_OVERLAP_PLACES } from '../../domain/jetstream-limits.js';
import type { Steps } from '../../domain/steps.js';
import { hasWildcard, overlap } from '../../domain/subject.js';
import { ApiError, invalidConfig } from '../api/errors.js';
import { type PlaceBudget, TooManyPlaces } from '../pattern-trie.js';

/** Longest name of a stream or a consumer, in bytes. */
export const MAX_NAME_LENGTH = 255;

/** Whether a stream or a consumer may have that name, apart from its length. */
export function isName(name: string): boolean {
  return name !== '' && !/[\s.*>]/.test(name);
}

/** @throws ApiError where no stream may have that name */
export function checkName(name = ''): void {
  if (!isName(name)) throw invalidConfig("stream name is required and can not contain '.', '*', '>'");
  if (Buffer.byteLength(name) > MAX_NAME_LENGTH)
    throw invalidConfig(`stream name is too long, maximum allowed is ${MAX_NAME_LENGTH}`);
  if (/[\\/]/.test(name)) throw new ApiError('STREAM_NAME_CONTAINS_PATH_SEPARATORS');
}

/** What a transform or filter that may be empty stands for: nothing is everything. */
export function orAll(pattern: string): string {
  return pattern === '' ? '>' : pattern;
}

/** Whether there is a subject that both patterns stand for. */
export function subjectsOverlap(one: string, other: string): boolean {
  if (!hasWildcard(one) && !hasWildcard(other)) return one === other;
  return overlap(one.split('.'), other.split('.'));
}

/** What the search for subjects in common may look at for one request. */
export function overlapBudget(): PlaceBudget {
  return { left: MAX_JETSTREAM_OVERLAP_PLACES };
}

/**
 * Such a search, which is refused where it would have to look at more.
 * @throws ApiError
 */
export function* refusing<T>(search: Steps<T>): Steps<T> {
  try {
    return yield* search;
  } catch (error) {
    if (error instanceof TooManyPlaces) throw invalidConfig('too many subjects to be compared');
    throw error;
  }
}

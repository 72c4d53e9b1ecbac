import { MAX_JETSTREAM_PAGE_BYTES } from '../../domain/jetstream-limits.js';
import type { Steps } from '../../domain/steps.js';
import { WrittenJson } from './answer-text.js';

/** Items, and their length, written between two steps. */
const STEP_ITEMS = 64;
const STEP_LENGTH = 32_768;

/** Which part of a list an answer has. */
export interface Page {
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
}

/** That part of `all` which begins at `offset` and has `limit` items at most. */
export function pageOf<T>(
  all: readonly T[],
  offset: number | undefined,
  limit: number,
): { readonly page: Page; readonly items: readonly T[] } {
  const total = all.length;
  const from = Math.min(Math.max(0, offset ?? 0), total);
  return { page: { total, offset: from, limit }, items: all.slice(from, from + limit) };
}

/**
 * Writes the items of a page as JSON, one at least: as many as an answer has room for. What is left belongs to the next page.
 * @param write an item as it stands in the list; undefined: it is left out
 * @param brackets around the list
 */
export function* writtenPage<T>(
  items: readonly T[],
  write: (item: T) => string | undefined,
  brackets: '[]' | '{}' = '[]',
): Steps<{ readonly json: WrittenJson; readonly count: number }> {
  const parts: string[] = [];
  let length = 0;
  let before = 0;
  let count = 0;
  for (const item of items) {
    if (length > MAX_JETSTREAM_PAGE_BYTES) break;
    const text = write(item);
    if (text !== undefined) {
      parts.push(text);
      length += text.length;
    }
    if (++count % STEP_ITEMS > 0 && length - before < STEP_LENGTH) continue;
    before = length;
    yield;
  }
  const json = new WrittenJson(`${brackets[0]}${parts.join(',')}${brackets[1]}`);
  yield;
  return { json, count };
}

/** What answers about an error have where others have a page. */
export const BLANK_PAGE = { total: 0, offset: 0, limit: 0 } as const;

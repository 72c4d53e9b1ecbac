/** A part of a list, as answers have it. */
export interface Page<T> {
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
  readonly items: readonly T[];
}

/** That part of `all` which begins at `offset` and has `limit` items at most. */
export function pageOf<T>(all: readonly T[], offset: number | undefined, limit: number): Page<T> {
  const total = all.length;
  const from = Math.min(Math.max(0, offset ?? 0), total);
  return { total, offset: from, limit, items: all.slice(from, from + limit) };
}

/** What answers about an error have where others have a page. */
export const BLANK_PAGE = { total: 0, offset: 0, limit: 0 } as const;

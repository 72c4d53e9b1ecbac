/** When which message is due, and what to say of how late they came. Pure. */

/** Messages at an even rate, shared by pairs of publisher and subscriber in turns: message `n` is of pair `n % pairs`. */
export interface Schedule {
  /** Of all pairs together, messages a second. */
  readonly rate: number;
  /** Messages of all pairs. */
  readonly count: number;
  readonly pairs: number;
}

/** When message `n` is due, in seconds after the start. */
export function dueAt({ rate }: Schedule, n: number): number {
  return n / rate;
}

/** How many messages of all pairs are due `elapsed` seconds after the start. */
export function dueBy({ rate, count }: Schedule, elapsed: number): number {
  if (elapsed < 0) return 0;
  const about = Math.floor(elapsed * rate);
  // What dueAt says is what counts, however the rounding went.
  const exact = about / rate > elapsed ? about - 1 : (about + 1) / rate <= elapsed ? about + 1 : about;
  return Math.min(count, exact + 1);
}

/** How many of the messages are of this pair. */
export function countOf({ count, pairs }: Schedule, pair: number): number {
  return Math.max(0, Math.ceil((count - pair) / pairs));
}

/**
 * The smallest value that at least this share of the values do not exceed. The values are sorted, smallest first;
 * undefined if there are none.
 */
export function percentile(sorted: ArrayLike<number>, share: number): number | undefined {
  // 0.999 × 1000 is a little more than 999 in binary: what exceeds a rank by less than a rounding error is that rank.
  const rank = Math.ceil(share * sorted.length - 1e-9);
  return sorted[Math.max(0, rank - 1)];
}

/** Several lists as one, smallest first. */
export function sorted(lists: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all.sort();
}

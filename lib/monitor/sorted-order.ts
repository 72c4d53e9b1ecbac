import type { Steps } from './turns.js';

/** Steps of a merge between two places at which it may pause. */
const STEPS = 1_024;

/**
 * The indices of `keys` in ascending order; where keys are equal, in that of `ties`, whose values are all different.
 * A merge sort from the bottom up, which may pause anywhere; `Array.prototype.sort` takes 60 ms for 65,536 rows.
 */
export function* sortedOrder(keys: Float64Array, ties: Float64Array): Steps<Uint32Array> {
  const { length } = keys;
  let from = Uint32Array.from(keys, (_key, i) => i);
  let to = new Uint32Array(length);
  let steps = 0;
  for (let width = 1; width < length; width *= 2) {
    for (let start = 0; start < length; start += 2 * width) {
      const middle = Math.min(start + width, length);
      const end = Math.min(start + 2 * width, length);
      let left = start;
      let right = middle;
      for (let at = start; at < end; at++) {
        const isLeft = right >= end || (left < middle && !isAfter(keys, ties, from[left]!, from[right]!));
        to[at] = isLeft ? from[left++]! : from[right++]!;
        if (++steps % STEPS === 0) yield;
      }
    }
    [from, to] = [to, from];
  }
  return from;
}

function isAfter(keys: Float64Array, ties: Float64Array, one: number, other: number): boolean {
  const [a, b] = [keys[one]!, keys[other]!];
  return a === b ? ties[one]! > ties[other]! : a > b;
}

import type { Steps } from '../domain/steps.js';

/** Texts that are sorted at once, and those that are merged between two steps. */
const RUN = 1_024;

/** Texts in their order, as `sort` has them. Takes over `texts`. */
export function* sorted(texts: string[]): Steps<readonly string[]> {
  let from = texts;
  for (let at = 0; at < from.length; at += RUN) {
    const run = from.slice(at, at + RUN).sort();
    for (let i = 0; i < run.length; i++) from[at + i] = run[i] ?? '';
    yield;
  }
  let into = new Array<string>(from.length).fill('');
  for (let width = RUN; width < from.length; width *= 2) {
    for (let at = 0; at < from.length; at += 2 * width) yield* merge(from, into, at, width);
    [from, into] = [into, from];
  }
  return from;
}

/** Merges two runs of `width` that follow each other from `at` on. */
function* merge(from: readonly string[], into: string[], at: number, width: number): Steps<void> {
  const middle = Math.min(at + width, from.length);
  const end = Math.min(at + 2 * width, from.length);
  let left = at;
  let right = middle;
  for (let to = at; to < end; to++) {
    const isLeft = left < middle && (right >= end || (from[left] ?? '') <= (from[right] ?? ''));
    into[to] = from[isLeft ? left++ : right++] ?? '';
    if (to % RUN === 0) yield;
  }
}

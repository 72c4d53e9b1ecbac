/** When messages of a paced cell are published, and by whom: the same times for every broker. Pure. */

export interface Arrivals {
  /** Seconds after the first, ascending. */
  readonly times: Float64Array;
  /** Number of the publisher. */
  readonly publishers: Uint16Array;
}

/** `count` messages that come independently of each other, `perSecond` of them on average, of any publisher alike. */
export function arrivals(publishers: number, perSecond: number, count: number, seed = 1): Arrivals {
  const random = generator(seed);
  const times = new Float64Array(count);
  const who = new Uint16Array(count);
  let time = 0;
  for (let n = 0; n < count; n++) {
    times[n] = time;
    who[n] = Math.floor(random() * publishers);
    time -= Math.log(1 - random()) / perSecond;
  }
  return { times, publishers: who };
}

/** Numbers from 0 to below 1 (xorshift32). */
function generator(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

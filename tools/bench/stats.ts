/** The few statistics of the tables. All ignore nothing: an empty list is `undefined`, never 0. */

export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle];
  const low = sorted[middle - 1];
  if (high === undefined) return undefined;
  return sorted.length % 2 === 1 || low === undefined ? high : (low + high) / 2;
}

/** (largest − smallest) / median: 0.1 says that the runs lie within a band of 10 %. */
export function spread(values: readonly number[]): number | undefined {
  const middle = median(values);
  return middle === undefined || middle === 0
    ? undefined
    : (Math.max(...values) - Math.min(...values)) / middle;
}

/**
 * Median over the rounds of `ours[n] / theirs[n]`: both sides of a round ran within seconds of each other, so what
 * else the machine did then weighs on both. Rounds in which either side failed (`undefined`) are left out.
 */
export function pairedRatio(
  ours: readonly (number | undefined)[],
  theirs: readonly (number | undefined)[],
): number | undefined {
  const ratios = ours.flatMap((own, round) => {
    const other = theirs[round];
    return own === undefined || other === undefined || other === 0 ? [] : [own / other];
  });
  return median(ratios);
}

export function geometricMean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** What is printed while the bench runs. */
import type { Figure } from './figures.js';
import { isFailure, summarize, verdict } from './summary.js';
import { expectation, isCost } from './tables.js';
import { digits, percent, quantity, times } from './units.js';

/** A figure on one line, with what failed below it. */
function progress(figure: Figure, names: readonly string[], peers: readonly string[]): string {
  const { of, ratios } = summarize(figure, names);
  const sides = Object.entries(of).map(([name, { median, spread = 0 }]) => {
    const ratio = ratios[name];
    const judged = ratio !== undefined && peers.includes(name);
    const below = judged && verdict(figure, ratio).asExpected === false ? ' ▼' : '';
    const compared = ratio === undefined ? '' : ` (${times(ratio)}${below})`;
    return `${name} ${quantity(median, figure.unit)} ±${percent(spread / 2)}${compared}`;
  });
  const bound = expectation(figure);
  const failures = Object.entries(figure.samples).flatMap(([name, samples]) =>
    samples.filter(isFailure).map(({ failure }) => `    FAILED ${name}: ${failure}`),
  );
  const notes = (figure.notes ?? []).map((note) => `    ${note}`);
  return [
    `${figure.id}: ${sides.join(', ')}${bound === '' ? '' : `, expected ${bound}`}`,
    ...failures,
    ...notes,
  ].join('\n');
}

/**
 * All figures of a cell: a line each, with what failed below it, and those of its cost on one.
 * @param names the contenders, the one that the others are compared with first
 * @param peers those of them that something is expected against
 */
export function progressOf(
  figures: readonly Figure[],
  names: readonly string[],
  peers: readonly string[],
): string {
  const costs = names.flatMap((name) => {
    const own = figures.filter(isCost).flatMap((figure) => {
      const middle = summarize(figure, [name]).of[name]?.median;
      if (middle === undefined) return [];
      return figure.unit === 'bytes' ? quantity(middle, 'bytes') : `${digits(middle)} CPU s per million`;
    });
    return own.length === 0 ? [] : `${name} ${own.join(', ')}`;
  });
  const lines = figures.filter((figure) => !isCost(figure)).map((figure) => progress(figure, names, peers));
  return [...lines, ...(costs.length === 0 ? [] : [`    ${costs.join('; ')}`])].join('\n');
}

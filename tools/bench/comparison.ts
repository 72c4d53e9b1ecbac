/** One cell of two revisions: its ratio and what to think of it. Pure. */
import type { Figure } from './figures.js';
import { spread } from './stats.js';
import { isFailure, summarize, twoDecimals, verdict } from './summary.js';
import { percent, quantity, times } from './units.js';

/** A dozen that go through most of the code. */
export const DEFAULT_CELLS =
  '1-0/16,1-1/16,1-1/1024,1-10/16,1-100/128,10-10/16,10-10x10/128,subjects10000-1-1/16,queue-1-10/16,headers-1-1/128,' +
  'line-1-10/16,mixed-100-1/16';

export interface Comparison {
  readonly figure: Figure | undefined;
  readonly names: readonly string[];
  /** Above 1 the first is better. Absent where either has not one good round. */
  readonly ratio?: number;
  /** (largest − smallest) / median of the rounds' ratios. */
  readonly spread?: number;
  /** Whether the ratio is known, no round failed and it is at least the least one allowed. */
  readonly fine: boolean;
  readonly failures: readonly string[];
}

/** @param names this revision and the one that it is compared with */
export function comparisonOf(figures: readonly Figure[], names: readonly string[], min: number): Comparison {
  const [own = '', base = ''] = names;
  const figure = figures.find(({ expected }) => expected !== undefined) ?? figures[0];
  if (figure === undefined) return { figure, names, fine: false, failures: [] };
  const samplesOf = (name: string): Figure['samples'][string] => figure.samples[name] ?? [];
  const failures = [...samplesOf(own), ...samplesOf(base)].filter(isFailure).map(({ failure }) => failure);
  const ratio = summarize(figure, names).ratios[base];
  if (ratio === undefined) return { figure, names, fine: false, failures };
  const theirs = samplesOf(base);
  const rounds = samplesOf(own).flatMap((sample, round) => {
    const other = theirs[round];
    return typeof sample === 'number' && typeof other === 'number' && other > 0 ? [sample / other] : [];
  });
  const { advantage } = verdict(figure, ratio);
  const range = spread(rounds);
  return {
    ...{ figure, names, ratio: advantage, failures },
    ...(range !== undefined && { spread: range }),
    fine: failures.length === 0 && twoDecimals(advantage) >= min,
  };
}

/** A comparison on one line, and a line for each failure and for what should be known. */
export function lineOf(id: string, { figure, names, ratio, spread = 0, fine, failures }: Comparison): string {
  const of = figure === undefined ? [] : Object.values(summarize(figure, names).of);
  const sides = of.map(({ median }) => (figure === undefined ? '' : quantity(median, figure.unit)));
  const text = ratio === undefined ? 'no ratio' : `${times(ratio)} ±${percent(spread / 2)}`;
  const line = `${id.padEnd(28)} ${text.padStart(14)}   ${sides.join(' against ')}${fine ? '' : '   BELOW'}`;
  const notes = (figure?.notes ?? []).map((note) => `    ${note}`);
  return [line, ...failures.map((failure) => `    FAILED: ${failure}`), ...notes].join('\n');
}

/** From the samples of a figure to what is said of it: medians, spreads, ratios, and whether they are as expected. */
import type { Failure, Figure } from './figures.js';
import { median, pairedRatio, spread } from './stats.js';

/** One contender's samples in short. `median` and `spread` are absent where not one round succeeded. */
export interface ServerState {
  readonly median?: number;
  /** (largest − smallest) / median. */
  readonly spread?: number;
  /** Rounds that failed. */
  readonly failures: number;
}

export interface Summary {
  /** By contender; only those that have samples. */
  readonly of: Readonly<Record<string, ServerState>>;
  /** The first contender's figure over another's, by its name: median of the rounds' ratios. */
  readonly ratios: Readonly<Record<string, number>>;
}

/** A ratio next to what was expected of it. */
export interface Verdict {
  readonly ratio: number;
  /** The ratio turned so that above 1 the first contender is better, whichever way the figure counts. */
  readonly advantage: number;
  /** Absent where nothing is expected. */
  readonly asExpected?: boolean;
}

/** Whether a sample is a failure. */
export function isFailure(sample: number | Failure): sample is Failure {
  return typeof sample !== 'number';
}

function known(samples: readonly (number | Failure)[] = []): readonly (number | undefined)[] {
  return samples.map((sample) => (isFailure(sample) ? undefined : sample));
}

/** @param names the contenders, the one that the others are compared with first */
export function summarize(figure: Figure, names: readonly string[]): Summary {
  const [first = ''] = names;
  const of: Record<string, ServerState> = {};
  const ratios: Record<string, number> = {};
  for (const name of names) {
    const samples = known(figure.samples[name]);
    if (samples.length === 0) continue;
    const good = samples.filter((sample) => sample !== undefined);
    const [middle, range] = [median(good), spread(good)];
    of[name] = {
      ...(middle !== undefined && { median: middle }),
      ...(range !== undefined && { spread: range }),
      failures: samples.length - good.length,
    };
    const ratio = name === first ? undefined : pairedRatio(known(figure.samples[first]), samples);
    if (ratio !== undefined) ratios[name] = ratio;
  }
  return { of, ratios };
}

/** As it is printed: what reads 2.00× is as good as an expected 2.00×. */
export function twoDecimals(value: number): number {
  return Math.round(value * 100) / 100;
}

/** What is to be said of a ratio of this figure. */
export function verdict({ better, expected }: Pick<Figure, 'better' | 'expected'>, ratio: number): Verdict {
  const advantage = better === 'higher' ? ratio : 1 / ratio;
  if (expected === undefined) return { ratio, advantage };
  const [shown, bound] = [twoDecimals(ratio), twoDecimals(expected)];
  return { ratio, advantage, asExpected: better === 'higher' ? shown >= bound : shown <= bound };
}

/** What a measured cell is worth as figures: its rate, its CPU time and its peak memory. Pure. */
import { type Cell, labelOf } from './cells.js';
import type { Failure, Figure } from './figures.js';
import { type CellResult, failed, type Result, type Round } from './measure.js';
import { median } from './stats.js';

/** A load process busier than this may be what limits the broker. */
const MAX_LOAD_BUSY = 0.95;
/** Other processes that keep more cores busy than this disturb a measurement; a quiet machine has a few hundredths. */
const MAX_OTHERS_BUSY_CORES = 0.3;
/** The same of what the host takes; a virtual machine under load is never quite without. */
const MAX_STOLEN_CORES = 0.5;
/** A paced cell that takes longer than its times by this factor is behind them. */
const MAX_BEHIND = 1.05;

const SIDES = ['publishing', 'receiving'] as const;

/**
 * Rate (`ID rate`, published), CPU time (`ID cpu`, of the delivered, or of the published where nobody receives) and peak
 * memory (`ID peak`, one sample: over all rounds). What the platform does not tell is left out, and so is the rate of a paced
 * cell, which is given; of two servers, `ID cpu-publishing` and `ID cpu-receiving` say which used what. What a reader should know is noted on the first of them.
 */
export function figuresOf({ cell, results }: CellResult): readonly Figure[] {
  const paced = cell.perSecond > 0;
  const expected = { expected: cell.expected };
  const figures: readonly (Figure | undefined)[] = [
    paced
      ? undefined
      : figure(cell, results, 'rate', {
          unit: 'messages/s',
          better: 'higher',
          ...expected,
          sample: ({ published, seconds }) => published / seconds,
        }),
    figure(cell, results, 'cpu', {
      quantity: 'CPU time',
      unit: 'CPU s per million',
      better: 'lower',
      ...(paced && expected),
      sample: ({ cpuSeconds, delivered, published }) =>
        cpuSeconds === undefined ? undefined : (cpuSeconds / (delivered || published)) * 1e6,
    }),
    ...(cell.link === 'up' || cell.link === 'down' ? SIDES : []).map((side) =>
      figure(cell, results, `cpu-${side}`, {
        quantity: `CPU time of the ${side} server`,
        unit: 'CPU s per million',
        better: 'lower',
        sample: ({ split, delivered }) => (split === undefined ? undefined : (split[side] / delivered) * 1e6),
      }),
    ),
    peakFigure(cell, results),
  ];
  const notes = notesOn(cell, results);
  return figures
    .filter((each) => each !== undefined)
    .map((each, n) => (n === 0 && notes.length > 0 ? { ...each, notes } : each));
}

type Traits = Pick<Figure, 'quantity' | 'unit' | 'better' | 'expected'> & {
  readonly sample: (round: Round) => number | undefined;
};

function figure(
  cell: Cell,
  results: readonly Result[],
  name: string,
  { sample, ...traits }: Traits,
): Figure | undefined {
  return figureOf(
    cell,
    name,
    traits,
    (result) => result.rounds.flatMap((round) => (failed(round) ? round : (sample(round) ?? []))),
    results,
  );
}

function peakFigure(cell: Cell, results: readonly Result[]): Figure | undefined {
  const traits = { quantity: 'peak memory', unit: 'bytes', better: 'lower' } as const;
  return figureOf(
    cell,
    'peak',
    traits,
    ({ peakBytes, rounds }) => (peakBytes === undefined ? rounds.filter(failed).slice(0, 1) : [peakBytes]),
    results,
  );
}

/** Undefined where no contender has a single number to show and none failed. */
function figureOf(
  cell: Cell,
  name: string,
  traits: Pick<Figure, 'quantity' | 'unit' | 'better' | 'expected'>,
  samplesOf: (result: Result) => readonly (number | Failure)[],
  results: readonly Result[],
): Figure | undefined {
  const samples = Object.fromEntries(results.map((result) => [result.contender, samplesOf(result)]));
  if (Object.values(samples).every((list) => list.length === 0)) return undefined;
  return { id: `${cell.id} ${name}`, group: cell.group, title: labelOf(cell), ...traits, samples };
}

/** Why the figures of a cell may be less than they seem, a sentence each. */
function notesOn({ perSecond }: Cell, results: readonly Result[]): readonly string[] {
  const rounds = results.map(({ contender, rounds }) => ({
    contender,
    good: rounds.filter((round): round is Round => !failed(round)),
  }));
  const all = rounds.flatMap(({ good }) => good);
  const others = most(all.map(({ othersBusyCores }) => othersBusyCores));
  const stolen = most(all.map(({ stolenCores }) => stolenCores));
  return [
    ...rounds.flatMap(({ contender, good }) => {
      const busy = middle(good.map(({ loadBusy }) => loadBusy));
      const behind = middle(good.map(({ seconds, published }) => (seconds * perSecond) / published));
      if (perSecond > 0) {
        return behind > MAX_BEHIND
          ? [`With ${contender} it took ${behind.toFixed(2)} times as long as it should.`]
          : [];
      }
      return busy > MAX_LOAD_BUSY
        ? [
            `With ${contender} a load process was ${Math.round(busy * 100)} % busy, so the broker may do more.`,
          ]
        : [];
    }),
    ...(others > MAX_OTHERS_BUSY_CORES
      ? [`Disturbed: other processes used up to ${others.toFixed(1)} cores.`]
      : []),
    ...(stolen > MAX_STOLEN_CORES
      ? [`The host kept up to ${stolen.toFixed(1)} cores from this machine.`]
      : []),
  ];
}

function most(values: readonly (number | undefined)[]): number {
  return Math.max(0, ...values.map((value) => value ?? 0));
}

/** The median, 0 of none. */
function middle(values: readonly number[]): number {
  return median(values) ?? 0;
}

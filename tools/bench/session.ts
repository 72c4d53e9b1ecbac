/** Measures the parts of a run, one after the other, and prints each as it is done. */
import { figuresOf } from './cell-figures.js';
import type { Participant } from './contenders.js';
import type { Curve, Figure } from './figures.js';
import type { LoadFleet } from './fleet.js';
import { growthCurves } from './growth.js';
import { measure, type Plan } from './measure.js';
import { BUDGETS, type Parts } from './parts.js';
import { probeCurves, roundsOf } from './probes/index.js';
import { progressOf } from './progress.js';

/** Of the time for curves, what goes to those of plain traffic; the others are of subscriptions. */
const GROWTH_SHARE = 0.6;

export interface Measured {
  readonly figures: readonly Figure[];
  readonly curves: readonly Curve[];
}

/**
 * @param plan of the cells
 * @param rounds of the probes
 * @param say prints a line
 */
export async function session(
  parts: Parts,
  all: readonly Participant[],
  plan: Plan,
  rounds: number,
  fleet: LoadFleet,
  say: (line: string) => void,
): Promise<Measured> {
  const contenders = all.map(({ contender }) => contender);
  const names = contenders.map(({ name }) => name);
  const peers = all.filter(({ role }) => role === 'peer').map(({ contender }) => contender.name);
  const figures: Figure[] = [];
  const keep = (more: readonly Figure[]): void => {
    figures.push(...more);
    if (more.length > 0) say(progressOf(more, names, peers));
  };
  let began = performance.now();
  const took = (what: string): void => {
    say(`${what} took ${Math.round((performance.now() - began) / 1000)} s\n`);
    began = performance.now();
  };
  for (const cell of parts.cells) {
    if (contenders.some(({ runs }) => runs(cell))) {
      keep(figuresOf(await measure(cell, contenders, plan, fleet)));
    }
  }
  if (parts.cells.length > 0) took('the cells');
  for (const probe of parts.probes) {
    if (contenders.some((contender) => probe.runs(contender))) {
      keep(await roundsOf(probe, contenders, rounds, parts.size));
    }
  }
  if (parts.probes.length > 0) took('the probes');
  if (!parts.curves) return { figures, curves: [] };
  const seconds = BUDGETS[parts.size].curves;
  const curves = [
    ...(await growthCurves(contenders, fleet, seconds * GROWTH_SHARE, say)),
    ...(await probeCurves(contenders, seconds * (1 - GROWTH_SHARE))),
  ];
  for (const { id, lines } of curves) {
    for (const [name, points] of Object.entries(lines)) {
      say(`${id}, ${name}: ${points.map(([x, y]) => `${x} ${y.toPrecision(3)}`).join(', ')}`);
    }
  }
  took('the curves');
  return { figures, curves };
}

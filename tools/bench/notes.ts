/** What a reader should know about the figures of a run. */
import type { ReportedFigure, ResultFile } from './results.js';
import { isFailure } from './summary.js';

/** A run's failures: figure, contender and what went wrong, each once. */
export function failuresOf(figures: readonly ReportedFigure[]): readonly string[] {
  const all = figures.flatMap(({ id, samples }) =>
    Object.entries(samples).flatMap(([name, list]) =>
      list.filter(isFailure).map(({ failure }) => `FAILED ${id}, ${name}: ${failure}`),
    ),
  );
  return [...new Set(all)];
}

/** The notes of the figures, each with the ids that it belongs to. */
export function notesOf(figures: readonly ReportedFigure[]): readonly string[] {
  const ids = new Map<string, string[]>();
  for (const { id, notes = [] } of figures) {
    for (const note of notes) ids.set(note, [...(ids.get(note) ?? []), id]);
  }
  return [...ids].map(([note, of]) => `${note} (${of.map((id) => `\`${id}\``).join(', ')})`);
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' / ');
}

/** Failures and notes as a list; absent where there is nothing to say. */
export function remarks({ figures }: ResultFile): string | undefined {
  const all = [...failuresOf(figures), ...notesOf(figures)];
  return all.length === 0 ? undefined : all.map((text) => `- ${oneLine(text)}`).join('\n');
}

/** Where and with what it was measured, in one sentence. */
export function provenance({ date, machine, contenders }: ResultFile): string {
  const versions = contenders.map(({ name, version }) =>
    name.endsWith(version) ? name : `${name} ${version}`,
  );
  return (
    `Measured ${date.slice(0, 10)} on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, ` +
    `${machine.platform}, Node ${machine.node}: ${versions.join(', ')}.`
  );
}

/** How to read the tables, in the plan's own figures. */
export function legend({ plan }: ResultFile): string {
  return (
    `Medians of ${plan.rounds} alternating rounds${plan.size === 'quick' ? ' of the quick size' : ''}, ± half the range; ` +
    `a run of a cell takes about ${plan.runSeconds.toFixed(1)} s, its load comes from ${plan.loadProcesses} ` +
    `process${plan.loadProcesses === 1 ? '' : 'es'} over loopback. Rates are of what was published. Ratio: sluice over the peer, median of the rounds’ ratios. ` +
    'Expected: what sluice is built to reach; ▼ marks what does not. The number beside a row of the chart is its smallest ratio. `≤` stands where less is better.'
  );
}

/** The result file: everything that was measured, and where. */
import { cpus, totalmem } from 'node:os';
import type { Contender } from './brokers.js';
import type { CellResult, Plan } from './measure.js';
import { type Summary, summarize } from './report.js';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly platform: string;
  readonly node: string;
}

export interface ResultFile {
  /** ISO 8601, UTC, to the second. */
  readonly date: string;
  readonly machine: Machine;
  readonly contenders: readonly Pick<Contender, 'name' | 'version'>[];
  readonly plan: Plan & { readonly loadProcesses: number };
  readonly cells: readonly (CellResult & { readonly summaries: readonly Summary[] })[];
}

export function machine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}

export function resultFile(
  contenders: readonly Contender[],
  plan: ResultFile['plan'],
  cells: readonly CellResult[],
): ResultFile {
  return {
    date: `${new Date().toISOString().slice(0, 19)}Z`,
    machine: machine(),
    contenders: contenders.map(({ name, version }) => ({ name, version })),
    plan,
    cells: cells.map((result) => ({ ...result, summaries: summarize(result) })),
  };
}

/** Where and with what it was measured, in one paragraph. */
export function provenance({ date, machine, contenders, plan }: ResultFile): string {
  const versions = contenders.map(({ name, version }) =>
    name.endsWith(version) ? name : `${name} ${version}`,
  );
  return (
    `Measured ${date.slice(0, 10)} on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, ` +
    `${machine.platform}, Node ${machine.node}: ${versions.join(', ')}. Medians of ${plan.rounds} alternating rounds of about ` +
    `${plan.runSeconds.toFixed(1)} s, ± half the range; load from ${plan.loadProcesses} process${plan.loadProcesses === 1 ? '' : 'es'} over loopback. ` +
    'Ratio: how many times as fast the first one is, median over the rounds. CPU seconds per million messages ' +
    'delivered (published for 1→0); peak resident memory of the broker process over the cell.'
  );
}

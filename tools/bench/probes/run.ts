/** `node build/tools/bench/probes/run.js [--quick] [--only id,…] [--rounds n] [--peer PATH]… [--curves seconds] [--json FILE] [--profile FOLDER]`: probes alone. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Contender, onPath, peer, sluice } from '../brokers.js';
import type { Figure } from '../figures.js';
import { tidyUpOnExit } from '../processes.js';
import { median } from '../stats.js';
import { PROBES, type Probe, probeCurves, roundsOf } from './index.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    rounds: { type: 'string' },
    peer: { type: 'string', multiple: true },
    curves: { type: 'string' },
    json: { type: 'string' },
    profile: { type: 'string' },
  },
});

/** One line a figure: medians by contender, and the first one's ratio to each other. */
function line({ id, quantity = '', unit, expected, samples, notes = [] }: Figure): string {
  const medians = Object.entries(samples).map(([name, all]) => {
    const numbers = all.filter((sample) => typeof sample === 'number');
    const failures = all.filter((sample) => typeof sample !== 'number').map(({ failure }) => failure);
    return { name, median: median(numbers), failures };
  });
  const first = medians[0]?.median;
  const columns = medians.map(({ name, median, failures }, n) => {
    const ratio =
      n > 0 && first !== undefined && median !== undefined ? ` (${(first / median).toFixed(2)}×)` : '';
    const failed = failures.map((failure) => ` FAILED: ${failure}`).join('');
    return `${name} ${median?.toPrecision(4) ?? '–'}${ratio}${failed}`;
  });
  const wanted = expected === undefined ? '' : `, expected ${expected}×`;
  return [
    `${id} [${quantity} ${unit}${wanted}]: ${columns.join('; ')}`,
    ...notes.map((n) => `    ${n}`),
  ].join('\n');
}

/** The probe of that id, or all whose ids begin so. Throws where there is none. */
function named(name: string): readonly Probe[] {
  const exactly = PROBES.filter(({ id }) => id === name);
  const found = exactly.length > 0 ? exactly : PROBES.filter(({ id }) => id.startsWith(name));
  if (found.length > 0) return found;
  throw new RangeError(`no probe is called '${name}'; there are ${PROBES.map(({ id }) => id).join(' ')}`);
}

/** The same broker, leaving a CPU profile of every round in a folder when it ends. */
function profiled(contender: Contender, folder: string): Contender {
  const flags = ['--cpu-prof', `--cpu-prof-dir=${resolve(folder)}`, '--cpu-prof-interval=500'];
  return { ...contender, command: (nats, line) => contender.command(nats, line, flags) };
}

async function main(): Promise<number> {
  const own = values.profile === undefined ? sluice() : profiled(sluice(), values.profile);
  const found = values.peer ?? [onPath('nats-server')].filter((path) => path !== undefined);
  const contenders = [own, ...found.map(peer)];
  const chosen = values.only.split(',').flatMap(named);
  const figures: Figure[] = [];
  for (const probe of values.curves === undefined ? chosen : []) {
    const startedAt = performance.now();
    const rounds = Number(values.rounds ?? (values.quick ? 1 : probe.rounds));
    const made = await roundsOf(probe, contenders, rounds, values.quick ? 'quick' : 'full');
    const seconds = (performance.now() - startedAt) / 1000;
    console.log(`${probe.id}: ${probe.title}, ${seconds.toFixed(1)} s`);
    for (const figure of made) console.log(`  ${line(figure)}`);
    figures.push(...made);
  }
  const curves = values.curves === undefined ? [] : await probeCurves(contenders, Number(values.curves));
  for (const { id, title, lines } of curves) {
    console.log(`${id}: ${title}`);
    for (const [name, points] of Object.entries(lines)) {
      console.log(`  ${name}: ${points.map(([x, y]) => `${x} → ${y.toPrecision(3)}`).join(', ')}`);
    }
  }
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ figures, curves }, null, 2));
  return figures.some(({ samples }) =>
    Object.values(samples).some((all) => all.some((s) => typeof s !== 'number')),
  )
    ? 1
    : 0;
}

tidyUpOnExit('probes');
main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(`probes: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(2);
  },
);

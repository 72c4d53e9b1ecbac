/** Runs one cell against sluice under V8's CPU profiler. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { peer, sluice } from './brokers.js';
import { figuresOf } from './cell-figures.js';
import { CELLS, LEAF_CELLS, selectCells } from './cells.js';
import type { LoadFleet } from './fleet.js';
import { linked } from './linked.js';
import { measure } from './measure.js';
import type { Options } from './options.js';
import { type CpuProfile, hottest } from './profile.js';
import { progressOf } from './progress.js';

const HOT_FUNCTIONS = 25;

const HOW_TO_READ = `Open it in Chrome (DevTools, Performance, Load profile), in VS Code (just open the file: flame view), or at
https://www.speedscope.app, which reads it in the browser ("Left Heavy" adds up equal stacks).
A wide box is a function under which time was spent; "(program)" is native code: system calls, copies.`;

/** Prints the hot functions, where the profile is and how to read it. Throws a `RangeError` unless `name` is one cell. */
export async function profileCell(options: Options, name: string, fleet: LoadFleet): Promise<number> {
  const [cell, ...more] = selectCells(name, options.leaf ? LEAF_CELLS : CELLS);
  if (cell === undefined || more.length > 0) {
    throw new RangeError(`a profile is of one cell; '${name}' is ${more.length + 1}`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'sluice-profile-'));
  const plan = { rounds: 1, runSeconds: options.seconds ?? 4, warmUpSeconds: 0.5 };
  const flags = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=500'];
  const own = sluice(options.sluice);
  const [other] = options.peer;
  const contender = options.leaf ? linked(own, other === undefined ? own : peer(other)) : own;
  console.log(
    progressOf(figuresOf(await measure(cell, [contender], plan, fleet, flags)), [contender.name], []),
  );
  const files = readdirSync(folder).filter((entry) => entry.endsWith('.cpuprofile'));
  if (files.length === 0)
    throw new Error(`${contender.name} left no profile in ${folder}: did it exit on SIGTERM?`);
  for (const file of files) {
    const path = join(folder, file);
    console.log(`\nOwn time, idle time left out (${file}):`);
    for (const hot of hottest(JSON.parse(readFileSync(path, 'utf8')) as CpuProfile, HOT_FUNCTIONS)) {
      console.log(`${(hot.share * 100).toFixed(1).padStart(6)} %  ${hot.name}`);
    }
    console.log(`\nThe whole profile, with call stacks: ${path}`);
  }
  console.log(HOW_TO_READ);
  return 0;
}

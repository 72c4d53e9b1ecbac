import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Find } from '../client.js';
import { ask, run } from '../command.js';
import { runProgram } from '../program.js';
import { SOURCES } from './places.js';

const NAME = 'nats.c';

/** nats.c, where the C compiler (`CC`, else `cc`) finds its header and library. */
export const findC: Find = async (directory) => {
  const { CC: cc = 'cc' } = process.env;
  if ((await ask(cc, '--version')) === undefined) return { name: NAME, reason: `no C compiler (${cc})` };
  mkdirSync(directory, { recursive: true });
  const program = join(directory, 'interop-c');
  const flags = (await ask('pkg-config', '--cflags', '--libs', 'libnats')) ?? '-lnats';
  const words = ['-std=gnu11', '-Wall', '-Wextra', '-o', program, join(SOURCES, 'c', 'main.c')];
  const built = await run(cc, [...words, ...flags.split(/\s+/), '-lpthread'], { timeoutMs: 120_000 });
  if (built.code !== 0) {
    const why = /^.*(?:error|cannot find).*$/m.exec(built.text)?.[0] ?? built.text.slice(0, 200);
    return { name: NAME, reason: `${why} (apt install libnats-dev, or cnats of another package manager)` };
  }
  const version = (await ask(program, '--version')) ?? '?';
  return { name: NAME, version, run: (world) => runProgram([program], world) };
};

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Find } from '../client.js';
import { ask, run } from '../command.js';
import { runProgram } from '../program.js';
import { SOURCES } from './places.js';

const NAME = 'async-nats';

/** async-nats, from what `cargo` has already downloaded. */
export const findRust: Find = async (directory) => {
  const cargo = await ask('cargo', '--version');
  if (cargo === undefined) return { name: NAME, reason: 'no cargo command (https://rustup.rs)' };
  cpSync(join(SOURCES, 'rust'), directory, { recursive: true });
  const built = await run('cargo', ['build', '--offline', '--quiet'], { cwd: directory, timeoutMs: 600_000 });
  if (built.code !== 0) {
    const why = /^.*error.*$/m.exec(built.text)?.[0] ?? built.text.slice(0, 200);
    return {
      name: NAME,
      reason: `cargo build --offline: ${why} (cargo fetch in a copy of tools/interop/rust)`,
    };
  }
  const tree = await run('cargo', ['tree', '--offline', '--depth', '1'], { cwd: directory });
  const version = /async-nats v(\S+)/.exec(tree.stdout)?.[1] ?? '?';
  const program = join(directory, 'target', 'debug', 'sluice-interop');
  return { name: NAME, version, run: (world) => runProgram([program], world) };
};

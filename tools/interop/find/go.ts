import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Find } from '../client.js';
import { ask, run } from '../command.js';
import { runProgram } from '../program.js';
import { namesIn, newestFirst, SOURCES } from './places.js';

const NAME = 'nats.go';
const MODULE = 'github.com/nats-io/nats.go';

/** The versions of the module that are in the module cache, newest first. */
function cached(cache: string): string[] {
  const names = namesIn(join(cache, 'cache', 'download', MODULE, '@v'));
  const zips = names.filter((name) => /^v[\d.]+\.zip$/.test(name));
  return newestFirst(zips.map((name) => name.slice(0, -'.zip'.length)));
}

/** nats.go, from the module cache of the `go` command; nothing is downloaded. */
export const findGo: Find = async (directory) => {
  const cache = await ask('go', 'env', 'GOMODCACHE');
  if (cache === undefined) return { name: NAME, reason: 'no go command (https://go.dev/dl)' };
  const program = join(directory, 'interop-go');
  const env = { GOFLAGS: '-mod=mod', GOPROXY: 'off', GOSUMDB: 'off', GOTOOLCHAIN: 'local' };
  mkdirSync(directory, { recursive: true });
  let problem = 'not in the module cache';
  for (const version of cached(cache)) {
    for (const file of ['go.mod', 'main.go', 'streams.go'])
      cpSync(join(SOURCES, 'go', file), join(directory, file));
    const options = { cwd: directory, env, timeoutMs: 300_000 };
    await run('go', ['mod', 'edit', `-require=${MODULE}@${version}`], options);
    const { code, text } = await run('go', ['build', '-o', program, '.'], options);
    if (code === 0) return { name: NAME, version, run: (world) => runProgram([program], world) };
    problem = `${version} does not build: ${text.trim().split('\n').slice(0, 3).join(' ')}`;
  }
  return { name: NAME, reason: `${problem} (in any Go module: go get ${MODULE}@latest)` };
};

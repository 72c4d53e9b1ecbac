/** `make diff ARGS="--conf FOLDER"`: the verdicts of both servers on every configuration file of a folder. */
import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { differenceOf, KINDS, shownBoth } from './compare.js';
import { knownConf } from './known.js';
import { check } from './verdict.js';

export interface ConfOptions {
  /** Where the files are, in folders in it as well. */
  readonly folder: string;
  /** Where both servers run, as relative paths of certificates go by it. */
  readonly cwd: string;
  readonly peer: string;
  readonly cli: string;
}

/** Every `.conf` and `.cfg` below a folder, in order. */
export function confFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:conf|cfg)$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** Compares all; prints what differs and the counts. @returns how many differences are not known */
export async function compareConfs({ folder, cwd, peer, cli }: ConfOptions): Promise<number> {
  const files = confFiles(folder);
  if (files.length === 0) throw new Error(`no .conf file in ${folder}`);
  const theirs = { path: peer, words: [] };
  const ours = { path: process.execPath, words: [cli], argv0: 'nats-server' };
  const unknown = new Map<string, number>();
  const known = new Map<string, number>();
  const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const file of files) {
    const path = resolve(file);
    const [expected, actual] = await Promise.all([check(theirs, path, cwd), check(ours, path, cwd)]);
    const difference = differenceOf(expected, actual);
    if (difference === undefined) continue;
    const name = knownConf(difference)?.name;
    count(name === undefined ? unknown : known, name ?? difference.kind);
    if (name === undefined) console.log(`\n${shownBoth(relative(folder, file), difference)}`);
  }
  const different = total(unknown) + total(known);
  console.log(
    `\n${files.length} files, ${files.length - different} alike, ${total(known)} known differences`,
  );
  for (const [name, times] of known) console.log(`  ${times} × known: ${name}`);
  for (const kind of KINDS) if (unknown.has(kind)) console.log(`  ${unknown.get(kind)} × ${kind}`);
  return total(unknown);
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, each) => sum + each, 0);
}

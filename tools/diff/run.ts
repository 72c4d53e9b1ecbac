/** `make diff`: the differential tester. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tidyUpOnExit } from '../bench/processes.js';
import { type Difference, firstDifference, sideBySide } from './compare.js';
import { compareConfs } from './conf/run.js';
import { generate } from './generate.js';
import { compareJetStream } from './jetstream/run.js';
import { knownAs } from './known.js';
import { type Options, parseOptions } from './options.js';
import { play, type WaitTimes } from './player.js';
import { findPeer, OWN_CLI, refusal, type Server, startPeer, startSluice, versionOf } from './servers.js';
import type { Session } from './session.js';
import { shrink } from './shrink.js';
import { type Scene, scenesOf } from './transcript.js';
import { VARIANTS, type Variant } from './variants.js';

/** Sessions of one variant before the next one's turn. */
const TURN = 100;
const BRISK: WaitTimes = { settleMs: 12, answerMs: 60, pauseMs: 1 };
const PATIENT: WaitTimes = { settleMs: 120, answerMs: 600, pauseMs: 25 };
const MODERATE: WaitTimes = { settleMs: 40, answerMs: 150, pauseMs: 8 };

/** sluice holds back the refusal of a login so long, and a little more, in milliseconds. */
const REFUSAL_MS = 130;

interface Pair {
  readonly variant: Variant;
  /** Of the peer, `v2.10.29`. */
  readonly version: string;
  readonly peer: Server;
  readonly sluice: Server;
}

interface Outcome {
  readonly expected: readonly Scene[];
  readonly actual: readonly Scene[];
  readonly difference: Difference | undefined;
}

interface Tally {
  sessions: number;
  steps: number;
  unknown: number;
  /** Differences that a patient second look did not show. */
  flukes: number;
  readonly known: Map<string, number>;
}

async function compare(
  session: Session,
  { variant, peer, sluice }: Pair,
  least: WaitTimes,
): Promise<Outcome> {
  const heldMs = variant.credentials === undefined ? 0 : REFUSAL_MS;
  const patience = { ...least, settleMs: least.settleMs + heldMs, answerMs: least.answerMs + heldMs };
  const [theirs, ours] = await Promise.all([
    play(session, peer.port, patience),
    play(session, sluice.port, patience),
  ]);
  const expected = scenesOf(session, theirs);
  const actual = scenesOf(session, ours);
  return { expected, actual, difference: firstDifference(expected, actual) };
}

/** Plays one session on both; true where it is time to stop. */
async function runOne(
  seed: number,
  pair: Pair,
  options: Options,
  tally: Tally,
  folder: string,
): Promise<boolean> {
  const session = generate(seed, pair.variant, options.clients);
  tally.sessions++;
  tally.steps += session.steps.length;
  const first = await compare(session, pair, BRISK);
  if (first.difference === undefined) return false;
  const second = await compare(session, pair, PATIENT);
  if (second.difference === undefined) {
    tally.flukes++;
    return false;
  }
  const differs = async (candidate: Session): Promise<boolean> =>
    (await compare(candidate, pair, MODERATE)).difference !== undefined;
  const small = await shrink(session, differs);
  const last = await compare(small, pair, PATIENT);
  const [shown, outcome] = last.difference === undefined ? [session, second] : [small, last];
  const difference = outcome.difference!;
  const known = knownAs(shown, difference, pair.version);
  if (known !== undefined) {
    tally.known.set(known.name, (tally.known.get(known.name) ?? 0) + 1);
    return false;
  }
  tally.unknown++;
  const text = `seed ${seed}, ${sideBySide(shown, outcome.expected, outcome.actual, difference)}`;
  const file = join(folder, `${pair.variant.name}-${seed}.txt`);
  writeFileSync(file, `${text}\n`);
  console.log(`\n${text}\n\nwritten to ${file}`);
  return !options.keepGoing;
}

/** Versions that sluice is compared with: the one whose level it has, and the newest. */
const COMPARED = ['v2.10.', 'v2.15.'];

/** The nats-server to compare with, which is printed. */
function peerOf(options: Options): { path: string; version: string } {
  const path = findPeer(options.peer, process.env);
  if (path === undefined) throw new Error('no nats-server: name one with --peer or NATS_SERVER');
  const version = versionOf(path);
  console.log(`peer: ${path}, ${version}`);
  if (!COMPARED.some((each) => version.startsWith(each)))
    console.log('That is neither the 2.10 nor the 2.15 that sluice is compared with.');
  return { path, version };
}

/** The variants to run, each with both servers ready. */
async function startPairs(options: Options): Promise<Pair[]> {
  const { path, version } = peerOf(options);
  const cli = options.sluice ?? OWN_CLI;
  const names = options.variant?.split(',') ?? VARIANTS.map(({ name }) => name);
  const wanted = VARIANTS.filter(({ name }) => names.includes(name));
  if (wanted.length < names.length)
    throw new Error(
      `no variant ${options.variant}, all there are: ${VARIANTS.map(({ name }) => name).join(', ')}`,
    );
  const pairs: Pair[] = [];
  for (const variant of wanted) {
    const refused = refusal(cli, variant);
    if (refused !== undefined) console.log(`variant ${variant.name} is left out: ${refused}`);
    else
      pairs.push({
        variant,
        version,
        peer: await startPeer(path, variant),
        sluice: await startSluice(cli, variant),
      });
  }
  return pairs;
}

/** Plays until there is enough of it; the exit code. */
async function run(options: Options): Promise<number> {
  const { conf } = options;
  if (conf !== undefined) {
    const cli = options.sluice ?? OWN_CLI;
    const unknown = await compareConfs({
      folder: conf,
      cwd: options.cwd ?? conf,
      peer: peerOf(options).path,
      cli,
    });
    return unknown > 0 ? 1 : 0;
  }
  if (options.jetstream) {
    const { path, version } = peerOf(options);
    const unknown = await compareJetStream({
      ...{
        peer: path,
        version,
        cli: options.sluice ?? OWN_CLI,
        seed: options.seed,
        keepGoing: options.keepGoing,
      },
      ...{
        sessions: options.sessions,
        ...(options.minutes === undefined ? {} : { minutes: options.minutes }),
      },
    });
    return unknown > 0 ? 1 : 0;
  }
  const pairs = await startPairs(options);
  const folder = mkdtempSync(join(tmpdir(), 'sluice-diff-'));
  const tally: Tally = { sessions: 0, steps: 0, unknown: 0, flukes: 0, known: new Map() };
  const start = Date.now();
  const over = (): boolean =>
    options.minutes === undefined
      ? tally.sessions >= options.sessions
      : Date.now() - start >= options.minutes * 60_000;
  let stopped = pairs.length === 0;
  while (!stopped && !over()) {
    const pair = pairs[Math.floor(tally.sessions / TURN) % pairs.length]!;
    stopped = await runOne(options.seed + tally.sessions, pair, options, tally, folder);
    for (const server of [pair.peer, pair.sluice]) {
      const died = server.died();
      if (died !== undefined) throw new Error(`${server.name} has died:\n${died}`);
    }
  }
  await Promise.all(pairs.flatMap(({ peer, sluice }) => [peer.stop(), sluice.stop()]));
  const seconds = (Date.now() - start) / 1_000;
  console.log(
    `\n${tally.sessions} sessions from seed ${options.seed}, ${tally.steps} steps, ${seconds.toFixed(0)} s; ` +
      `${tally.unknown} unknown differences, ${tally.flukes} that a second look did not show`,
  );
  for (const [name, count] of tally.known) console.log(`  ${count} × known: ${name}`);
  return tally.unknown > 0 || tally.sessions === 0 ? 1 : 0;
}

tidyUpOnExit('diff');
try {
  process.exitCode = await run(parseOptions(process.argv.slice(2), Date.now()));
} catch (error) {
  console.error(`diff: ${(error as Error).message}`);
  process.exit(2);
}

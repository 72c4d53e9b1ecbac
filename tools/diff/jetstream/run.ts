/** `make diff ARGS=--jetstream`: random sessions with JetStream on nats-server and on sluice. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyFolder } from '../../bench/processes.js';
import { type Server, startPeer, startSluice } from '../servers.js';
import { fewer } from '../shrink.js';
import { differencesOf, type SectionDifference, sideBySide } from './compare.js';
import { generateSession } from './generate.js';
import { judge } from './known.js';
import type { JetStreamSession, Operation } from './operations.js';
import { type Patience, playSession, type Section } from './play.js';

/** What to play, and on what. */
export interface JetStreamRun {
  readonly peer: string;
  /** `v2.10.29` */
  readonly version: string;
  readonly cli: string;
  readonly seed: number;
  readonly sessions: number;
  readonly minutes?: number;
  readonly keepGoing: boolean;
}

interface Pair {
  readonly version: string;
  readonly peer: Server;
  readonly sluice: Server;
}

interface Outcome {
  readonly expected: readonly Section[];
  /** The first one that is not known. */
  readonly difference: SectionDifference | undefined;
  /** Names of those that are known. */
  readonly known: readonly string[];
}

const BRISK: Patience = { answerMs: 150, settleMs: 10 };
const PATIENT: Patience = { answerMs: 1_000, settleMs: 60 };
const MODERATE: Patience = { answerMs: 300, settleMs: 20 };
/** Most sessions that are played for one that is shrunk. */
const MOST_TRIES = 120;

async function compare(session: JetStreamSession, pair: Pair, patience: Patience): Promise<Outcome> {
  const [expected, actual] = await Promise.all([
    playOn(pair.peer, session, patience),
    playOn(pair.sluice, session, patience),
  ]);
  const differences = differencesOf(expected, actual);
  const { unknown, known } = judge(differences, pair.version);
  return { expected, difference: unknown, known };
}

async function playOn(
  server: Server,
  session: JetStreamSession,
  patience: Patience,
): Promise<readonly Section[]> {
  try {
    return await playSession(session, server.port, patience);
  } catch (error) {
    throw new Error(`${server.name}: ${server.died() ?? (error as Error).message}`, { cause: error });
  }
}

/** The session without what it does not need to differ. */
async function shrunk(session: JetStreamSession, pair: Pair): Promise<JetStreamSession> {
  let tries = 0;
  const differs = async (operations: readonly Operation[]): Promise<boolean> =>
    tries++ < MOST_TRIES &&
    (await compare({ ...session, operations }, pair, MODERATE)).difference !== undefined;
  return { ...session, operations: await fewer(session.operations, differs) };
}

/** Of `v2.10.29` 10. */
function minorOf(version: string): number {
  return Number(/^v2\.(\d+)/.exec(version)?.[1] ?? 0);
}

function configurations(version: string): { readonly natsServer: string; readonly sluice: string } {
  const folder = (name: string): string => JSON.stringify(mkdtempSync(join(emptyFolder(), name)));
  const strict = minorOf(version) >= 12 ? 'strict: false, ' : ''; // unknown fields are ignored, as by 2.10 and by sluice
  return {
    natsServer: `jetstream { ${strict}store_dir: ${folder('peer-')} }`,
    sluice: `[jetstream]\nstore_dir = ${folder('sluice-')}`,
  };
}

/** Plays until there is enough of it; resolves with how many unknown differences there were. */
export async function compareJetStream(run: JetStreamRun): Promise<number> {
  const configs = configurations(run.version);
  const pair: Pair = {
    version: run.version,
    peer: await startPeer(run.peer, configs),
    sluice: await startSluice(run.cli, configs),
  };
  const folder = mkdtempSync(join(tmpdir(), 'sluice-diff-'));
  const known = new Map<string, number>();
  let [sessions, operations, unknown, flukes] = [0, 0, 0, 0];
  const start = Date.now();
  const isOver = (): boolean =>
    run.minutes === undefined ? sessions >= run.sessions : Date.now() - start >= run.minutes * 60_000;
  while (!isOver() && (unknown === 0 || run.keepGoing)) {
    const seed = run.seed + sessions++;
    const session = generateSession(seed, minorOf(run.version) > 10 ? 1 : 0);
    operations += session.operations.length;
    const first = await compare(session, pair, BRISK).catch((error: unknown) => {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    });
    for (const name of new Set(first.known)) known.set(name, (known.get(name) ?? 0) + 1);
    if (first.difference === undefined) continue;
    const second = await compare(session, pair, PATIENT);
    if (second.difference === undefined) {
      flukes++;
      continue;
    }
    const small = await shrunk(session, pair);
    const last = await compare(small, pair, PATIENT);
    const outcome = last.difference === undefined ? second : last;
    unknown++;
    const text = `seed ${seed}, ${sideBySide(outcome.expected, outcome.difference!)}`;
    const file = join(folder, `jetstream-${seed}.txt`);
    writeFileSync(file, `${text}\n`);
    console.log(`\n${text}\n\nwritten to ${file}`);
  }
  await Promise.all([pair.peer.stop(), pair.sluice.stop()]);
  console.log(
    `\n${sessions} sessions with JetStream from seed ${run.seed}, ${operations} operations, ` +
      `${((Date.now() - start) / 1_000).toFixed(0)} s; ${unknown} unknown differences, ${flukes} that a second look did not show`,
  );
  for (const [name, count] of known) console.log(`  known in ${count} sessions: ${name}`);
  return unknown;
}

/** `make fuzz SECONDS=n SEED=s`: all decoders, then a live broker, on bytes from seeds. */
import { parseArgs } from 'node:util';
import { tidyUpOnExit } from '../../bench/processes.js';
import { judgeCodec } from './codecs.js';
import { dialectOf, type FuzzDialect, generate } from './generate.js';
import { judgeMemory } from './memory.js';
import { fixtureRow, minimise } from './minimise.js';
import { Target } from './target.js';

/** Cases of the decoders for one of the live broker, which takes a hundred times as long. */
const CODEC_CASES = 8;
const MEMORY_EVERY = 9_999;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
  },
});
const seconds = Number(values.seconds);
const firstSeed = Number(values.seed);
if (!(seconds > 0) || !Number.isSafeInteger(firstSeed)) {
  console.error('usage: fuzz [--seconds n] [--seed n]');
  process.exit(2);
}
tidyUpOnExit('fuzz');

let failures = 0;

async function report(
  dialect: FuzzDialect,
  seed: number,
  what: string,
  wire: Buffer,
  fails: (candidate: Buffer) => Promise<boolean>,
): Promise<void> {
  failures++;
  console.log(`\nseed ${seed}, ${dialect}: ${what}`);
  const small = await minimise(wire, fails);
  console.log(fixtureRow(dialect, seed, what, small));
}

/** On a broker of its own, so that what the others did has no part in it. */
async function failsLive(
  wire: Buffer,
  dialect: FuzzDialect,
  seed: number,
  restricted: boolean,
): Promise<boolean> {
  const fresh = await Target.start(restricted);
  try {
    return (await fresh.run(wire, dialect, seed)) !== undefined;
  } finally {
    await fresh.stop();
  }
}

console.log(`fuzzing for ${seconds} s from seed ${firstSeed}`);
/** One where anybody may do anything, and one where not. */
const targets = [await Target.start(false), await Target.start(true)];
let codecCases = 0;
let liveCases = 0;
let bytes = 0;
let seed = firstSeed;
const deadline = Date.now() + seconds * 1_000;
for (; Date.now() < deadline && failures < 10; seed++) {
  const dialect = dialectOf(seed);
  const wire = generate(seed, dialect);
  bytes += wire.length;
  codecCases++;
  const what = await judgeCodec(wire, dialect, seed);
  if (what !== undefined) {
    const current = seed;
    await report(
      dialect,
      seed,
      what,
      wire,
      async (less) => (await judgeCodec(less, dialect, current)) !== undefined,
    );
  }
  if (codecCases % MEMORY_EVERY === 0) {
    const grown = await judgeMemory(seed, dialect);
    if (grown !== undefined) {
      failures++;
      console.log(`\nseed ${seed}, ${dialect}: ${grown}`);
    }
  }
  if (codecCases % (CODEC_CASES - 1) !== 0) continue;
  const which = liveCases++ % 2;
  const wrong = await targets[which]!.run(wire, dialect, seed);
  if (wrong === undefined) continue;
  const current = seed;
  await report(dialect, seed, wrong, wire, (less) => failsLive(less, dialect, current, which === 1));
  await targets[which]!.stop().catch(() => {});
  targets[which] = await Target.start(which === 1);
}
for (const target of targets) await target.stop();

console.log(
  `${codecCases} cases at the decoders, each at 4 cuttings, ${liveCases} at live brokers, ${(bytes / 1e6).toFixed(1)} MB; last seed ${seed - 1}; ${failures} failures`,
);
process.exit(failures === 0 ? 0 : 1);

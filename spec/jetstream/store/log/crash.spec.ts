import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { LogStore } from '../../../../lib/jetstream/store/log/log-store.js';
import { FakeClock } from '../../../support/fake-clock.js';
import {
  Changes,
  DIRECTORY,
  pictureOf,
  pictureOfModel,
  resourcesOn,
  type Step,
} from '../../../support/jetstream/log-rig.js';
import { SimulatedDisk } from '../../../support/jetstream/simulated-disk.js';
import { StoreModel } from '../../../support/jetstream/store-model.js';
import { seeded } from '../../../support/random.js';

/** More of it: `CRASH_ROUNDS=50`. */
const { CRASH_ROUNDS = '1' } = process.env;
const ROUNDS = Number(CRASH_ROUNDS);
const SYNC_MS = 10;

const bytes = fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 300, max: 9_000 }));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({ do: fc.constant('append'), subject: fc.constantFrom('a', 'b.c', 'ü.☃'), bytes }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('remove'), back: fc.nat(30), erase: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('truncate'), back: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('skip'), count: fc.constantFrom(1, 3, 70_000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sync') }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('turns'), count: fc.integer({ min: 1, max: 6 }) }) },
);

/** A stream with a limit: each message that comes takes the place of another one. */
const limited: fc.Arbitrary<Step[]> = fc
  .tuple(
    fc.integer({ min: 2, max: 14 }),
    fc.boolean(),
    fc.array(fc.tuple(fc.integer({ min: 0, max: 700 }), fc.nat(4)), { minLength: 20, maxLength: 90 }),
  )
  .map(([back, erase, messages]) =>
    messages.flatMap(([size, count]): Step[] => [
      { do: 'append', subject: 'a', bytes: size },
      { do: 'remove', back, erase },
      ...(size % 5 === 0 ? [{ do: 'remove', back: 1, erase } as const] : []),
      { do: 'turns', count: count < 2 ? 0 : count },
    ]),
  );
const workload = fc.oneof(fc.array(step, { maxLength: 50 }), limited);

/** What was promised when the process ended. */
interface Promised {
  readonly disk: SimulatedDisk;
  readonly changes: Changes;
  /** How many of the changes are committed. */
  committed: number;
}

/** Carries out `steps` on a new disk that stops at an operation; resolves when it is there, or all is done. */
async function run(steps: readonly Step[], stopAt: number, sync: 'always' | number): Promise<Promised> {
  const disk = new SimulatedDisk();
  const clock = new FakeClock();
  const store = await LogStore.create(DIRECTORY, resourcesOn(disk, { sync, clock }), 1);
  disk.stopAt = disk.operations + stopAt;
  const changes = new Changes();
  const promised = { disk, changes, committed: 0 };
  store.listen({
    committed: (sequence) => {
      promised.committed = Math.max(promised.committed, changes.doneAt.get(sequence) ?? 0);
    },
    failed: () => {},
    recovered: () => {},
  });
  for (const each of steps) {
    if (disk.isStopped) break;
    await changes.make(store, each);
    clock.pass(1);
  }
  for (let turn = 0; turn < 40 && !disk.isStopped; turn++) await setImmediate();
  return promised;
}

/** Opens what a crash has left; it must be what the changes up to one of them come to, and that one at least `atLeast`. */
async function check(disk: SimulatedDisk, { changes }: Promised, atLeast: number): Promise<void> {
  const resources = resourcesOn(disk);
  const store = await LogStore.open(DIRECTORY, resources);
  const found = pictureOf(store);
  const possible: unknown[] = [];
  const model = new StoreModel(1, (...message) => store.sizeOf(...message));
  for (const [index, change] of [() => {}, ...changes.done].entries()) {
    change(model);
    if (index >= atLeast) possible.push(JSON.stringify(pictureOfModel(model)));
  }
  if (!possible.includes(JSON.stringify(found))) {
    expect(found).to.deep.equal(JSON.parse(possible.at(-1) as string), `${resources.warnings.join('\n')}`);
  }
  // And it goes on from there.
  const sequence = store.append('next', Buffer.from('next'), 0, { ms: 9e12, ns: 0 });
  await store.close();
  const again = await LogStore.open(DIRECTORY, resourcesOn(disk));
  expect(String(again.get(sequence)?.body)).to.equal('next');
  await again.close();
}

describe('Log after a crash', () => {
  for (const sync of ['always', SYNC_MS] as const) {
    it(`has all that was committed when the process is killed, sync ${sync}`, () =>
      fc.assert(
        fc.asyncProperty(workload, fc.nat(250), async (steps, stopAt) => {
          const promised = await run(steps, stopAt, sync);
          await check(
            promised.disk.afterKill(),
            promised,
            Math.max(promised.committed, promised.changes.durable),
          );
        }),
        { numRuns: 150 * ROUNDS },
      ));

    it(`has all that is durable when power is lost, sync ${sync}`, () =>
      fc.assert(
        fc.asyncProperty(workload, fc.nat(250), fc.integer(), async (steps, stopAt, seed) => {
          const promised = await run(steps, stopAt, sync);
          await check(
            promised.disk.afterPowerLoss(seeded(seed)),
            promised,
            sync === 'always'
              ? Math.max(promised.committed, promised.changes.durable)
              : promised.changes.durable,
          );
        }),
        { numRuns: 300 * ROUNDS },
      ));
  }
});

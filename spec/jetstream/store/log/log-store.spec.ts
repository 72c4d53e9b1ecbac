import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { LogStore } from '../../../../lib/jetstream/store/log/log-store.js';
import { DIRECTORY, resourcesOn } from '../../../support/jetstream/log-rig.js';
import { SimulatedDisk } from '../../../support/jetstream/simulated-disk.js';
import { conforms } from '../../../support/jetstream/store-conformance.js';
import { seeded } from '../../../support/random.js';

describe('Log store', () => {
  for (const [what, reopens, turns] of [
    ['before it writes', 0, 0],
    ['while it writes', 0, 3],
    ['closed and opened again and again', 0.1, 3],
  ] as const) {
    it(`answers as an array of messages would, ${what}`, () =>
      fc.assert(conformsOn(reopens, turns), { numRuns: 100 }));
  }

  it('finds a message by its time where blocks after it have had none', async () => {
    const store = await LogStore.create(DIRECTORY, resourcesOn(new SimulatedDisk()), 1);
    const at = (ms: number) => ({ ms: 1_000 + ms, ns: 0 });
    const append = (bytes: number, ms: number) => store.append('a', Buffer.alloc(bytes), 0, at(ms));
    for (const change of [
      () => append(0, 1),
      () => append(0, 1),
      () => append(2_900, 2), // more than a block has room for
      () => store.remove(3, false), // which is in a block of its own, put together with the one of the first two
      () => append(2_900, 3),
    ]) {
      change();
      for (let turn = 0; turn < 3; turn++) await setImmediate();
    }
    for (let turn = 0; turn < 50; turn++) await setImmediate();
    expect([store.sequenceAt(at(1)), store.sequenceAt(at(2))]).to.deep.equal([1, 4]);
    await store.close();
  });
});

function conformsOn(reopens: number, turns: number) {
  const random = seeded(reopens * 10 + turns);
  let resources = resourcesOn(new SimulatedDisk());
  return conforms(
    (first) => {
      resources = resourcesOn(new SimulatedDisk());
      return LogStore.create(DIRECTORY, resources, first);
    },
    async (store) => {
      for (let turn = Math.floor(random() * turns); turn > 0; turn--) await setImmediate();
      if (random() >= reopens) return store;
      await store.close();
      return LogStore.open(DIRECTORY, resources);
    },
  );
}

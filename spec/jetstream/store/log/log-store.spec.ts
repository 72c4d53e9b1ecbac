import { setImmediate } from 'node:timers/promises';
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

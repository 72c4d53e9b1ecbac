import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { FileJournal } from '../../../../lib/jetstream/store/log/consumer-journal.js';
import { JournalState, snapshotOf } from '../../../../lib/jetstream/store/log/consumer-state.js';
import type { ConsumerState } from '../../../../lib/jetstream/store/storage.js';
import { JournaledModel } from '../../../support/jetstream/journaled-model.js';
import { resourcesOn } from '../../../support/jetstream/log-rig.js';
import { SimulatedDisk } from '../../../support/jetstream/simulated-disk.js';

const number = fc.nat(2 ** 40);
const place = fc.record({ consumer: number, stream: number });
const pending = fc.record({ consumer: number, at: number, deliveries: fc.nat(5) });
const entry = fc.tuple(fc.nat(30), pending);
const state: fc.Arbitrary<ConsumerState> = fc
  .record({
    delivered: place,
    ackFloor: place,
    pending: fc.array(entry, { maxLength: 12 }).map((entries) => new Map(entries)),
    deliveries: fc
      .array(fc.tuple(fc.nat(30), fc.nat(9)), { maxLength: 5 })
      .map((entries) => new Map(entries)),
  })
  .map(({ deliveries, ...rest }) => ({
    ...rest,
    deliveries: new Map([...deliveries].filter(([sequence]) => !rest.pending.has(sequence))),
  }));

function plain({ delivered, ackFloor, pending, deliveries }: ConsumerState) {
  const byKey = ([one]: [number, unknown], [other]: [number, unknown]) => one - other;
  return JSON.stringify({
    delivered: { consumer: delivered.consumer, stream: delivered.stream },
    ackFloor: { consumer: ackFloor.consumer, stream: ackFloor.stream },
    pending: [...pending].sort(byKey),
    deliveries: [...deliveries].sort(byKey),
  });
}

function journalOn(disk: SimulatedDisk) {
  const resources = resourcesOn(disk);
  const owner = { remove: () => Promise.resolve(), closed: () => {} };
  return { journal: new FileJournal('/obs', resources, { account: 'A', name: 'c' }, owner), resources };
}

function keptOn(disk: SimulatedDisk): JournalState | undefined {
  const kept = new JournalState();
  const bytes = disk.read('/obs/state');
  return bytes !== undefined && kept.replay(bytes) ? kept : undefined;
}

/** Turns until what was given last is written. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 16; turn++) await setImmediate();
}

describe('Journal of a consumer', () => {
  it('has the last state that it was given, once closed', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(state, fc.boolean()), { minLength: 1, maxLength: 12 }),
        async (states) => {
          const disk = new SimulatedDisk();
          const { journal } = journalOn(disk);
          const model = new JournaledModel();
          for (const [each, waits] of states) {
            journal.changed(model.become(each));
            if (waits) await settle();
          }
          await journal.close();
          expect(plain(keptOn(disk)!.state)).to.equal(plain(states.at(-1)![0]));
        },
      ),
      { numRuns: 60 },
    ));

  it('has a state that it was given, wherever its file is cut', () =>
    fc.assert(
      fc.asyncProperty(fc.array(state, { minLength: 1, maxLength: 8 }), fc.nat(), async (states, where) => {
        const disk = new SimulatedDisk();
        const { journal } = journalOn(disk);
        const model = new JournaledModel();
        for (const each of states) {
          journal.changed(model.become(each));
          await settle();
        }
        const bytes = disk.read('/obs/state')!;
        const kept = new JournalState();
        const isThere = kept.replay(bytes.subarray(0, where % (bytes.length + 1)));
        if (isThere) expect(states.map(plain)).to.include(plain(kept.state));
        await journal.close();
      }),
      { numRuns: 60 },
    ));

  it('asks for the state once a turn at most', async () => {
    const { journal } = journalOn(new SimulatedDisk());
    const model = new JournaledModel();
    for (let i = 0; i < 100; i++) journal.changed(model);
    expect(model.asked).to.equal(0);
    await settle();
    expect(model.asked).to.equal(1);
    await journal.close();
  });

  it('stays small: it begins anew with a snapshot', async () => {
    const disk = new SimulatedDisk();
    const { journal } = journalOn(disk);
    const model = new JournaledModel();
    for (let i = 1; i <= 1_500; i++) {
      const place = { consumer: i, stream: i };
      journal.changed(
        model.become({ delivered: place, ackFloor: place, pending: new Map(), deliveries: new Map() }),
      );
      for (let turn = 0; turn < 4; turn++) await setImmediate();
    }
    await journal.close();
    expect(disk.read('/obs/state')!.length).to.be.lessThan(66_000);
    expect(keptOn(disk)?.state.delivered).to.deep.equal({ consumer: 1_500, stream: 1_500 });
  });

  it('warns once when it cannot write, and has everything once it can', async () => {
    const disk = new SimulatedDisk();
    const { journal, resources } = journalOn(disk);
    disk.fault = { operation: 'write', at: 1, times: 2, code: 'ENOSPC' };
    const place = { consumer: 7, stream: 9 };
    const entry = { consumer: 7, at: 5, deliveries: 2 };
    journal.changed(
      new JournaledModel().become({
        ...{ delivered: place, ackFloor: place },
        pending: new Map([[9, entry]]),
        deliveries: new Map(),
      }),
    );
    await settle();
    for (let i = 0; i < 3; i++) {
      resources.clock.pass(1_000);
      await settle();
    }
    expect(resources.warnings).to.have.length(1);
    expect(keptOn(disk)?.state.pending.get(9)).to.deep.equal(entry);
    await journal.close();
  });

  it('writes what has changed, however much there is', async () => {
    const disk = new SimulatedDisk();
    const { journal } = journalOn(disk);
    const model = new JournaledModel();
    const far = { consumer: 1, at: 5, deliveries: 1 };
    const place = { consumer: 20_000, stream: 20_000 };
    const pending = new Map(Array.from({ length: 20_000 }, (_, i) => [i + 1, far] as const));
    journal.changed(
      model.become({ delivered: place, ackFloor: place, pending, deliveries: new Map([[20_001, 3]]) }),
    );
    let turns = 0;
    for (; keptOn(disk) === undefined; turns++) await setImmediate();
    expect(turns).to.be.greaterThan(4);
    await settle();
    model.looked = 0;
    const before = disk.read('/obs/state')!.length;
    const less = new Map(pending);
    for (let i = 1; i <= 10; i++) less.delete(i);
    journal.changed(
      model.become({ delivered: place, ackFloor: place, pending: less, deliveries: new Map([[1, 2]]) }),
    );
    await settle();
    expect(model.looked).to.be.at.most(20);
    expect(disk.read('/obs/state')!.length - before).to.be.lessThan(400);
    await journal.close();
    expect(plain(keptOn(disk)!.state)).to.equal(plain(model.state));
  });

  it('has in a snapshot what changes while that is made', async () => {
    const disk = new SimulatedDisk();
    const { journal } = journalOn(disk);
    const model = new JournaledModel();
    const far = { consumer: 1, at: 5, deliveries: 1 };
    const pending = new Map(Array.from({ length: 20_000 }, (_, i) => [i + 1, far] as const));
    const at = (sequence: number) => ({ consumer: sequence, stream: sequence });
    journal.changed(model.become({ delivered: at(20_000), ackFloor: at(0), pending, deliveries: new Map() }));
    for (let i = 1; i <= 12; i++) {
      await setImmediate();
      pending.delete(i);
      pending.set(20_000 + i, { ...far, consumer: 20_000 + i });
      model.note(i, 20_000 + i);
      model.state = { ...model.state, delivered: at(20_000 + i), ackFloor: at(i) };
      journal.changed(model);
      const kept = keptOn(disk)?.state;
      // No message that was delivered is passed over.
      const { stream } = kept?.delivered ?? at(0);
      for (let each = 20_001; each <= stream; each++) expect(kept?.pending.has(each)).to.equal(true);
    }
    await journal.close();
    expect(plain(keptOn(disk)!.state)).to.equal(plain(model.state));
  });

  it('has nothing beyond the end of its stream', () => {
    const kept = new JournalState();
    const far = { consumer: 9, at: 5, deliveries: 1 };
    const model = new JournaledModel().become({
      delivered: { consumer: 9, stream: 12 },
      ackFloor: { consumer: 3, stream: 4 },
      pending: new Map([
        [5, far],
        [12, far],
      ]),
      deliveries: new Map([
        [6, 2],
        [11, 2],
      ]),
    });
    for (const part of snapshotOf(model)) kept.replay(part);
    kept.limitTo(10);
    const { delivered, ackFloor, pending, deliveries } = kept.state;
    expect({
      delivered,
      ackFloor,
      pending: [...pending.keys()],
      deliveries: [...deliveries.keys()],
    }).to.deep.equal({
      delivered: { consumer: 9, stream: 10 },
      ackFloor: { consumer: 3, stream: 4 },
      pending: [5],
      deliveries: [6],
    });
  });
});

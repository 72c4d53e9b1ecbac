import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Instant } from '../../../../lib/jetstream/instant.js';
import { LogStore } from '../../../../lib/jetstream/store/log/log-store.js';
import { DIRECTORY, pictureOf, resourcesOn } from '../../../support/jetstream/log-rig.js';
import { type Fault, SimulatedDisk } from '../../../support/jetstream/simulated-disk.js';

const RETRY_MS = 1_000;
const { CRASH_ROUNDS = '1' } = process.env;
const ROUNDS = Number(CRASH_ROUNDS);

function at(ms: number): Instant {
  return { ms, ns: 0 };
}

async function turns(count = 60): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate();
}

/** A store on a disk with a fault, and what it has told of itself. */
async function faulty(
  fault: Omit<Fault, 'at'> & { readonly after: number },
  sync: 'always' | number = 'always',
) {
  const disk = new SimulatedDisk();
  const resources = resourcesOn(disk, { sync });
  const store = await LogStore.create(DIRECTORY, resources, 1);
  const told: string[] = [];
  const committed = { to: 0 };
  store.listen({
    committed: (sequence) => {
      committed.to = sequence;
    },
    failed: (sequence) => {
      told.push(`failed ${sequence}`);
      committed.to = Math.min(committed.to, sequence - 1);
    },
    recovered: () => told.push('recovered'),
  });
  const { operation, times, code, after } = fault;
  disk.fault = { operation, times, code, at: disk.countOf(operation) + after };
  return { disk, resources, store, told, committed };
}

describe('Log on a disk that fails', () => {
  for (const operation of ['write', 'sync'] as const)
    for (const code of ['ENOSPC', 'EIO'] as const)
      it(`forgets what is not committed when ${operation} fails with ${code}, refuses more, and recovers by itself`, async () => {
        const { store, resources, told, disk } = await faulty({ operation, code, after: 2, times: 2 });
        store.append('a', Buffer.from('kept'), 0, at(1));
        await turns();
        store.append('a', Buffer.from('lost'), 0, at(2));
        store.append('b', Buffer.from('lost'), 0, at(3));
        await turns();
        expect(told).to.deep.equal(['failed 2']);
        expect(store.fault).to.contain(code);
        expect(() => store.append('a', Buffer.from('x'), 0, at(4))).to.throw(code);
        expect(store.state).to.include({ messages: 1, lastSequence: 1, firstSequence: 1 });
        expect(store.subject('b')).to.equal(undefined);
        expect(String(store.get(1)?.body)).to.equal('kept');
        resources.clock.pass(RETRY_MS); // the second fault
        await turns();
        resources.clock.pass(RETRY_MS);
        await turns();
        expect(told).to.deep.equal(['failed 2', 'recovered']);
        expect(resources.warnings).to.have.length(1);
        expect(store.append('c', Buffer.from('next'), 0, at(5))).to.equal(2);
        await turns();
        expect(store.committed).to.equal(2);
        await store.close();
        const again = await LogStore.open(DIRECTORY, resourcesOn(disk));
        expect(pictureOf(again)).to.deep.equal(pictureOf(store));
        expect(String(again.get(2)?.body)).to.equal('next');
      });

  it('never counts on a file again whose sync failed: it goes on in another one', async () => {
    const { store, resources, disk } = await faulty({ operation: 'sync', code: 'EIO', after: 1, times: 1 });
    const [failed] = disk.paths();
    store.append('a', Buffer.from('lost'), 0, at(1));
    await turns();
    resources.clock.pass(RETRY_MS);
    await turns();
    store.append('a', Buffer.from('kept'), 0, at(2));
    await turns();
    const holds = (text: string) => disk.paths().filter((path) => String(disk.read(path)).includes(text));
    expect(holds('lost')).to.deep.equal([]);
    expect(holds('kept')).to.have.length(1);
    expect(holds('kept')).not.to.include(failed);
    await store.close();
  });

  it('does not lose what a failed append was to replace', async () => {
    const { store, resources, disk } = await faulty({
      operation: 'write',
      code: 'ENOSPC',
      after: 2,
      times: 1,
    });
    store.append('k', Buffer.from('old'), 0, at(1));
    await turns();
    store.append('k', Buffer.from('new'), 0, at(2));
    store.remove(1, true);
    await turns();
    resources.clock.pass(RETRY_MS);
    await turns();
    expect(String(store.get(1)?.body)).to.equal('old');
    await store.close();
    expect(String((await LogStore.open(DIRECTORY, resourcesOn(disk))).get(1)?.body)).to.equal('old');
  });

  it('makes removals that were asked for meanwhile once it can write', async () => {
    const { store, resources, disk } = await faulty({
      operation: 'write',
      code: 'ENOSPC',
      after: 2,
      times: 1,
    });
    for (let i = 1; i <= 3; i++) store.append('k', Buffer.from(`${i}`), 0, at(i));
    await turns();
    store.append('k', Buffer.from('lost'), 0, at(4));
    await turns();
    expect(store.remove(2, false)).to.deep.equal({ sequence: 2, subject: 'k' });
    store.truncateFront(2);
    expect(store.state).to.include({ messages: 1, firstSequence: 3 });
    resources.clock.pass(RETRY_MS);
    await turns();
    expect(store.state).to.include({ messages: 1, firstSequence: 3 });
    await store.close();
    expect((await LogStore.open(DIRECTORY, resourcesOn(disk))).state).to.include({
      messages: 1,
      firstSequence: 3,
    });
  });

  for (const sync of ['always', 3] as const)
    it(`keeps all that it has committed, whichever operations fail, sync ${sync}`, () =>
      fc.assert(
        fc.asyncProperty(
          fc.record({
            operation: fc.constantFrom(
              'write',
              'sync',
              'create',
              'syncDirectory',
              'truncate',
              'unlink',
              'rename',
            ),
            after: fc.integer({ min: 1, max: 12 }),
            times: fc.integer({ min: 1, max: 4 }),
            code: fc.constantFrom('ENOSPC', 'EIO'),
          }) as fc.Arbitrary<Omit<Fault, 'at'> & { readonly after: number }>,
          fc.array(fc.tuple(fc.nat(1_500), fc.nat(6), fc.nat(4)), { minLength: 5, maxLength: 25 }),
          async (fault, work) => {
            const { store, committed, resources, disk } = await faulty(fault, sync);
            const bodies = new Map<number, string>();
            const removed = new Set<number>();
            for (const [index, [bytes, wait, back]] of work.entries()) {
              if (store.fault === undefined) {
                const body = `${index} `.padEnd(bytes, '.');
                bodies.set(store.append('a', Buffer.from(body), 0, at(index + 1)), body);
              }
              if (back < 3 && store.remove(store.committed - back, back === 0) !== undefined)
                removed.add(store.committed - back);
              resources.clock.pass(wait);
              await turns(wait);
            }
            for (let i = 0; i < 8; i++) {
              resources.clock.pass(RETRY_MS);
              await turns(30);
            }
            expect(store.fault).to.equal(undefined);
            const again = await (async () => {
              await store.close();
              disk.fault = undefined;
              return LogStore.open(DIRECTORY, resourcesOn(disk));
            })();
            for (const from of [store, again])
              for (let sequence = 1; sequence <= committed.to; sequence++) {
                const found = from.get(sequence);
                if (found !== undefined) expect(String(found.body)).to.equal(bodies.get(sequence));
                else expect(removed.has(sequence)).to.equal(true, `message ${sequence}`);
              }
            expect(again.state.lastSequence).to.equal(store.state.lastSequence);
            await again.close();
          },
        ),
        { numRuns: 150 * ROUNDS },
      ));
});

describe('Log with damaged files', () => {
  it('has all other messages unchanged, whichever bytes are flipped', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(900), { minLength: 4, maxLength: 20 }),
        fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 3 }),
        async (sizes, flips) => {
          const disk = new SimulatedDisk();
          const store = await LogStore.create(DIRECTORY, resourcesOn(disk), 1);
          const bodies = sizes.map((size, i) => `${i + 1} `.padEnd(size, String(i % 10)));
          for (const [i, body] of bodies.entries()) {
            store.append('a', Buffer.from(body), 0, at(i + 1));
            if (i % 3 === 0) await turns(5);
          }
          await store.close();
          for (const [file, where] of flips) {
            const path = disk.paths()[file % disk.paths().length]!;
            disk.flip(path, where % disk.read(path)!.length);
          }
          const resources = resourcesOn(disk);
          const again = await LogStore.open(DIRECTORY, resources);
          let missing = 0;
          for (const [i, body] of bodies.entries()) {
            const found = again.get(i + 1);
            if (found === undefined) missing++;
            else expect(String(found.body)).to.equal(body);
          }
          await again.close();
          // Two may hit the end of the log and the record that says that it was durable: then it looks like a torn write.
          if (flips.length > 1) return;
          expect(missing).to.be.at.most(1);
          if (missing > 0) expect(resources.warnings.join('\n')).to.contain('damaged');
          expect(again.state.lastSequence).to.equal(bodies.length);
          // What a footer lists is found to be damaged when it is read.
          expect(again.state.messages).to.be.within(bodies.length - missing, bodies.length);
        },
      ),
      { numRuns: 200 * ROUNDS },
    ));

  it('never takes a payload for a record', async () => {
    const disk = new SimulatedDisk();
    const store = await LogStore.create(DIRECTORY, resourcesOn(disk), 1);
    store.append('a', Buffer.from('first'), 0, at(1));
    await turns();
    const [path = ''] = disk.paths();
    // The record of the first message, in the payload of the second: with another salt its checksum would be right.
    store.append('a', disk.read(path)!.subarray(64), 0, at(2));
    store.append('a', Buffer.from('third'), 0, at(3));
    await store.close();
    const bytes = disk.read(path)!;
    disk.flip(path, bytes.lastIndexOf('first') - 40);
    const again = await LogStore.open(DIRECTORY, resourcesOn(disk));
    const subjects = [1, 2, 3].map((sequence) => again.get(sequence)?.body.toString());
    expect(subjects).to.deep.equal(['first', undefined, 'third']);
    await again.close();
  });

  it('notices when a message that is read has changed since it was opened', async () => {
    const disk = new SimulatedDisk();
    const first = await LogStore.create(DIRECTORY, resourcesOn(disk), 1);
    for (let i = 1; i <= 3; i++) first.append('a', Buffer.from(`message ${i}`.padEnd(5_000)), 0, at(i));
    await first.close();
    const resources = resourcesOn(disk);
    const store = await LogStore.open(DIRECTORY, resources);
    const path = disk.paths().find((each) => disk.read(each)!.includes('message 2'))!;
    disk.flip(path, disk.read(path)!.indexOf('message 2'));
    expect(store.get(2)).to.equal(undefined);
    expect(String((store.next([], 2, 10) as { body: Buffer }).body)).to.match(/^message 3 /);
    expect(resources.warnings.join()).to.contain('message 2 is damaged');
    await store.close();
  });
});

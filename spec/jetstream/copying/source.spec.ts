import { expect } from 'chai';
import type { Stream } from '../../../lib/jetstream/stream.js';
import { contents, JetStreamRig, messages } from '../../support/jetstream/jetstream-rig.js';
import { SimulatedDisk } from '../../support/jetstream/simulated-disk.js';

/** `sequence subject payload < stream sequence` of each message, in the order of what they were copied from. */
function origins({ store }: Stream): readonly string[] {
  return messages(store).map(({ sequence, subject, body, headerBytes }) => {
    const header = /Nats-Stream-Source: (\S+ \d+)/.exec(body.subarray(0, headerBytes).toString())?.[1];
    return `${sequence} ${subject} ${body.subarray(headerBytes).toString()}${header === undefined ? '' : ` < ${header}`}`;
  });
}

function headersOf({ store }: Stream, sequence: number): string {
  const message = store.get(sequence);
  return message === undefined ? '' : message.body.subarray(0, message.headerBytes).toString();
}

for (const storage of ['memory', 'file'] as const)
  describe(`sources of a stream in ${storage}`, () => {
    let rig: JetStreamRig;
    beforeEach(async () => {
      rig = await JetStreamRig.start(new SimulatedDisk());
    });
    afterEach(() => rig.close());

    const stream = (name: string, more: object = {}) =>
      rig.create({ name, subjects: [`${name.toLowerCase()}.>`], storage, ...more });
    const sourced = (sources: readonly { readonly name: string }[], more: object = {}) =>
      rig.create({ name: 'ALL', storage, sources, ...more });

    it('are copied with sequences of its own, and a header that says from where', async () => {
      const one = await stream('A');
      const two = await stream('B');
      for (const text of ['a1', 'a2']) rig.publish('a.x', text);
      const all = await sourced([{ name: 'A' }, { name: 'B' }], { subjects: ['own.>'] });
      await rig.settled(one, all);
      rig.publish('b.y', 'b1', ['K: v', 'Nats-Expected-Stream: B', 'Nats-Stream-Source: X 1 > >']);
      rig.publish('own.z', 'own');
      await rig.settled(two, all);
      expect([...origins(all)].sort((one, other) => (one.slice(2) < other.slice(2) ? -1 : 1))).to.deep.equal([
        '1 a.x a1 < A 1',
        '2 a.x a2 < A 2',
        `${all.store.state.lastSequence === 4 ? origins(all).findIndex((each) => each.includes('b.y')) + 1 : 0} b.y b1 < B 1`,
        `${origins(all).findIndex((each) => each.includes('own')) + 1} own.z own`,
      ]);
      expect(headersOf(all, 1)).to.equal(
        `NATS/1.0\r\nNats-Stream-Source: A 1 > > a.x ${one.identity}\r\n\r\n`,
      );
      const fromB = origins(all).findIndex((each) => each.includes('b.y')) + 1;
      expect(headersOf(all, fromB)).to.equal(
        `NATS/1.0\r\nK: v\r\nNats-Stream-Source: B 1 > > b.y ${two.identity}\r\n\r\n`,
      );
      expect(all.copies.shown.sources?.map(({ name, lag }) => [name, lag])).to.deep.equal([
        ['A', 0],
        ['B', 0],
      ]);
    });

    it('may be the same stream twice, with other subjects', async () => {
      const one = await stream('A');
      for (const text of ['x', 'y', 'z']) rig.publish(`a.${text}`, text);
      const all = await sourced([
        { name: 'A', filter_subject: 'a.x' } as { name: string },
        {
          name: 'A',
          subject_transforms: [
            { src: 'a.y', dest: 'to.y' },
            { src: 'a.z', dest: '' },
          ],
        } as { name: string },
      ]);
      await rig.settled(one, all);
      expect(contents(all).map((each) => each.slice(2))).to.have.members(['a.x x', 'to.y y', 'a.z z']);
      const y = contents(all).findIndex((each) => each.includes('to.y')) + 1;
      expect(headersOf(all, y)).to.contain(
        `Nats-Stream-Source: A 2 a.y\fa.z to.y\f> a.y ${one.identity}\r\n`,
      );
    });

    it('have no header but that of the last copy where they are copied again', async () => {
      await stream('A');
      const all = await sourced([{ name: 'A' }]);
      const second = await rig.create({ name: 'SECOND', storage, sources: [{ name: 'ALL' }] });
      rig.publish('a.x', 'x');
      await rig.settled(all, second);
      await rig.until(() => second.store.state.messages === 1);
      expect(headersOf(second, 1)).to.equal(
        `NATS/1.0\r\nNats-Stream-Source: ALL 1 > > a.x ${all.identity}\r\n\r\n`,
      );
    });

    it('are stored once where ids are remembered', async () => {
      await stream('A');
      await stream('B');
      const all = await sourced([{ name: 'A' }, { name: 'B' }]);
      const once = await rig.create({
        ...{ name: 'ONCE', storage, duplicate_window: 60e9 },
        sources: [{ name: 'A' }, { name: 'B' }],
      });
      rig.publish('a.x', 'one', ['Nats-Msg-Id: same']);
      rig.publish('b.x', 'two', ['Nats-Msg-Id: same']);
      rig.publish('b.x', 'three', ['Nats-Msg-Id: other']);
      await rig.settled(all, once);
      expect(all.store.state.messages).to.equal(3);
      expect(once.store.state.messages).to.equal(2);
    });

    it('come and go with the configuration, and go on where they were', async () => {
      const one = await stream('A');
      const all = await sourced([{ name: 'A' }]);
      rig.publish('a.x', 'a1');
      await rig.settled(one, all);
      await stream('B');
      rig.publish('b.x', 'b1');
      await rig.streams.update('ALL', { name: 'ALL', storage, sources: [{ name: 'B' }] });
      rig.publish('a.x', 'a2');
      await rig.settled(all);
      await rig.until(() => all.store.state.messages === 2);
      expect(one.consumers.size).to.equal(0);
      await rig.streams.update('ALL', { name: 'ALL', storage, sources: [{ name: 'B' }, { name: 'A' }] });
      await rig.until(() => all.store.state.messages === 3);
      expect(origins(all)).to.deep.equal(['1 a.x a1 < A 1', '2 b.x b1 < B 1', '3 a.x a2 < A 2']);
    });

    it('are copied from the beginning where they were made anew', async () => {
      await stream('A');
      const all = await sourced([{ name: 'A' }]);
      for (const text of ['a1', 'a2']) rig.publish('a.x', text);
      await rig.settled(all);
      await rig.until(() => all.store.state.messages === 2);
      await rig.streams.delete('A');
      rig.clock.pass(1);
      await stream('A');
      rig.publish('a.x', 'new');
      await rig.until(() => all.store.state.messages === 3);
      expect(origins(all)).to.deep.equal(['1 a.x a1 < A 1', '2 a.x a2 < A 2', '3 a.x new < A 1']);
    });

    it('wait for room in a work queue that discards what is new', async () => {
      const one = await stream('A');
      const queue = await sourced([{ name: 'A' }], {
        ...{ retention: 'workqueue', max_msgs: 2, discard: 'new' },
      });
      for (const text of ['a1', 'a2', 'a3', 'a4']) rig.publish('a.x', text);
      await rig.settled(one);
      await rig.until(() => queue.copies.shown.sources?.[0]?.error?.err_code === 10_077);
      expect(origins(queue)).to.deep.equal(['1 a.x a1 < A 1', '2 a.x a2 < A 2']);
      for (const sequence of [1, 2, 3]) {
        queue.remove(sequence);
        await rig.until(() => queue.store.state.lastSequence === Math.min(4, sequence + 2));
      }
      expect(origins(queue)).to.deep.equal(['4 a.x a4 < A 4']);
    });

    it('take the messages of work queues away, each to one stream', async () => {
      const queue = await stream('A', { retention: 'workqueue' });
      const all = await sourced([{ name: 'A' }]);
      for (let i = 0; i < 500; i++) rig.publish('a.x', `${i}`);
      await rig.until(() => queue.store.state.messages === 0);
      await rig.settled(all);
      expect(all.store.state.messages).to.equal(500);
    });

    it('begin where they say', async () => {
      const one = await stream('A');
      for (const text of ['a1', 'a2', 'a3']) rig.publish('a.x', text);
      const all = await sourced([{ name: 'A', opt_start_seq: 2 } as { name: string }]);
      const late = await rig.create({
        ...{ name: 'LATE', storage },
        sources: [{ name: 'A', opt_start_time: '2200-01-01T00:00:00Z' }],
      });
      await rig.settled(one, all, late);
      await rig.until(() => all.store.state.messages === 2);
      expect(origins(all)).to.deep.equal(['1 a.x a2 < A 2', '2 a.x a3 < A 3']);
      expect(late.store.state.messages).to.equal(0);
    });
  });

describe('sources of a stream in files', () => {
  it('go on after a loss of power where they were, by what is stored', async () => {
    const disk = new SimulatedDisk();
    let rig = await JetStreamRig.start(disk);
    await rig.create({ name: 'A', subjects: ['a.>'], storage: 'file' });
    await rig.create({ name: 'B', subjects: ['b.>'], storage: 'file' });
    const all = await rig.create({
      ...{ name: 'ALL', storage: 'file', subjects: ['own'] },
      sources: [{ name: 'A' }, { name: 'B', filter_subject: 'b.x' }],
    });
    for (const subject of ['a.1', 'b.x', 'b.y', 'own', 'a.2']) rig.publish(subject, 'x');
    await rig.until(() => all.store.state.messages === 4);
    await rig.settled(all);
    const before = origins(all);
    await rig.close();
    rig = await JetStreamRig.start(disk.afterPowerLoss(() => 0.99));
    const again = rig.streams.find('ALL');
    for (const subject of ['a.3', 'b.x']) rig.publish(subject, 'x');
    await rig.until(() => again.store.state.messages === 6);
    await rig.settled(again);
    expect(origins(again).slice(0, 4)).to.deep.equal(before);
    expect(
      origins(again)
        .slice(4)
        .map((each) => each.slice(2)),
    ).to.have.members(['a.3 x < A 3', 'b.x x < B 3']);
    await rig.close();
  });

  it('are copied again where a full disk has not taken them', async () => {
    const disk = new SimulatedDisk();
    const rig = await JetStreamRig.start(disk);
    await rig.create({ name: 'A', subjects: ['a.>'], storage: 'memory' });
    const all = await rig.create({ name: 'ALL', storage: 'file', sources: [{ name: 'A' }] });
    rig.publish('a.x', 'one');
    await rig.until(() => all.store.state.messages === 1);
    await rig.settled(all);
    disk.fault = { operation: 'write', at: disk.countOf('write') + 1, times: 1, code: 'ENOSPC' };
    for (const text of ['two', 'three']) rig.publish('a.x', text);
    await rig.until(() => all.store.fault !== undefined);
    rig.clock.pass(1_000);
    await rig.until(() => all.store.state.messages === 3);
    expect(origins(all)).to.deep.equal(['1 a.x one < A 1', '2 a.x two < A 2', '3 a.x three < A 3']);
    await rig.close();
  });
});

import { expect } from 'chai';
import { contents, JetStreamRig, messages } from '../../support/jetstream/jetstream-rig.js';
import { SimulatedDisk } from '../../support/jetstream/simulated-disk.js';
import { mostInATurn } from '../../support/turns.js';

for (const storage of ['memory', 'file'] as const)
  describe(`a mirror in ${storage}`, () => {
    let disk: SimulatedDisk;
    let rig: JetStreamRig;
    beforeEach(async () => {
      disk = new SimulatedDisk();
      rig = await JetStreamRig.start(disk);
    });
    afterEach(() => rig.close());

    const origin = (more: object = {}) => rig.create({ name: 'S', subjects: ['s.>'], storage, ...more });
    const mirror = (more: object = {}, source: object = {}) =>
      rig.create({ name: 'M', storage, mirror: { name: 'S', ...source }, ...more });
    const publish = (count: number, from = 1) => {
      for (let i = from; i < from + count; i++) rig.publish(`s.${i % 2 === 0 ? 'even' : 'odd'}`, `m${i}`);
    };

    it('has the messages with their sequences, times, subjects and headers', async () => {
      const stream = await origin();
      rig.publish('s.1', 'one', ['A: b', 'Nats-Msg-Id: id']);
      rig.clock.pass(5_000);
      rig.publish('s.2', 'two');
      const copy = await mirror();
      await rig.settled(stream, copy);
      rig.publish('s.3', 'three', ['Nats-Expected-Stream: S', 'C: d', 'Nats-Expected-Last-Sequence: 2']);
      await rig.settled(stream, copy);
      const [one, two, three] = messages(stream.store);
      const copied = messages(copy.store);
      expect(copied.slice(0, 2)).to.deep.equal([one, two]);
      expect(copied[2]).to.include({ sequence: 3, subject: 's.3' });
      expect(copied[2]?.at).to.deep.equal(three?.at);
      expect(String(copied[2]?.body)).to.equal('NATS/1.0\r\nC: d\r\n\r\nthree');
      expect(copy.store.state.firstAt).to.deep.equal(stream.store.state.firstAt);
    });

    it('leaves out what is gone', async () => {
      const stream = await origin();
      publish(6);
      await rig.settled(stream);
      stream.remove(2);
      stream.remove(3);
      const copy = await mirror();
      await rig.settled(copy);
      stream.truncateFront(6);
      stream.purged();
      publish(1, 7);
      await rig.settled(copy);
      expect(contents(copy)).to.deep.equal([
        '1 s.odd m1',
        '4 s.even m4',
        '5 s.odd m5',
        '6 s.even m6',
        '7 s.odd m7',
      ]);
    });

    it('begins behind what was purged before', async () => {
      const stream = await origin();
      publish(5);
      await rig.settled(stream);
      stream.truncateFront(5);
      stream.purged();
      const copy = await mirror();
      await rig.settled(copy);
      expect(copy.store.state).to.include({ firstSequence: 5, lastSequence: 5, messages: 1 });
      stream.truncateFront(6);
      stream.purged();
      const other = await rig.create({ name: 'N', storage, mirror: { name: 'S' } });
      await rig.settled(other);
      expect(other.store.state).to.include({ firstSequence: 6, lastSequence: 5, messages: 0 });
    });

    it('begins where it says', async () => {
      await origin();
      publish(3);
      rig.clock.pass(60_000);
      const at = new Date(Date.now() + 30_000).toISOString();
      publish(3, 4);
      const bySequence = await mirror({}, { opt_start_seq: 3 });
      const byTime = await rig.create({ name: 'T', storage, mirror: { name: 'S', opt_start_time: at } });
      await rig.settled(bySequence, byTime);
      expect(contents(bySequence)).to.deep.equal(['3 s.odd m3', '4 s.even m4', '5 s.odd m5', '6 s.even m6']);
      expect(contents(byTime)).to.deep.equal(['4 s.even m4', '5 s.odd m5', '6 s.even m6']);
      expect(bySequence.store.state.firstSequence).to.equal(3);
    });

    it('takes the subjects that it says, under the names that it gives them', async () => {
      await origin();
      publish(4);
      const even = await mirror({}, { filter_subject: 's.even' });
      const renamed = await rig.create({
        ...{ name: 'R', storage },
        mirror: {
          name: 'S',
          subject_transforms: [
            { src: 's.odd', dest: '' },
            { src: '*.even', dest: 'x.{{wildcard(1)}}' },
          ],
        },
        subject_transform: { src: 'x.>', dest: 'y.>' },
      });
      await rig.settled(even, renamed);
      expect(contents(even)).to.deep.equal(['2 s.even m2', '4 s.even m4']);
      expect(contents(renamed)).to.deep.equal(['1 s.odd m1', '2 y.s m2', '3 s.odd m3', '4 y.s m4']);
    });

    it('waits for a stream that is not there, and says so', async () => {
      const copy = await mirror();
      await rig.until(() => copy.copies.shown.mirror?.error !== undefined);
      expect(copy.copies.shown.mirror).to.deep.equal({
        ...{ name: 'S', lag: 0, active: -1 },
        error: { code: 404, err_code: 10_059, description: 'stream not found' },
      });
      await origin();
      publish(1);
      await rig.settled(copy);
      expect(contents(copy)).to.deep.equal(['1 s.odd m1']);
      expect(copy.copies.shown.mirror).not.to.have.property('error');
    });

    it('keeps what it has of a stream that is deleted, and goes on with the next of that name where it is further', async () => {
      await origin();
      publish(3);
      const copy = await mirror();
      await rig.settled(copy);
      await rig.streams.delete('S');
      expect(copy.copies.shown.mirror?.error?.err_code).to.equal(10_059);
      rig.clock.pass(1_500);
      expect(copy.copies.shown.mirror?.active).to.equal(1.5e9);
      await origin();
      publish(5, 10);
      await rig.settled(copy);
      expect(contents(copy)).to.deep.equal([
        '1 s.odd m1',
        '2 s.even m2',
        '3 s.odd m3',
        '4 s.odd m13',
        '5 s.even m14',
      ]);
    });

    it('goes by its own limits', async () => {
      await origin();
      const copy = await mirror({ max_msgs_per_subject: 1 });
      const small = await rig.create({ name: 'L', storage, max_msgs: 2, mirror: { name: 'S' } });
      const aged = await rig.create({ name: 'G', storage, max_age: 10e9, mirror: { name: 'S' } });
      publish(5);
      await rig.settled(copy, small, aged);
      expect(contents(copy)).to.deep.equal(['4 s.even m4', '5 s.odd m5']);
      expect(contents(small)).to.deep.equal(['4 s.even m4', '5 s.odd m5']);
      expect(aged.store.state.messages).to.equal(5);
      rig.clock.pass(10_001);
      expect(aged.store.state).to.include({ messages: 0, firstSequence: 6 });
    });

    it('goes on once there is room', async () => {
      await origin();
      const copy = await mirror({ max_msgs: 2, discard: 'new' });
      publish(4);
      await rig.until(() => copy.copies.shown.mirror?.error !== undefined);
      expect(copy.copies.shown.mirror).to.deep.include({
        lag: 2,
        error: { code: 503, err_code: 10_077, description: 'maximum messages exceeded' },
      });
      copy.remove(1);
      await rig.until(() => copy.store.state.lastSequence === 3);
      await rig.streams.update('M', { name: 'M', storage, mirror: { name: 'S' } });
      rig.clock.pass(1_000);
      await rig.settled(copy);
      expect(contents(copy)).to.deep.equal(['2 s.even m2', '3 s.odd m3', '4 s.even m4']);
      expect(copy.copies.shown.mirror).not.to.have.property('error');
    });

    it('rolls up where it may, and forgets nothing where it may not', async () => {
      await origin({ allow_rollup_hdrs: true });
      const copy = await mirror();
      const rolled = await rig.create({ name: 'R', storage, allow_rollup_hdrs: true, mirror: { name: 'S' } });
      publish(3);
      await rig.settled(copy, rolled);
      rig.publish('s.odd', 'all', ['Nats-Rollup: sub']);
      await rig.settled(copy, rolled);
      expect(contents(copy)).to.deep.equal(['1 s.odd m1', '2 s.even m2', '3 s.odd m3', '4 s.odd all']);
      expect(contents(rolled)).to.deep.equal(['2 s.even m2', '4 s.odd all']);
    });

    it('is a consumer to streams that keep what is needed, and no client sees it', async () => {
      const interest = await origin({ retention: 'interest' });
      publish(1);
      const copy = await mirror();
      await rig.settled(copy);
      publish(2, 2);
      await rig.settled(copy);
      expect(contents(copy)).to.deep.equal(['2 s.even m2', '3 s.odd m3']);
      await rig.until(() => interest.store.state.messages === 0);
      expect(interest.consumers.size).to.equal(1);
      expect(rig.streams.consumers).to.equal(0);
      await rig.streams.delete('M');
      expect(interest.consumers.size).to.equal(0);
      publish(1, 4);
      expect(interest.store.state).to.include({ messages: 0, lastSequence: 4 });
    });

    it('takes the messages of a work queue away', async () => {
      const queue = await origin({ retention: 'workqueue' });
      publish(600);
      const copy = await mirror();
      await rig.settled(copy);
      await rig.until(() => queue.store.state.messages === 0);
      expect(copy.store.state.messages).to.equal(600);
    });

    it('copies many messages in slices', async () => {
      const stream = await origin();
      publish(20_000);
      await rig.until(() => stream.store.committed === 20_000);
      const copy = await mirror();
      const most = await mostInATurn(20_000, () => copy.store.state.lastSequence);
      expect(most).to.be.below(20_000);
    });

    it('of a mirror is a mirror', async () => {
      await origin();
      const copy = await mirror();
      const second = await rig.create({ name: 'N', storage, mirror: { name: 'M' } });
      publish(3);
      await rig.settled(copy, second);
      await rig.until(() => second.store.state.messages === 3);
      expect(messages(second.store)).to.deep.equal(messages(copy.store));
    });

    it('is a stream like any other once it is a mirror no more', async () => {
      const stream = await origin();
      const copy = await mirror();
      publish(2);
      await rig.settled(copy);
      await rig.streams.update('M', { name: 'M', storage, subjects: ['m.>'] });
      publish(1, 3);
      rig.publish('m.1', 'own');
      await rig.settled(stream, copy);
      expect(contents(copy)).to.deep.equal(['1 s.odd m1', '2 s.even m2', '3 m.1 own']);
      expect(copy.copies.shown).to.deep.equal({});
      expect(stream.consumers.size).to.equal(0);
    });
  });

describe('a mirror in files', () => {
  it('goes on where it was after a loss of power', async () => {
    const disk = new SimulatedDisk();
    let rig = await JetStreamRig.start(disk);
    const publish = (text: string) => rig.publish('s.a', text);
    await rig.create({ name: 'S', subjects: ['s.>'], storage: 'file' });
    const copy = await rig.create({ name: 'M', storage: 'file', mirror: { name: 'S' } });
    for (const text of ['one', 'two']) publish(text);
    await rig.settled(copy);
    await rig.close();
    rig = await JetStreamRig.start(disk.afterPowerLoss(() => 0.99));
    publish('three');
    const again = rig.streams.find('M');
    await rig.settled(again);
    expect(contents(again)).to.deep.equal(['1 s.a one', '2 s.a two', '3 s.a three']);
    await rig.close();
  });

  it('copies again what a full disk has not taken', async () => {
    const disk = new SimulatedDisk();
    const rig = await JetStreamRig.start(disk);
    await rig.create({ name: 'S', subjects: ['s.>'], storage: 'memory' });
    const copy = await rig.create({ name: 'M', storage: 'file', mirror: { name: 'S' } });
    rig.publish('s.a', 'one');
    await rig.settled(copy);
    disk.fault = { operation: 'write', at: disk.countOf('write') + 1, times: 1, code: 'ENOSPC' };
    for (const text of ['two', 'three']) rig.publish('s.a', text);
    await rig.until(() => copy.store.fault !== undefined);
    rig.publish('s.a', 'four');
    rig.clock.pass(1_000);
    await rig.until(() => copy.store.state.messages === 4);
    await rig.settled(copy);
    expect(contents(copy)).to.deep.equal(['1 s.a one', '2 s.a two', '3 s.a three', '4 s.a four']);
    await rig.close();
  });
});

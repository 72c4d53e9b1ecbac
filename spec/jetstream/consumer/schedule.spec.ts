import { expect } from 'chai';
import { FakeClock } from '../../support/fake-clock.js';
import { Harness } from '../../support/harness.js';
import { JsPeer, shown } from '../../support/jetstream/js-peer.js';

const MS = 1e6;

describe('the time of deliveries', () => {
  let harness: Harness;
  let peer: JsPeer;
  let clock: FakeClock;

  beforeEach(async () => {
    clock = new FakeClock();
    harness = await Harness.start({ jetstream: { enabled: true } }, undefined, { clock });
    peer = await JsPeer.connect(harness);
    await peer.stream('T', { subjects: ['t'], max_msg_size: 500 });
  });
  afterEach(() => harness.stop());

  async function pass(ms: number): Promise<void> {
    await peer.client.settle();
    clock.pass(ms);
  }

  /** Expects the next message to come `ms` from now, and not before. */
  async function expectAfter(ms: number, what: string): Promise<void> {
    await pass(ms - 1);
    await peer.client.expectSilence();
    await pass(1);
    expect(await peer.show(1)).to.deep.equal([what]);
  }

  it('is that between publishes where they are replayed so', async () => {
    for (const gap of [0, 1_000, 2_000]) {
      await pass(gap);
      await peer.store('t');
    }
    await peer.consumer('T', 'c', { replay_policy: 'original' });
    peer.send('$JS.API.CONSUMER.MSG.NEXT.T.c', '10', peer.listen());
    expect(await peer.show(1)).to.deep.equal(['t [1 1 1 2]']);
    await expectAfter(1_000, 't [1 2 2 1]');
    await expectAfter(2_000, 't [1 3 3 0]');
    await pass(5_000);
    peer.send('t', 'xy');
    expect(await peer.show(1)).to.deep.equal(['t [1 4 4 0]']);
  });

  it('depends on their size where their rate is limited', async () => {
    for (let count = 0; count < 3; count++) {
      const inbox = peer.listen();
      peer.send('t', 'x'.repeat(400), inbox);
      await peer.next();
    }
    peer.client.send('SUB d 1\r\n');
    await peer.consumer('T', 'c', { deliver_subject: 'd', rate_limit_bps: 8_000 });
    const first = await peer.next();
    const size = first.subject.length + (first.reply?.length ?? 0) + first.payload.length;
    await peer.client.expectSilence();
    // 500 bytes are there at first, and 1,000 come in each second.
    await pass(2 * size - 500 - 1);
    await peer.client.expectSilence();
    await pass(1);
    expect(await peer.show(1)).to.deep.equal(['t [1 2 2 1]']);
    await expectAfter(size, 't [1 3 3 0]');
  });

  it('is after a pause', async () => {
    await peer.store('t');
    await peer.consumer('T', 'c');
    peer.client.send('SUB $JS.EVENT.ADVISORY.CONSUMER.PAUSE.T.c e\r\n');
    const { ts } = await peer.api('CONSUMER.INFO.T.c');
    const until = new Date(Date.parse(ts as string) + 10_000).toISOString();
    peer.send('$JS.API.CONSUMER.PAUSE.T.c', { pause_until: until }, peer.listen());
    expect(JSON.parse((await peer.next()).payload)).to.include({
      ...{ type: 'io.nats.jetstream.advisory.v1.consumer_pause', paused: true, pause_until: until },
    });
    expect(JSON.parse((await peer.next()).payload)).to.include({ paused: true, pause_until: until });
    peer.send('$JS.API.CONSUMER.MSG.NEXT.T.c', '1', peer.listen());
    await peer.client.expectSilence();
    expect(await peer.api('CONSUMER.INFO.T.c')).to.include({ paused: true, num_waiting: 1 });
    await pass(10_001);
    expect(JSON.parse((await peer.next()).payload)).to.include({ paused: false });
    expect(await peer.show(1)).to.deep.equal(['t [1 1 1 0]']);
    peer.client.send('UNSUB e\r\n');
    expect(await peer.api('CONSUMER.PAUSE.T.c')).to.deep.include({
      ...{ paused: false, pause_until: '0001-01-01T00:00:00Z' },
    });
  });

  it('is after the pause that a consumer was made with, which is announced', async () => {
    await peer.stream('E', { subjects: ['$JS.EVENT.ADVISORY.CONSUMER.PAUSE.>'] });
    const until = '2999-01-01T00:00:00Z';
    await peer.consumer('T', 'c', { pause_until: until });
    await peer.consumer('T', 'd', { pause_until: '2000-01-01T00:00:00Z' });
    expect(await peer.api('CONSUMER.INFO.T.c')).to.include({ paused: true });
    const { state } = await peer.api('STREAM.INFO.E');
    expect(state).to.include({ messages: 1 });
    const { message } = await peer.api('STREAM.MSG.GET.E', { seq: 1 });
    const { data } = message as { readonly data: string };
    expect(JSON.parse(Buffer.from(data, 'base64').toString())).to.include({
      ...{ consumer: 'c', paused: true, pause_until: until },
    });
  });

  it('to that of the acknowledgement is published for samples', async () => {
    peer.client.send('SUB $JS.EVENT.METRIC.CONSUMER.ACK.T.c e\r\n');
    await peer.store('t');
    await peer.consumer('T', 'c', { sample_freq: '100%' });
    peer.send('$JS.API.CONSUMER.MSG.NEXT.T.c', '1', peer.listen());
    const { reply = '' } = await peer.next();
    await pass(250);
    peer.send(reply);
    expect(JSON.parse((await peer.next()).payload)).to.deep.include({
      type: 'io.nats.jetstream.metric.v1.consumer_ack',
      ...{ stream: 'T', consumer: 'c', consumer_seq: 1, stream_seq: 1, ack_time: 250 * MS, deliveries: 1 },
    });
  });

  describe('of requests with priority', () => {
    function pull(request: object): string {
      const inbox = peer.listen();
      peer.send('$JS.API.CONSUMER.MSG.NEXT.T.c', { batch: 10, group: 'g', ...request }, inbox);
      return inbox;
    }

    it('is that of the one client which was chosen, until it is silent for too long', async () => {
      for (const what of ['PINNED', 'UNPINNED'])
        peer.client.send(`SUB $JS.EVENT.ADVISORY.CONSUMER.${what}.T.c e${what}\r\n`);
      await peer.consumer('T', 'c', {
        ...{ priority_policy: 'pinned_client', priority_groups: ['g'], priority_timeout: 1_000 * MS },
      });
      const [one, other] = [pull({}), pull({})];
      peer.send('t', 'xy');
      const pinned = JSON.parse((await peer.next()).payload) as { pinned_id: string };
      const first = await peer.next();
      expect(first.headers).to.equal(`NATS/1.0\r\nNats-Pin-Id: ${pinned.pinned_id}\r\n`);
      peer.send('t', 'xy');
      expect((await peer.next()).sid).to.equal(first.sid);
      pull({ id: 'another' });
      expect(shown(await peer.next())).to.equal('NATS/1.0 423 Nats-Pin-Id mismatch');
      await pass(1_000);
      expect(JSON.parse((await peer.next()).payload)).to.include({ group: 'g', reason: 'timeout' });
      peer.send('t', 'xy');
      expect(JSON.parse((await peer.next()).payload)).to.include({ group: 'g' });
      const third = await peer.next();
      peer.send('t', 'xy');
      expect(shown(await peer.next())).to.match(
        /^NATS\/1\.0 423 Nats-Wrong-Pin-Id \| Nats-Pending-Messages: 8/,
      );
      expect((await peer.next()).sid).to.equal(third.sid);
      expect([one, other].map((inbox) => `i${inbox.split('.').at(-1)}`)).to.have.members([
        first.sid,
        third.sid,
      ]);
      expect(await peer.api('CONSUMER.UNPIN.T.c', { group: 'none' })).to.have.nested.property(
        'error.err_code',
        10160,
      );
    });

    it('is once there is more than others deal with', async () => {
      await peer.consumer('T', 'c', { priority_policy: 'overflow', priority_groups: ['g'] });
      pull({ min_pending: 3 });
      await peer.store('t', 't');
      await peer.client.expectSilence();
      peer.send('t', 'xy');
      expect(await peer.show(1)).to.deep.equal(['t [1 1 1 2]']);
      await peer.client.expectSilence();
      pull({ min_ack_pending: 1 });
      expect(await peer.show(2)).to.deep.equal(['t [1 2 2 1]', 't [1 3 3 0]']);
      pull({ id: 'x' });
      expect(shown(await peer.next())).to.equal(
        'NATS/1.0 400 Bad Request - Not a Pinned Client Priority consumer',
      );
      peer.send('$JS.API.CONSUMER.MSG.NEXT.T.c', { batch: 1 }, peer.listen());
      expect(shown(await peer.next())).to.equal('NATS/1.0 400 Bad Request - Priority Group missing');
    });
  });
});

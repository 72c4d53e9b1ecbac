import { expect } from 'chai';
import { FakeClock } from '../../support/fake-clock.js';
import { Harness } from '../../support/harness.js';
import { type Heard, JsPeer, shown } from '../../support/jetstream/js-peer.js';

const MS = 1e6;

describe('acknowledgements', () => {
  let harness: Harness;
  let peer: JsPeer;
  let clock: FakeClock;

  beforeEach(async () => {
    clock = new FakeClock();
    harness = await Harness.start({ jetstream: { enabled: true } }, undefined, { clock });
    peer = await JsPeer.connect(harness);
    await peer.stream('T', { subjects: ['t'] });
    await peer.store('t', 't', 't');
  });
  afterEach(() => harness.stop());

  /** Makes consumer `c`, asks it for ten messages, and returns the first. */
  async function first(config: object = {}): Promise<Heard> {
    await peer.consumer('T', 'c', { max_ack_pending: 1, ...config });
    peer.send('$JS.API.CONSUMER.MSG.NEXT.T.c', '10', peer.listen());
    return peer.next();
  }

  async function pass(ms: number): Promise<void> {
    await peer.client.settle();
    clock.pass(ms);
  }

  for (const body of ['', '+ACK', '+OK'])
    it(`${JSON.stringify(body)}: the next follows`, async () => {
      peer.send((await first()).reply ?? '', body);
      expect(await peer.show(1)).to.deep.equal(['t [1 2 2 1]']);
      expect(await peer.numbers('T', 'c')).to.equal('2/2 1/1 1 +1');
    });

  it('+TERM: it is delivered no more', async () => {
    peer.client.send('SUB $JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.T.c e\r\n');
    const { reply } = await first({ max_ack_pending: -1, max_deliver: -1 });
    await peer.show(2);
    peer.send(reply ?? '', '+TERM of no use');
    const { type, ...advisory } = JSON.parse((await peer.next()).payload) as Record<string, unknown>;
    expect(type).to.equal('io.nats.jetstream.advisory.v1.terminated');
    expect(advisory).to.include({
      stream: 'T',
      consumer: 'c',
      stream_seq: 1,
      consumer_seq: 1,
      deliveries: 1,
    });
    expect(advisory).to.include({ reason: 'of no use' });
    expect(await peer.numbers('T', 'c')).to.equal('3/3 1/1 2 +0');
  });

  it('-NAK: it is delivered again', async () => {
    peer.client.send('SUB $JS.EVENT.ADVISORY.CONSUMER.MSG_NAKED.T.c e\r\n');
    peer.send((await first()).reply ?? '', '-NAK');
    expect((await peer.next()).subject).to.equal('$JS.EVENT.ADVISORY.CONSUMER.MSG_NAKED.T.c');
    expect(await peer.show(1)).to.deep.equal(['t [2 1 2 2]']);
  });

  for (const body of ['-NAK 2s', '-NAK {"delay":2000000000}'])
    it(`${body}: it is delivered again later`, async () => {
      peer.send((await first()).reply ?? '', body);
      await pass(1_999);
      await peer.client.expectSilence();
      await pass(1);
      expect(await peer.show(1)).to.deep.equal(['t [2 1 2 2]']);
    });

  it('+WPI: it waits anew', async () => {
    const { reply } = await first({ ack_wait: 1_000 * MS });
    await pass(900);
    peer.send(reply ?? '', '+WPI');
    await pass(900);
    await peer.client.expectSilence();
    await pass(100);
    expect(await peer.show(1)).to.deep.equal(['t [2 1 2 2]']);
  });

  it('none in time: it is delivered again, as often as it may be', async () => {
    peer.client.send('SUB $JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.T.c e\r\n');
    await first({ ack_wait: 1_000 * MS, max_deliver: 2 });
    await pass(1_000);
    expect(await peer.show(1)).to.deep.equal(['t [2 1 2 2]']);
    await pass(1_000);
    const advisory = JSON.parse((await peer.next()).payload) as Record<string, unknown>;
    expect(advisory).to.include({
      type: 'io.nats.jetstream.advisory.v1.max_deliver',
      stream_seq: 1,
      deliveries: 2,
    });
    expect(await peer.show(1)).to.deep.equal(['t [1 2 3 1]']);
    expect((await peer.api('STREAM.INFO.T')).state).to.include({ messages: 3 });
  });

  it('wait as long as backoff says', async () => {
    await first({ backoff: [1_000 * MS, 3_000 * MS] });
    await pass(1_000);
    expect(await peer.show(1)).to.deep.equal(['t [2 1 2 2]']);
    await pass(2_999);
    await peer.client.expectSilence();
    await pass(1);
    expect(await peer.show(1)).to.deep.equal(['t [3 1 3 2]']);
    await pass(3_000);
    expect(await peer.show(1)).to.deep.equal(['t [4 1 4 2]']);
  });

  it('are confirmed, those of what was acknowledged before as well', async () => {
    const { reply = '' } = await first({ max_ack_pending: -1 });
    await peer.show(2);
    for (const body of ['', '', '+WPI', '-NAK', '+TERM']) {
      const confirmation = await peer.ask(reply, body);
      expect([body, confirmation.payload, confirmation.headers]).to.deep.equal([body, '', undefined]);
    }
  });

  it('for an unknown consumer have no responder', async () => {
    expect(shown(await peer.ask('$JS.ACK.T.none.1.1.1.1796127819667965400.0'))).to.match(/^NATS\/1\.0 503 /);
  });

  it('where nothing is acknowledged have no responder either', async () => {
    const { reply = '' } = await first({ ack_policy: 'none', max_ack_pending: 0 });
    await peer.show(2);
    expect(shown(await peer.ask(reply, '+ACK'))).to.match(/^NATS\/1\.0 503 /);
  });

  it('a message that is removed while it waits counts as terminated', async () => {
    await first({ max_ack_pending: -1 });
    await peer.show(2);
    await peer.api('STREAM.MSG.DELETE.T', { seq: 1 });
    expect(await peer.numbers('T', 'c')).to.equal('3/3 1/1 2 +0');
    await peer.api('STREAM.MSG.DELETE.T', { seq: 3 });
    expect(await peer.numbers('T', 'c')).to.equal('3/3 1/1 1 +0');
  });
});

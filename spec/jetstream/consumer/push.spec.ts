import { expect } from 'chai';
import { FakeClock } from '../../support/fake-clock.js';
import { Harness } from '../../support/harness.js';
import { JsPeer, shown } from '../../support/jetstream/js-peer.js';
import { until } from '../../support/until.js';

const MS = 1e6;

describe('push consumers', () => {
  let harness: Harness;
  let peer: JsPeer;
  let clock: FakeClock;

  beforeEach(async () => {
    clock = new FakeClock();
    harness = await Harness.start({ jetstream: { enabled: true } }, undefined, { clock });
    peer = await JsPeer.connect(harness);
    await peer.stream('T', { subjects: ['t.*'] });
  });
  afterEach(() => harness.stop());

  async function pass(ms: number): Promise<void> {
    await peer.client.settle();
    clock.pass(ms);
  }

  it('deliver as long as their subject has a receiver', async () => {
    await peer.store('t.a', 't.b');
    const { push_bound: before } = await peer.consumer('T', 'c', { deliver_subject: 'd' });
    await peer.client.expectSilence();
    peer.client.send('SUB d 1\r\n');
    expect(await peer.show(2)).to.deep.equal(['t.a [1 1 1 1]', 't.b [1 2 2 0]']);
    const { push_bound: bound } = await peer.api('CONSUMER.INFO.T.c');
    peer.client.send('UNSUB 1\r\n');
    await peer.store('t.a');
    await peer.client.expectSilence();
    const { push_bound: after } = await peer.api('CONSUMER.INFO.T.c');
    expect([before, bound, after]).to.deep.equal([undefined, true, undefined]);
    peer.client.send('SUB *.> 2\r\nUNSUB 2\r\nSUB * 3\r\n');
    expect(await peer.show(1)).to.deep.equal(['t.a [1 3 3 0]']);
  });

  it('deliver to a member of their group only', async () => {
    await peer.store('t.a');
    await peer.consumer('T', 'c', { deliver_subject: 'd', deliver_group: 'g' });
    peer.client.send('SUB d 1\r\nSUB d other 2\r\n');
    await peer.client.expectSilence();
    peer.client.send('UNSUB 1\r\nUNSUB 2\r\nSUB d g 3\r\n');
    expect(await peer.show(1)).to.deep.equal(['t.a [1 1 1 0]']);
  });

  it('say that they are alive while they deliver nothing', async () => {
    await peer.store('t.a', 't.b');
    await peer.consumer('T', 'c', {
      ...{ deliver_subject: 'd', idle_heartbeat: 500 * MS, filter_subject: 't.a' },
    });
    await pass(500);
    await peer.client.expectSilence();
    peer.client.send('SUB d 1\r\n');
    await peer.show(1);
    await pass(500);
    const beat = 'NATS/1.0 100 Idle Heartbeat | Nats-Last-Consumer: 1 | Nats-Last-Stream: 2';
    expect(shown(await peer.next())).to.equal(beat);
  });

  it('with flow control stop at their window until they are answered', async () => {
    const text = 'x'.repeat(900_000);
    for (let count = 0; count < 7; count++) {
      peer.send('t.a', text, peer.listen());
      await peer.next();
    }
    await peer.consumer('T', 'c', {
      ...{ deliver_subject: 'd', idle_heartbeat: 500 * MS, flow_control: true, ack_policy: 'none' },
    });
    peer.client.send('SUB d 1\r\n');
    const first = await peer.next();
    const second = await peer.next();
    const request = await peer.next();
    expect([first.sid, second.sid, request.sid]).to.deep.equal(['1', '1', '1']);
    expect(request.headers).to.equal('NATS/1.0 100 FlowControl Request\r\n');
    expect(request.reply).to.match(/^\$JS\.FC\.T\.c\..{4}$/);
    const third = await peer.next();
    expect(third.reply).to.match(/^\$JS\.ACK\.T\.c\.1\.3\.3\./);
    await peer.client.expectSilence();
    await pass(500);
    expect(shown(await peer.next())).to.match(
      new RegExp(
        `^NATS/1.0 100 Idle Heartbeat .* \\| Nats-Consumer-Stalled: ${request.reply?.replaceAll('$', '\\$')}$`,
      ),
    );
    peer.send(request.reply ?? '');
    const replies: (string | undefined)[] = [];
    for (let count = 0; count < 3; count++) replies.push((await peer.next()).reply);
    expect(replies.filter((reply) => reply?.startsWith('$JS.ACK'))).to.have.length.at.least(2);
  });

  it('that are ephemeral end some time after their last receiver', async () => {
    peer.client.send('SUB d 1\r\n');
    await peer.api('CONSUMER.CREATE.T.e', {
      stream_name: 'T',
      config: { name: 'e', deliver_subject: 'd', inactive_threshold: 1_000 * MS, mem_storage: true },
    });
    await pass(5_000);
    expect(await peer.numbers('T', 'e')).to.equal('0/0 0/0 0 +0');
    peer.client.send('UNSUB 1\r\n');
    await pass(999);
    expect(await peer.numbers('T', 'e')).to.equal('0/0 0/0 0 +0');
    await pass(1);
    expect(await peer.numbers('T', 'e')).to.equal('consumer not found');
  });

  it('wait for a receiver that has fallen behind, which is not closed, and hold up nothing else', async () => {
    const text = 'x'.repeat(60_000);
    for (let count = 0; count < 100; count++) {
      peer.send('t.a', text, peer.listen());
      await peer.next();
    }
    const slow = await JsPeer.connect(harness);
    slow.client.send('SUB d 1\r\n');
    await slow.client.settle();
    slow.client.stall();
    await peer.consumer('T', 'c', { deliver_subject: 'd', ack_policy: 'none' });
    const { outbox } = slow.client.connection.client;
    await until('the receiver is full', () => outbox.pendingBytes > outbox.limits.lowWaterBytes);
    await peer.client.settle();
    expect(outbox.pendingBytes).to.be.below(outbox.limits.highWaterBytes);
    await peer.consumer('T', 'o', { deliver_subject: 'o', ack_policy: 'none' });
    peer.client.send('SUB o 1\r\n');
    for (let count = 0; count < 100; count++) await peer.next();
    slow.client.resume();
    for (let count = 0; count < 100; count++)
      expect((await slow.next()).reply).to.match(new RegExp(`^\\$JS\\.ACK\\.T\\.c\\.1\\.${count + 1}\\.`));
    expect(slow.client.connection.reason).to.equal(undefined);
  });
});

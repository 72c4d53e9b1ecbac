import { expect } from 'chai';
import { FakeClock } from '../../support/fake-clock.js';
import { Harness } from '../../support/harness.js';
import { JsPeer, shown } from '../../support/jetstream/js-peer.js';

const TEN = ['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c', 'a'].map((token) => `t.${token}`);
const MS = 1e6;

describe('requests for messages', () => {
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

  function pull(request: string | object, consumer = 'c'): string {
    const inbox = peer.listen();
    peer.send(`$JS.API.CONSUMER.MSG.NEXT.T.${consumer}`, request, inbox);
    return inbox;
  }

  /** Lets time pass once what was sent has been carried out. */
  async function pass(ms: number): Promise<void> {
    await peer.client.settle();
    clock.pass(ms);
  }

  describe('that end at once', () => {
    const ROWS: readonly (readonly [
      what: string,
      config: object,
      request: string | object,
      status: string,
    ])[] = [
      ['nothing there', {}, { batch: 1, no_wait: true }, 'NATS/1.0 404 No Messages'],
      ['too large a batch', { max_batch: 2 }, '3', 'NATS/1.0 409 Exceeded MaxRequestBatch of 2'],
      [
        'too long a time',
        { max_expires: 5_000 * MS },
        { batch: 1, expires: 6_000 * MS },
        'NATS/1.0 409 Exceeded MaxRequestExpires of 5s',
      ],
      [
        'too many bytes',
        { max_bytes: 100 },
        { batch: 1, max_bytes: 101 },
        'NATS/1.0 409 Exceeded MaxRequestMaxBytes of 100',
      ],
      [
        'heartbeats too far apart',
        {},
        { batch: 1, expires: 1_000 * MS, idle_heartbeat: 600 * MS },
        'NATS/1.0 400 Bad Request - heartbeat value too large',
      ],
      ['a push consumer', { deliver_subject: 'd' }, '1', 'NATS/1.0 409 Consumer is push based'],
    ];
    for (const [what, config, request, expected] of ROWS)
      it(what, async () => {
        await peer.consumer('T', 'c', config);
        pull(request);
        expect(shown(await peer.next())).to.equal(expected);
      });

    it('more wait than may', async () => {
      await peer.consumer('T', 'c', { max_waiting: 1 });
      pull('1');
      pull('1');
      expect(shown(await peer.next())).to.equal('NATS/1.0 409 Exceeded MaxWaiting');
    });

    it('an unknown consumer: no responders', async () => {
      pull('1', 'none');
      expect(shown(await peer.next())).to.match(/^NATS\/1\.0 503 /);
    });

    it('others want more than there is', async () => {
      await peer.consumer('T', 'c', { max_ack_pending: 1 });
      await peer.store('t.a', 't.b');
      pull('5');
      await peer.show(1);
      pull({ batch: 1, no_wait: true });
      expect(shown(await peer.next())).to.equal('NATS/1.0 408 Requests Pending');
    });
  });

  it('take the messages there are without waiting, and end then', async () => {
    await peer.consumer('T', 'c');
    await peer.store('t.a', 't.b');
    pull({ batch: 5, no_wait: true });
    expect(await peer.show(3)).to.deep.equal(['t.a [1 1 1 1]', 't.b [1 2 2 0]', 'NATS/1.0 404 No Messages']);
  });

  it('end as their time is over, with what is left of them', async () => {
    await peer.consumer('T', 'c', { max_ack_pending: 2 });
    await peer.store(...TEN);
    pull({ batch: 5, expires: 400 * MS });
    await peer.show(2);
    await pass(399);
    await peer.client.expectSilence();
    expect(await peer.api('CONSUMER.INFO.T.c')).to.include({ num_waiting: 1 });
    await pass(1);
    expect(shown(await peer.next())).to.equal(
      'NATS/1.0 408 Request Timeout | Nats-Pending-Messages: 3 | Nats-Pending-Bytes: 0',
    );
  });

  it('end with 409 where the next message does not fit', async () => {
    await peer.consumer('T', 'c');
    await peer.store('t.a', 't.b');
    pull({ batch: 5, max_bytes: 80 });
    const [first, last] = [await peer.next(), await peer.next()];
    const size = first.subject.length + (first.reply?.length ?? 0) + first.payload.length;
    expect(shown(last)).to.equal(
      `NATS/1.0 409 Message Size Exceeds MaxBytes | Nats-Pending-Messages: 4 | Nats-Pending-Bytes: ${80 - size}`,
    );
  });

  it('say what bytes are left as the batch is complete', async () => {
    await peer.consumer('T', 'c');
    await peer.store('t.a', 't.b');
    pull({ batch: 1, max_bytes: 500 });
    expect((await peer.show(2))[1]).to.match(
      /^NATS\/1\.0 409 Batch Completed \| Nats-Pending-Messages: 0 \| /,
    );
  });

  it('are given a sign of life while nothing is delivered', async () => {
    await peer.consumer('T', 'c');
    await peer.store('t.a');
    pull({ batch: 3, expires: 10_000 * MS, idle_heartbeat: 500 * MS });
    await peer.show(1);
    await pass(500);
    const beat = 'NATS/1.0 100 Idle Heartbeat | Nats-Last-Consumer: 1 | Nats-Last-Stream: 1';
    expect(shown(await peer.next())).to.equal(beat);
    await pass(500);
    expect(shown(await peer.next())).to.equal(beat);
  });

  it('are served in turn', async () => {
    await peer.consumer('T', 'c');
    const [one, other] = [pull({ batch: 3, expires: 900 * MS }), pull({ batch: 3, expires: 900 * MS })];
    await peer.client.settle();
    for (const subject of TEN.slice(0, 4)) peer.send(subject, 'x');
    const sids: string[] = [];
    for (let count = 0; count < 4; count++) sids.push((await peer.next()).sid);
    expect([sids[0] === sids[2], sids[1] === sids[3], sids[0] === sids[1]]).to.deep.equal([
      true,
      true,
      false,
    ]);
    expect(one).to.not.equal(other);
    await pass(900);
    const left = 'NATS/1.0 408 Request Timeout | Nats-Pending-Messages: 1 | Nats-Pending-Bytes: 0';
    expect(await peer.show(2)).to.deep.equal([left, left]);
  });

  it('are dropped once nothing listens for their replies', async () => {
    await peer.consumer('T', 'c');
    const inbox = pull('1');
    const { num_waiting } = await peer.api('CONSUMER.INFO.T.c');
    peer.client.send(`UNSUB i${inbox.split('.').at(-1)}\r\n`);
    await peer.store('t.a');
    pull('1');
    expect(num_waiting).to.equal(1);
    expect(await peer.show(1)).to.deep.equal(['t.a [1 1 1 0]']);
  });

  it('end with the consumer', async () => {
    await peer.consumer('T', 'c');
    pull('1');
    peer.send('$JS.API.CONSUMER.DELETE.T.c');
    expect(shown(await peer.next())).to.equal('NATS/1.0 409 Consumer Deleted');
  });

  it('come with an acknowledgement as well', async () => {
    await peer.consumer('T', 'c', { headers_only: true });
    await peer.store(...TEN);
    pull('1');
    const first = await peer.next();
    expect([first.headers, first.payload]).to.deep.equal(['NATS/1.0\r\nNats-Msg-Size: 2\r\n', '']);
    const inbox = peer.listen();
    peer.send(first.reply ?? '', '+NXT 2', inbox);
    expect(await peer.show(2)).to.deep.equal(['t.b [1 2 2 8]', 't.c [1 3 3 7]']);
    expect(await peer.numbers('T', 'c')).to.equal('3/3 1/1 2 +7');
  });

  it('a consumer that nothing uses ends', async () => {
    await peer.api('CONSUMER.CREATE.T.e', {
      stream_name: 'T',
      config: { name: 'e', inactive_threshold: 1_000 * MS, mem_storage: true },
    });
    await pass(900);
    pull({ batch: 1, expires: 3_000 * MS }, 'e');
    await pass(2_900);
    expect(await peer.numbers('T', 'e')).to.equal('0/0 0/0 0 +0');
    await pass(100);
    await peer.next();
    await pass(2_000);
    expect(await peer.numbers('T', 'e')).to.equal('consumer not found');
  });
});

/** Who may slow down whom, in a model: the time that passes is counted, not waited for. */
import { expect } from 'chai';
import { configFrom } from '../../lib/config.js';
import { plus } from '../../lib/domain/drops.js';
import {
  EXACT,
  FlowModel,
  LOOPBACK,
  MESSAGE_BYTES,
  type ModelPeer,
  type ModelPublisher,
  type Steps,
} from '../support/flow-model.js';
import { seeded } from '../support/random.js';

const { flow } = configFrom();
const KB = 1_000;
const OFFERED = 2_000 * KB;
/** Longest that a healthy subscriber waits between two messages, in milliseconds: between two looks, and a step. */
const MAX_PAUSE_MS = 250;

/** A reader of the model that takes `rate` bytes a second at the time given. */
interface Reader extends ModelPeer {
  rate: (time: number) => number;
}

describe('publishers and slow readers', () => {
  let model: FlowModel;
  let publisher: ModelPublisher;
  let healthy: ModelPeer;
  let readers: Reader[];
  let longestPauseMs: number;
  let lastAt: number;
  let heard: number;

  beforeEach(() => {
    model = new FlowModel(flow);
    publisher = model.publisher();
    readers = [];
    healthy = model.reader('feed', EXACT);
    watch();
  });
  afterEach(() => model.end());

  /** Begins to measure anew. */
  function watch(): void {
    longestPauseMs = 0;
    lastAt = model.time;
    heard = healthy.wire.messages;
  }

  function slow(
    rate: number | ((time: number) => number),
    steps: Steps = LOOPBACK,
    subject = 'feed',
  ): Reader {
    const reader = { ...model.reader(subject, steps), rate: typeof rate === 'number' ? () => rate : rate };
    readers.push(reader);
    return reader;
  }

  /** What happens in one step: all readers read, and the publisher offers. */
  function turn(ms: number, subject = 'feed'): void {
    healthy.wire.take(Number.POSITIVE_INFINITY);
    for (const { wire, rate } of readers) wire.take((rate(model.time) * ms) / 1_000);
    const before = healthy.wire.messages;
    publisher.offer(ms, OFFERED, subject);
    model.core.flushAll();
    if (healthy.wire.messages > before) lastAt = model.time;
    longestPauseMs = Math.max(longestPauseMs, model.time - lastAt);
  }

  const run = (ms: number): void => model.run(ms, turn);
  /** Share of what was offered since `watch` that the healthy one got. */
  const share = (ms: number): number =>
    ((healthy.wire.messages - heard) * MESSAGE_BYTES * 1_000) / (OFFERED * ms);

  for (const frozen of [1, 5])
    it(`${frozen} frozen: others are slowed down for max_hold at most, and never stopped`, () => {
      run(2_000);
      for (let n = 0; n < frozen; n++) slow(0);
      watch();
      run(8_000);
      expect(longestPauseMs).to.be.at.most(MAX_PAUSE_MS);
      expect(publisher.client.paced).to.equal(false);
      expect(publisher.backlog).to.have.lengthOf(0);
      expect(share(8_000)).to.be.closeTo(1, 0.01);
      run(10_000);
      for (const { client } of readers) expect(client.lossReason).to.equal('slow_consumer');
    });

  for (const kilobytes of [5, 12, 40])
    it(`a reader at ${kilobytes} KB/s is waited for no longer, and others go on at full speed`, () => {
      const reader = slow(kilobytes * KB, { ...LOOPBACK, acknowledged: 2_304 });
      run(12_000);
      expect(longestPauseMs).to.be.at.most(MAX_PAUSE_MS);
      expect(reader.client.outbox.congested).to.equal(true);
      expect(publisher.client.paced).to.equal(false);
      watch();
      run(5_000);
      expect(share(5_000)).to.be.closeTo(1, 0.01);
    });

  for (const [name, steps] of [
    ['a socket', LOOPBACK],
    ['a stream', EXACT],
  ] as const)
    for (const kilobytes of [75, 100, 180, 500])
      it(`a reader at ${kilobytes} KB/s over ${name} has backpressure: it loses nothing, and no publisher is stopped`, () => {
        const reader = slow(kilobytes * KB, steps);
        run(120_000);
        expect(longestPauseMs).to.be.at.most(MAX_PAUSE_MS);
        expect(reader.client.closing).to.equal(false);
        expect(reader.client.outbox.isDetached).to.equal(false);
        expect(reader.client.outbox.keptBytes).to.be.below(flow.highWaterBytes + steps.kernel + 512 * KB);
        expect(reader.wire.read / 120).to.be.above(0.95 * kilobytes * KB);
        expect(healthy.wire.messages).to.be.at.least(reader.wire.messages);
      });

  it('an only reader stops its publisher, however slow it is', () => {
    healthy.client.subscriptions.end('1');
    const reader = slow(20 * KB);
    run(300_000);
    expect(reader.client.closing).to.equal(false);
    expect(reader.client.outbox.keptBytes).to.be.below(flow.highWaterBytes + 256 * KB);
    expect(reader.wire.messages).to.equal(publisher.client.published);
    expect(reader.wire.read).to.be.closeTo(20 * KB * 300, 20 * KB);
    // What it offered in vain is still there.
    expect(publisher.backlog.length + publisher.client.published).to.be.above(590_000);
  });

  it('a subscriber that comes while an only reader has stopped the publisher gets its share', () => {
    healthy.client.subscriptions.end('1');
    slow(0);
    run(5_000);
    expect(publisher.client.held).to.equal(true);
    healthy.client.subscriptions.add('feed', '1');
    watch();
    run(5_000);
    expect(longestPauseMs).to.be.at.most(MAX_PAUSE_MS);
  });

  it('a publisher that feeds one for a while, and then another, counts as one that feeds both', () => {
    const reader = slow(0, LOOPBACK, 'other');
    const subject = (): string => (model.time % 10_000 < 5_000 ? 'other' : 'feed');
    run(100);
    model.run(9_900, (ms) => turn(ms, subject()));
    watch();
    model.run(9_000, (ms) => turn(ms, subject()));
    expect(longestPauseMs).to.be.at.most(5_000 + MAX_PAUSE_MS);
    expect(reader.client.closing || reader.client.outbox.isDetached).to.equal(true);
  });

  it('frozen readers that come back again and again slow others down no more than one in ten seconds', () => {
    run(1_000);
    watch();
    for (let n = 0; n < 100; n++) {
      const reader = slow(0);
      run(400);
      if (n % 2 === 1) for (const { client } of readers.splice(0)) client.close('QUIT');
      else expect(reader.client.closing).to.equal(false);
    }
    expect(longestPauseMs).to.be.at.most(MAX_PAUSE_MS);
    run(2_000);
    expect(share(42_000)).to.be.above(0.95);
  });

  it('a reader that stalls now and then slows others down to its own mean rate at worst', () => {
    const reader = slow((time) => (time % 2_000 < 800 ? 0 : 1_000 * KB));
    run(60_000);
    expect(longestPauseMs).to.be.at.most(MAX_PAUSE_MS);
    expect(reader.client.closing).to.equal(false);
    expect(share(60_000)).to.be.above(0.2);
  });

  it('no number of slow readers brings a publisher below min_rate', () => {
    for (let n = 0; n < 20; n++) slow((70 + n) * KB);
    run(60_000);
    expect(longestPauseMs).to.be.at.most(MAX_PAUSE_MS);
    expect((healthy.wire.messages * MESSAGE_BYTES) / 60).to.be.above(flow.minRateBytes);
  });

  it('a publisher that feeds itself alone and does not read is read no further', () => {
    healthy.client.subscriptions.end('1');
    publisher.client.subscriptions.add('feed', '1');
    run(5_000);
    expect(publisher.client.held).to.equal(true);
    expect(publisher.client.outbox.keptBytes).to.be.below(flow.highWaterBytes + 256 * KB);
    run(10_000);
    expect(publisher.client.closing).to.equal(true);
    expect(publisher.client.lossReason).to.equal('slow_consumer');
  });

  for (const seed of [1, 2, 3, 4])
    it(`random readers: the longest pause and the accounting hold, seed ${seed}`, () => {
      const random = seeded(seed);
      const rates = [0, 5, 12, 60, 70, 110, 180, 1_000, 10_000];
      const any = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
      for (let second = 0; second < 60; second++) {
        const rate = any(rates) * KB;
        const stalls = random() < 0.3;
        const period = 200 + random() * 5_000;
        if (readers.length < 12)
          slow((time) => (stalls && time % period < period / 2 ? 0 : rate), any([EXACT, LOOPBACK]));
        if (random() < 0.3) any(readers).client.close('QUIT');
        run(1_000);
        for (const { client } of model.peers) {
          const { outbox, drops, outMessages } = client;
          const { messages } = [outbox.delivered, outbox.pending, drops.total].reduce(plus);
          expect(messages, `of connection ${client.id}`).to.equal(outMessages);
          expect(outbox.keptBytes).to.be.at.most(flow.maxPendingBytes + 256 * KB);
        }
        for (const reader of [...readers])
          if (reader.client.closing) readers.splice(readers.indexOf(reader), 1);
      }
      expect(longestPauseMs).to.be.at.most(MAX_PAUSE_MS);
      model.core.flushAll();
      expect(healthy.wire.messages).to.equal(publisher.client.published);
      expect((healthy.wire.messages * MESSAGE_BYTES) / 60).to.be.above(flow.minRateBytes);
    });
});

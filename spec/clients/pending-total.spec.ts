import { totalmem } from 'node:os';
import { expect } from 'chai';
import { defaultTotalPendingBytes } from '../../lib/clients/pending-total.js';
import { configFrom } from '../../lib/config.js';
import { EXACT, FlowModel, LOOPBACK, type ModelPeer } from '../support/flow-model.js';

const MIB = 1024 * 1024;
const LIMIT = 16 * MIB;
const OFFERED = 4_000_000;

describe('what is pending over all connections', () => {
  let model: FlowModel;
  beforeEach(() => {
    model = new FlowModel(configFrom({ flow: { max_total_pending: '16MiB' } }).flow);
    model.core.pendingTotal.limitBytes = LIMIT;
  });
  afterEach(() => model.end());

  const sum = (): number => model.peers.reduce((total, { client }) => total + kept(client.outbox), 0);
  const kept = (outbox: ModelPeer['client']['outbox']): number => (outbox.closed ? 0 : outbox.keptBytes);

  it('is what each keeps, whatever they take and whenever they leave', () => {
    const publisher = model.publisher();
    const readers = [0, 50, 500, 2_000, 8_000].map((rate) => ({ ...model.reader('feed', LOOPBACK), rate }));
    for (let second = 0; second < 20; second++) {
      model.run(1_000, (ms) => {
        for (const { wire, rate } of readers) wire.take(rate * ms);
        publisher.offer(ms, OFFERED, 'feed');
      });
      model.core.flushAll();
      if (second === 12) readers[2]!.client.close('QUIT');
      expect(model.core.pendingTotal.refresh()).to.equal(sum());
      expect(sum()).to.be.below(LIMIT + MIB);
    }
    for (const { client } of model.peers) client.close('QUIT');
    expect(model.core.pendingTotal.refresh()).to.equal(0);
  });

  it('is bounded: the largest that hold no publisher are cut off first, and those that take everything stay', () => {
    const publisher = model.publisher();
    const healthy = model.reader('feed', EXACT);
    const frozen: ModelPeer[] = [];
    for (let n = 0; n < 8; n++) {
      frozen.push(model.reader('feed', LOOPBACK));
      model.run(500, (ms) => {
        healthy.wire.take(Number.POSITIVE_INFINITY);
        publisher.offer(ms, OFFERED, 'feed');
      });
    }
    let peak = 0;
    model.run(8_000, (ms) => {
      healthy.wire.take(Number.POSITIVE_INFINITY);
      publisher.offer(ms, OFFERED, 'feed');
      peak = Math.max(peak, sum());
    });
    expect(peak).to.be.within(LIMIT / 2, LIMIT + MIB);
    const gone = frozen.filter(({ client }) => client.closing);
    expect(gone).to.not.have.lengthOf(0);
    expect(gone).to.have.lengthOf(model.core.pendingTotal.cutOff);
    for (const { client } of gone) {
      expect(client.lossReason).to.equal('slow_consumer');
      expect(client.outbox.totalExceeded).to.include({ limit: 'flow.max_total_pending' });
    }
    expect(healthy.client.closing).to.equal(false);
    expect(model.core.drops.of('slow_consumer').messages).to.be.above(0);
  });

  it('may be a quarter of the memory there is, where nothing is configured', () => {
    expect(defaultTotalPendingBytes()).to.be.within(1, totalmem() / 4);
    expect(configFrom().flow.maxTotalPendingBytes).to.equal(0);
  });
});

/** When congested readers are cut off, in a model: the time that passes is counted, not waited for. */
import { expect } from 'chai';
import { configFrom } from '../../lib/config.js';
import { EXACT, FlowModel, type ModelPeer, type ModelPublisher } from '../support/flow-model.js';

const { flow } = configFrom();
/** Bytes a second. */
const OFFERED = 10_000_000;

describe('a congested reader', () => {
  let model: FlowModel;
  let publisher: ModelPublisher;
  let reader: ModelPeer;

  beforeEach(() => {
    model = new FlowModel(flow);
    publisher = model.publisher();
    reader = model.reader('feed', EXACT);
    model.run(500, (ms) => {
      publisher.offer(ms, OFFERED, 'feed');
      model.core.flushAll();
    });
    expect(reader.client.outbox.congested).to.equal(true);
  });
  afterEach(() => model.end());

  const isCutOff = (): boolean => reader.client.lossReason === 'slow_consumer';
  const nothingHappens = (): void => {};

  it('is cut off once it has made no progress for the write deadline', () => {
    model.run(flow.writeDeadlineMs - 1_000, nothingHappens);
    expect(isCutOff()).to.equal(false);
    model.run(1_000, nothingHappens);
    expect(isCutOff()).to.equal(true);
  });

  it('is not charged for time in which the process did not run', () => {
    model.time += 3 * flow.writeDeadlineMs; // a stopped process, or a suspended machine
    model.core.congestion.sweep();
    expect(isCutOff()).to.equal(false);
    model.run(flow.writeDeadlineMs - 1_000, nothingHappens);
    expect(isCutOff()).to.equal(false);
    model.run(1_000, nothingHappens);
    expect(isCutOff()).to.equal(true);
  });
});

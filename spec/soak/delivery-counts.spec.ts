import { expect } from 'chai';
import { type DeliveryCounts, deliveryCountRows, imbalance } from '../../tools/soak/load/delivery-counts.js';

const COUNTS: DeliveryCounts = {
  routed: { messages: 1_010 },
  delivered: { messages: 1_000 },
  pending: { messages: 1 },
  dropped: { slow_consumer: { messages: 7 }, policy: { messages: 2 } },
  held_ms: 1_500,
};

describe("soak: the broker's delivery counts", () => {
  it('are rows, a reason each', () => {
    expect(deliveryCountRows(COUNTS)).to.deep.equal([
      ["the broker's delivery counts: routed, delivered, pending", '1,010, 1,000, 1'],
      ['… dropped: slow_consumer', '7'],
      ['… dropped: policy', '2'],
      ['… time that publishers were held, summed over whom for', '1.5 s'],
    ]);
    expect(deliveryCountRows(undefined)).to.deep.equal([]);
  });

  it('must balance', () => {
    expect(imbalance(COUNTS)).to.equal(undefined);
    expect(imbalance(undefined)).to.equal(undefined);
    expect(imbalance({ ...COUNTS, routed: { messages: 1_011 } })).to.contain('1011 routed, but 1010');
  });
});

import { expect } from 'chai';
import { HoldCredit } from '../../lib/clients/hold-credit.js';

describe('hold credit', () => {
  it('is spent down to nothing, and not below', () => {
    const credit = new HoldCredit(1_000, 0);
    credit.spend(400, 400);
    expect(credit.leftMs).to.equal(600);
    credit.spend(2_000, 2_400);
    expect(credit.leftMs).to.equal(0);
  });

  it('is earned up to the most there may be; what is above that already stays', () => {
    const credit = new HoldCredit(1_000, 0);
    credit.earn(5_000, 3_000);
    expect(credit.leftMs).to.equal(3_000);
    credit.earn(1, 1_000);
    expect(credit.leftMs).to.equal(3_000);
  });

  it('comes back by a tenth of the time in which it is not spent, up to what there was at first', () => {
    const credit = new HoldCredit(1_000, 0);
    credit.spend(1_000, 1_000);
    credit.rest(1_000, 3_000);
    expect(credit.leftMs).to.equal(200);
    credit.rest(1_000, 3_000);
    expect(credit.leftMs).to.equal(200);
    credit.rest(1_000, 60_000);
    expect(credit.leftMs).to.equal(1_000);
  });
});

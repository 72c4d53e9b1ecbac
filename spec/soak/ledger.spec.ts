import { expect } from 'chai';
import { GroupRecord } from '../../tools/soak/group.js';
import { DeliveryAccounting, ReceiptRecord, type Stream } from '../../tools/soak/ledger.js';
import { OrderComparison } from '../../tools/soak/order-comparison.js';

/** A stream of a ledger of which `sent` were written and `confirmed`. */
function streamOf(accounting: DeliveryAccounting, sent: number, confirmed = sent, subject = 'a'): Stream {
  return Object.assign(accounting.open(subject), { sent, confirmed });
}

function counts({ totals }: DeliveryAccounting): object {
  const { duplicates, reordered, corrupted, unexplained } = totals;
  return { duplicates, reordered, corrupted, unexplained };
}

const NOTHING = { duplicates: 0, reordered: 0, corrupted: 0, unexplained: 0 };

describe('soak: the receipt record', () => {
  let accounting: DeliveryAccounting;
  let record: ReceiptRecord;
  beforeEach(() => {
    accounting = new DeliveryAccounting();
    record = new ReceiptRecord(accounting, 'it', ({ subject }) => subject === 'a');
  });

  it('finds nothing wrong with all messages in order', () => {
    record.begin();
    const { id } = streamOf(accounting, 3);
    for (const seq of [1, 2, 3]) record.take(id, seq);
    record.end(record.due());
    expect(counts(accounting)).to.deep.equal(NOTHING);
    expect(accounting.totals.received).to.equal(3);
  });

  it('wants nothing from before the subscription, and takes what was on its way', () => {
    const stream = streamOf(accounting, 100, 50);
    record.begin();
    for (let seq = 61; seq <= 100; seq++) record.take(stream.id, seq);
    record.end(record.due());
    expect(counts(accounting)).to.deep.equal(NOTHING);
  });

  const wrongs: Readonly<Record<string, readonly [seqs: readonly number[], object]>> = {
    'a missing first message': [[2, 3], { ...NOTHING, unexplained: 1 }],
    'a gap': [[1, 3], { ...NOTHING, unexplained: 1 }],
    'a missing end': [[1], { ...NOTHING, unexplained: 2 }],
    'no message at all': [[], { ...NOTHING, unexplained: 3 }],
    'a duplicate': [[1, 2, 2, 3], { ...NOTHING, duplicates: 1 }],
    'another order': [[1, 3, 2], { ...NOTHING, unexplained: 1, reordered: 1 }],
    'a message that was never sent': [[1, 2, 3, 4], { ...NOTHING, corrupted: 1 }],
  };
  for (const [name, [seqs, wanted]] of Object.entries(wrongs)) {
    it(`finds ${name}`, () => {
      record.begin();
      const { id } = streamOf(accounting, 3);
      for (const seq of seqs) record.take(id, seq);
      record.end(record.due());
      expect(counts(accounting)).to.deep.equal(wanted);
    });
  }

  it('finds messages of a subject that was not subscribed to', () => {
    record.begin();
    record.take(streamOf(accounting, 1, 1, 'b').id, 1);
    expect(counts(accounting)).to.deep.equal({ ...NOTHING, corrupted: 1 });
  });

  it('excuses the tail of a connection that was cut, and only that', () => {
    record.begin();
    const { id } = streamOf(accounting, 10, 8);
    for (const seq of [1, 2, 4]) record.take(id, seq);
    record.cut('receiver cut off as slow');
    expect(counts(accounting)).to.deep.equal({ ...NOTHING, unexplained: 1 });
    expect([...accounting.totals.explained]).to.deep.equal([['receiver cut off as slow', 4]]);
  });

  it('does not want what was not confirmed', () => {
    record.begin();
    const { id } = streamOf(accounting, 10, 2);
    for (const seq of [1, 2]) record.take(id, seq);
    record.end(record.due());
    expect(counts(accounting)).to.deep.equal(NOTHING);
  });
});

describe('soak: the group record', () => {
  function groupOf(): { accounting: DeliveryAccounting; record: GroupRecord; id: number } {
    const accounting = new DeliveryAccounting();
    const record = new GroupRecord(accounting, 'crew');
    return { accounting, record, id: streamOf(accounting, 6).id };
  }

  it('finds nothing wrong where every message came to one member', () => {
    const { accounting, record, id } = groupOf();
    const [one, two] = [new Map<number, number>(), new Map<number, number>()];
    for (const seq of [2, 4, 5]) record.take(id, seq, one);
    for (const seq of [1, 3, 6]) record.take(id, seq, two);
    record.end([id]);
    expect(counts(accounting)).to.deep.equal(NOTHING);
  });

  it('finds what came to two members, out of order, or to none', () => {
    const { accounting, record, id } = groupOf();
    const [one, two] = [new Map<number, number>(), new Map<number, number>()];
    for (const seq of [2, 1, 4]) record.take(id, seq, one);
    for (const seq of [3, 4, 6]) record.take(id, seq, two);
    record.end([id]);
    expect(counts(accounting)).to.deep.equal({ ...NOTHING, duplicates: 1, reordered: 1, unexplained: 1 });
  });

  it('excuses what was sent about the time a member was cut, not what was sent long before', () => {
    const { accounting, record, id } = groupOf();
    const stream = accounting.streams.get(id)!;
    for (const [at, sent] of [
      [0, 0],
      [1_000, 3],
      [100_000, 3],
      [101_000, 6],
    ] as const) {
      Object.assign(stream, { sent });
      record.mark(at, [id]);
    }
    for (const seq of [1, 3, 4, 6]) record.take(id, seq, new Map());
    record.cut(101_500);
    record.end([id]);
    expect(counts(accounting)).to.deep.equal({ ...NOTHING, unexplained: 1 });
    expect([...accounting.totals.explained]).to.deep.equal([['queue member cut', 1]]);
  });
});

describe('soak: parallel subscribers', () => {
  it('find another order once, whichever receiver is ahead, and go on over many messages', () => {
    const accounting = new DeliveryAccounting();
    const orderComparison = new OrderComparison(accounting);
    const [one, two, three] = [orderComparison.join(), orderComparison.join(), orderComparison.join()];
    for (let seq = 1; seq <= 200_000; seq++) {
      one(1, seq);
      two(1, seq);
      if (seq % 1_000 === 0) for (let late = seq - 999; late <= seq; late++) three(1, late);
    }
    expect(counts(accounting)).to.deep.equal(NOTHING);
    expect(orderComparison.compared).to.equal(400_000);
    one(1, 200_001);
    one(2, 1);
    two(2, 1);
    two(1, 200_001);
    expect(counts(accounting)).to.deep.equal({ ...NOTHING, reordered: 1 });
  });
});

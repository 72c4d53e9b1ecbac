import { expect } from 'chai';
import {
  CELLS,
  fanOut,
  feedersOf,
  labelOf,
  QUICK_CELLS,
  selectCells,
  subjectOf,
  subscriptionOf,
} from '../../tools/bench/cells.js';
import { GROUPS } from '../../tools/bench/figures.js';

const one = (id: string) => selectCells(id)[0]!;
const ids = (list: string) => selectCells(list).map(({ id }) => id);

describe('bench: cells', () => {
  it('have unique ids, and the quick ones are a part of them', () => {
    expect(new Set(CELLS.map(({ id }) => id)).size).to.equal(CELLS.length);
    expect(CELLS).to.include.members([...QUICK_CELLS]);
    expect(QUICK_CELLS.length).to.be.below(CELLS.length);
  });

  for (const [list, expected] of [
    ['1-10/16', ['1-10/16']],
    ['1-1', ['1-1/16', '1-1/128', '1-1/1024', '1-1/16384', '1-1/262144']],
    ['line-1-1, 1-0/16', ['1-0/16', 'line-1-1/16']],
    ['10-10x10/16,10-10x10', ['10-10x10/16', '10-10x10/128', '10-10x10/1024']],
    ['line', ['line-1-1/16', 'line-1-10/16', 'line-1-100/16']],
    ['mixed, headers', ['headers-1-1/128', 'headers-1-10/128', 'mixed-100-1/16']],
  ] as const) {
    it(`are selected by '${list}'`, () => expect(ids(list)).to.deep.equal(expected));
  }

  it('are selected by size', () => {
    expect(selectCells('/128').every(({ payloadBytes }) => payloadBytes === 128)).to.equal(true);
    expect(ids('/16384')).to.deep.equal(['1-0/16384', '1-1/16384']);
  });

  it('are of known groups, a group in one piece, each with what is expected of it', () => {
    const groups = CELLS.map(({ group }) => group);
    const pieces = groups.filter((group, n) => group !== groups[n - 1]);
    expect(Object.keys(GROUPS)).to.include.members(pieces);
    expect(new Set(pieces).size).to.equal(pieces.length);
    for (const { id, expected } of CELLS) expect(expected, id).to.be.within(1, 10);
  });

  it('have a label for people', () => {
    const labels = ['1-10/16', '10-10x10/1024', 'subjects10000-1-1/16', 'tls-1-1/128'].map((id) =>
      labelOf(one(id)),
    );
    expect(labels).to.deep.equal([
      '1→10, 16 B',
      '10→10 on 10 subjects, 1 KiB',
      '1→1 over 10,000 subjects, 16 B',
      '1→1 TLS, 128 B',
    ]);
    expect(new Set(CELLS.map(labelOf)).size).to.equal(CELLS.length);
  });

  for (const list of ['', '7-7', '1-1,', '/17', '1-1/']) {
    it(`refuses '${list}'`, () => expect(() => selectCells(list)).to.throw(RangeError, 'there are 1-0/16'));
  }

  it('know who feeds whom', () => {
    expect(feedersOf(one('1-10/16'), 7)).to.deep.equal([0]);
    expect(feedersOf(one('10-10/16'), 3)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(feedersOf(one('10-10x10/16'), 3)).to.deep.equal([3]);
    expect(subjectOf(one('10-10/16'), 3)).to.equal('bench.00');
    expect(subjectOf(one('10-10x10/16'), 3)).to.equal('bench.03');
    expect(feedersOf(one('subjects1000-10-10/16'), 3)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(subscriptionOf(one('subjects1000-10-10/16'), 3)).to.equal('bench.*');
    expect(subjectOf(one('subjects1000-10-10/16'), 1003)).to.equal('bench.003');
    expect(subscriptionOf(one('100-100x100/16'), 99)).to.equal('bench.99');
  });

  it('know how many copies of a message arrive', () => {
    const copies = ['1-0/16', '1-1/16', '1-100/16', '10-10/16', '10-10x10/16', 'subjects1000-10-10/16'];
    expect(copies.map((id) => fanOut(one(id)))).to.deep.equal([0, 1, 100, 10, 1, 10]);
    expect(ids('queues').map((id) => fanOut(one(id)))).to.deep.equal([1, 3, 1]);
  });
});

import { expect } from 'chai';
import { CELLS, fanOut, feedersOf, QUICK_CELLS, selectCells, subjectOf } from '../../bench/cells.js';

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
    ['1-1', ['1-1/16', '1-1/128', '1-1/1024']],
    ['line-1-1, 1-0/16', ['1-0/16', 'line-1-1/16']],
    ['10-10x10/16,10-10x10', ['10-10x10/16', '10-10x10/128', '10-10x10/1024']],
  ] as const) {
    it(`are selected by '${list}'`, () => expect(ids(list)).to.deep.equal(expected));
  }

  it('are selected by size', () => {
    expect(selectCells('/128').every(({ payloadBytes }) => payloadBytes === 128)).to.equal(true);
    expect(ids('/128')).to.have.length(6);
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
  });

  it('know how many copies of a message arrive', () => {
    const copies = ['1-0/16', '1-1/16', '1-100/16', '10-10/16', '10-10x10/16'].map((id) => fanOut(one(id)));
    expect(copies).to.deep.equal([0, 1, 100, 10, 1]);
  });
});

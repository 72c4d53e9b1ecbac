import { expect } from 'chai';
import { Turns } from '../../lib/auth/turns.js';

describe('auth/turns', () => {
  it('serves owners in turn, each in its order', () => {
    const turns = new Turns<string>(10);
    for (const item of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) turns.add(item[0]!, item);
    const order = Array.from({ length: 7 }, () => turns.take());
    expect(order).to.deep.equal(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', undefined]);
    expect(turns.size).to.equal(0);
  });

  it('lets one who comes late in before what another has waiting', () => {
    const turns = new Turns<string>(10);
    for (const item of ['a1', 'a2', 'a3']) turns.add('a', item);
    turns.take();
    turns.add('b', 'b1');
    expect([turns.take(), turns.take()]).to.deep.equal(['a2', 'b1']);
  });

  it('when full, drops the last of who has most; of the one who asks, the new one', () => {
    const turns = new Turns<string>(4);
    for (const item of ['a1', 'a2', 'a3']) expect(turns.add('a', item)).to.equal(undefined);
    turns.add('b', 'b1');
    expect(turns.add('a', 'a4')).to.equal('a4');
    expect(turns.add('b', 'b2')).to.equal('a3');
    expect(turns.add('b', 'b3')).to.equal('b3');
    expect(turns.add('c', 'c1')).to.equal('a2');
    expect(turns.size).to.equal(4);
  });
});

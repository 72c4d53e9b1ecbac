import { expect } from 'chai';
import fc from 'fast-check';
import { MemoryStore } from '../../../lib/jetstream/store/memory.js';
import { conforms } from '../../support/jetstream/store-conformance.js';
import { StoreModel } from '../../support/jetstream/store-model.js';
import { finish } from '../../support/steps.js';

describe('Memory store', () => {
  it('answers as an array of messages would', () =>
    fc.assert(
      conforms(
        (first) => Promise.resolve(new MemoryStore(first)),
        (store) => {
          expect(store.committed).to.equal(store.state.lastSequence);
          return Promise.resolve(store);
        },
      ),
      { numRuns: 200 },
    ));

  it('counts right while messages come and go between steps', () => {
    const store = new MemoryStore();
    const model = new StoreModel(1, (...message) => store.sizeOf(...message));
    const body = Buffer.from('x');
    const at = { ms: 1, ns: 0 };
    for (let i = 0; i < 2_000; i++) for (const one of [store, model]) one.append(`k.${i}`, body, 0, at);
    let steps = 0;
    const count = finish(store.count(['k.*'], 1, Number.MAX_SAFE_INTEGER), () => {
      steps++;
      for (const one of [store, model]) {
        one.append(`k.${steps}`, body, 0, at); // counted already
        one.append(`k.new.${steps}`, body, 0, at); // not in the filter
        one.append(`k.new${steps}`, body, 0, at);
        one.remove(steps * 3);
        one.remove(2_000 - steps);
      }
    });
    expect(steps).to.be.greaterThan(3);
    expect(count).to.equal(model.count(['k.*'], 1, Number.MAX_SAFE_INTEGER));
  });

  it('looks at as many messages as it may, and says where to go on', () => {
    const store = new MemoryStore();
    for (let i = 0; i < 10; i++) store.append('a.b', Buffer.from('x'), 0, { ms: i, ns: 0 });
    store.append('c.d', Buffer.from('x'), 0, { ms: 11, ns: 0 });
    expect(store.next(['c.*'], 1, 4)).to.equal(5);
    expect(store.next(['c.*'], 9, 4)).to.include({ sequence: 11 });
    expect(store.next(['c.d'], 1, 1)).to.include({ sequence: 11 });
    expect(store.next(['d.*'], 11, 4)).to.equal(undefined);
  });

  it('leaves what it has handed out as it was, whatever becomes of it', () => {
    const store = new MemoryStore();
    const at = { ms: 1, ns: 0 };
    for (let i = 1; i <= 200; i++) store.append('a', Buffer.from(`message ${i}`), 0, at);
    const kept = [3, 100, 200].map((sequence) => store.get(sequence)?.body);
    for (let i = 1; i <= 200; i++) if (i % 4 > 0) store.remove(i);
    for (let i = 201; i <= 600; i++) store.append('a', Buffer.alloc(40, 'x'), 0, at);
    expect(kept.map(String)).to.deep.equal(['message 3', 'message 100', 'message 200']);
    expect(String(store.get(100)?.body)).to.equal('message 100');
  });
});

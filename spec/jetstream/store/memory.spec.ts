import { expect } from 'chai';
import fc from 'fast-check';
import type { Instant } from '../../../lib/jetstream/instant.js';
import { MemoryStore } from '../../../lib/jetstream/store/memory.js';
import type { StoredMessage } from '../../../lib/jetstream/store/store.js';
import { finished, StoreModel } from '../../support/jetstream/store-model.js';

const SUBJECTS = ['a', 'a.b', 'a.b.c', 'a.c', 'b.b', 'b.c.d', 'c.*x.>y'];
const FILTERS = [[], ['a'], ['a.*'], ['a.>'], ['*.b'], ['>'], ['a', 'b.b'], ['a.b', 'b.>'], ['none'], ['*']];

const subject = fc.constantFrom(...SUBJECTS);
const sequence = fc.integer({ min: 0, max: 90 });
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      subject,
      bytes: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 900, max: 5_000 })),
      later: fc.integer({ min: 1, max: 3_000_000 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('remove' as const), sequence }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('truncate' as const), sequence }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('skip' as const),
      count: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(2_000), fc.constant(2 ** 33)),
    }),
  },
);

function later({ ms, ns }: Instant, by: number): Instant {
  const sum = ns + by;
  return { ms: ms + Math.floor(sum / 1e6), ns: sum % 1e6 };
}

function plain(message: StoredMessage | undefined) {
  return message && { ...message, body: message.body.toString('latin1') };
}

/** Compares all that can be asked. */
function compare(store: MemoryStore, model: StoreModel): void {
  expect({ ...store.state }).to.deep.equal(model.state);
  expect(store.committed).to.equal(model.lastSequence);
  const { firstSequence, lastSequence } = model.state;
  const around = new Set([0, 1, firstSequence, lastSequence, lastSequence + 1]);
  for (const message of model.messages) for (const by of [-1, 0, 1]) around.add(message.sequence + by);
  for (const at of around) {
    expect(plain(store.get(at))).to.deep.equal(plain(model.messages.find((each) => each.sequence === at)));
    for (const filter of FILTERS) {
      expect(plain(store.next(filter, at, 1_000) as StoredMessage)).to.deep.equal(
        plain(model.next(filter, at)),
      );
      expect(finished(store.count(filter, at, lastSequence))).to.equal(model.count(filter, at, lastSequence));
      expect(finished(store.count(filter, 0, at))).to.equal(model.count(filter, 0, at));
    }
    for (const each of SUBJECTS)
      expect(plain(store.lastBefore(each, at))).to.deep.equal(plain(model.lastBefore(each, at)));
  }
  for (const filter of FILTERS) {
    const found = [...finished(store.subjects(filter))].map(([name, { messages, first, last }]) => [
      name,
      { messages, first, last },
    ]);
    expect(new Map(found as [string, object][])).to.deep.equal(model.subjects(filter));
  }
  for (const { at } of model.messages)
    for (const time of [at, later(at, 1)]) expect(store.sequenceAt(time)).to.equal(model.sequenceAt(time));
}

describe('Memory store', () => {
  it('answers as an array of messages would', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(1, 10), (steps, first) => {
        const store = new MemoryStore(first);
        const model = new StoreModel(first, (name, body) => store.sizeOf(name, body));
        let now: Instant = { ms: 1_000, ns: 0 };
        for (const each of steps) {
          now = later(now, 'later' in each ? each.later : 1);
          if (each.do === 'append') {
            const body = Buffer.alloc(each.bytes, `${model.lastSequence} `);
            const headerBytes = each.bytes >> 1;
            expect(store.append(each.subject, body, headerBytes, now)).to.equal(
              model.append(each.subject, Buffer.from(body), headerBytes, now),
            );
            body.fill('x'); // what it was given is used again
          } else if (each.do === 'remove')
            expect(store.remove(each.sequence)).to.deep.equal(model.remove(each.sequence));
          else if (each.do === 'truncate') {
            store.truncateFront(each.sequence);
            model.truncateFront(each.sequence);
          } else {
            store.skip(each.count, now);
            model.skip(each.count, now);
          }
        }
        compare(store, model);
      }),
      { numRuns: 200 },
    );
  });

  it('counts right while messages come and go between steps', () => {
    const store = new MemoryStore();
    const model = new StoreModel(1, (name, body) => store.sizeOf(name, body));
    const body = Buffer.from('x');
    const at = { ms: 1, ns: 0 };
    for (let i = 0; i < 2_000; i++) for (const one of [store, model]) one.append(`k.${i}`, body, 0, at);
    let steps = 0;
    const count = finished(store.count(['k.*'], 1, Number.MAX_SAFE_INTEGER), () => {
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

import { expect } from 'chai';
import fc from 'fast-check';
import type { Instant } from '../../../lib/jetstream/instant.js';
import type { Store, StoredMessage } from '../../../lib/jetstream/store/store.js';
import { finish } from '../steps.js';
import { StoreModel } from './store-model.js';

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
function compare(store: Store, model: StoreModel): void {
  expect({ ...store.state }).to.deep.equal(model.state);
  const { firstSequence, lastSequence } = model.state;
  const around = new Set([0, 1, firstSequence, lastSequence, lastSequence + 1]);
  for (const message of model.messages) for (const by of [-1, 0, 1]) around.add(message.sequence + by);
  for (const at of around) {
    expect(plain(store.get(at))).to.deep.equal(plain(model.messages.find((each) => each.sequence === at)));
    for (const filter of FILTERS) {
      expect(plain(store.next(filter, at, 1_000) as StoredMessage)).to.deep.equal(
        plain(model.next(filter, at)),
      );
      expect(finish(store.count(filter, at, lastSequence))).to.equal(model.count(filter, at, lastSequence));
      expect(finish(store.count(filter, 0, at))).to.equal(model.count(filter, 0, at));
    }
    for (const each of SUBJECTS)
      expect(plain(store.lastBefore(each, at))).to.deep.equal(plain(model.lastBefore(each, at)));
  }
  for (const filter of FILTERS) {
    const found = [...finish(store.subjects(filter))].map(([name, { messages, first, last }]) => [
      name,
      { messages, first, last },
    ]);
    expect(new Map(found as [string, object][])).to.deep.equal(model.subjects(filter));
  }
  for (const { at } of model.messages)
    for (const time of [at, later(at, 1)]) expect(store.sequenceAt(time)).to.equal(model.sequenceAt(time));
}

/** A property: the store answers as an array of messages would, whatever was done. `between` is called after each change. */
export function conforms(
  make: (firstSequence: number) => Promise<Store>,
  between: (store: Store) => Promise<Store>,
) {
  return fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.constantFrom(1, 10), async (steps, first) => {
    let store = await make(first);
    const model = new StoreModel(first, (...message) => store.sizeOf(...message));
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
        expect(store.remove(each.sequence, each.sequence % 2 === 0)).to.deep.equal(
          model.remove(each.sequence),
        );
      else if (each.do === 'truncate') {
        store.truncateFront(each.sequence);
        model.truncateFront(each.sequence);
      } else {
        store.skip(each.count, now);
        model.skip(each.count, now);
      }
      store = await between(store);
    }
    compare(store, model);
    await store.close();
  });
}

import { expect } from 'chai';
import fc from 'fast-check';
import { StreamConsumers } from '../../../lib/jetstream/consumer/stream-consumers.js';
import type { StreamConsumer } from '../../../lib/jetstream/consumer/stream-side.js';
import { isInFilter } from '../../support/jetstream/store-model.js';

const token = fc.constantFrom('a', 'b');
const subject = fc.array(token, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join('.'));
const pattern = fc
  .tuple(fc.array(fc.oneof(token, fc.constant('*')), { maxLength: 3 }), fc.constantFrom('>', '*', 'a'))
  .map(([tokens, end]) => [...tokens, end].join('.'));
const change = fc.record({
  name: fc.constantFrom('x', 'y', 'z'),
  filter: fc.option(fc.array(pattern, { maxLength: 4 }), { nil: undefined }),
});

function consumer(name: string, filter: readonly string[]): StreamConsumer {
  return { name, filter, isListed: true, needs: () => false, notified: () => 0, *stop() {} };
}

describe('the consumers of a stream', () => {
  it('take a subject that is in the filter of one of them, as they come, change and go', () =>
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), fc.array(subject), (changes, subjects) => {
        const consumers = new StreamConsumers();
        for (const { name, filter } of changes) {
          if (filter === undefined) consumers.delete(name);
          else consumers.set(name, consumer(name, filter));
          consumers.moveToEnd('x');
          for (const each of subjects)
            expect(consumers.take(each)).to.equal(
              [...consumers.values()].some((one) => isInFilter(one.filter, each)),
            );
        }
        consumers.clear();
        for (const each of subjects) expect(consumers.take(each)).to.equal(false);
      }),
    ));
});

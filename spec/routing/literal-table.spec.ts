import { expect } from 'chai';
import fc from 'fast-check';
import { LiteralTable } from '../../lib/routing/literal-table.js';
import type { Subscription } from '../../lib/routing/subscription.js';
import { subscription } from '../support/subscribers.js';

/** Few hashes, so that many subjects want the same slots; 0 is the one that stands for itself nowhere. */
const hash = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constantFrom(0x7fffffff, -0x80000000));
const step = fc.record({ subject: fc.nat(60), stays: fc.boolean() });

describe('the table of literal subjects and a Map', () => {
  it('agree, however many subjects have the same hash', () => {
    fc.assert(
      fc.property(
        fc.array(hash, { minLength: 61, maxLength: 61 }),
        fc.array(step, { maxLength: 300 }),
        (hashes, steps) => {
          const table = new LiteralTable();
          const twin = new Map<string, Subscription>();
          for (const { subject: n, stays } of steps) {
            const subject = `s.${n}`;
            const slot = table.slotOf(subject, hashes[n]!);
            expect(table.listenerIn(slot)).to.equal(twin.get(subject));
            if (!twin.has(subject)) {
              twin.set(subject, subscription(subject));
              table.add(slot, twin.get(subject)!, hashes[n]!);
            } else if (!stays) {
              twin.delete(subject);
              table.free(slot);
            }
            expect(table.count).to.equal(twin.size);
            for (const [other, each] of hashes.entries()) {
              const bytes = Buffer.from(`s.${other}`);
              expect(table.at(bytes, 0, bytes.length, each)).to.equal(twin.get(`s.${other}`));
            }
          }
          for (const subject of twin.keys())
            table.free(table.slotOf(subject, hashes[Number(subject.slice(2))]!));
          expect(table.count).to.equal(0);
        },
      ),
      { numRuns: 100 },
    );
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import type { Subscription } from '../../lib/clients/subscription.js';
import { type Listener, LiteralTable } from '../../lib/routing/literal-table.js';
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
          const reference = new Map<string, Subscription>();
          for (const { subject: n, stays } of steps) {
            const subject = `s.${n}`;
            const slot = table.slotOf(subject, hashes[n]!);
            expect(table.listenerIn(slot, subject)).to.equal(reference.get(subject));
            if (!reference.has(subject)) {
              reference.set(subject, subscription(subject));
              table.add(slot, reference.get(subject)!, hashes[n]!);
            } else if (!stays) {
              reference.delete(subject);
              table.free(slot, subject);
            }
            expect(table.count).to.equal(reference.size);
            for (const [other, each] of hashes.entries()) {
              const bytes = Buffer.from(`s.${other}`);
              expect(table.at(bytes, 0, bytes.length, each)).to.equal(reference.get(`s.${other}`));
            }
          }
          for (const subject of reference.keys())
            table.free(table.slotOf(subject, hashes[Number(subject.slice(2))]!), subject);
          expect(table.count).to.equal(0);
        },
      ),
      { numRuns: 100 },
    );
  });
});

/** Hashes that put all subjects into few slots: equal ones, and different ones with slots close to each other. */
const FLOODS: Readonly<Record<string, (n: number) => number>> = {
  'the same hash': () => 12_345,
  'hashes of which each is that of 1,000 subjects': (n) => n % 20,
  'different hashes that start in the same slot': (n) => unmixed(n * 65_536),
  'different hashes that start in 256 slots next to each other': (n) =>
    unmixed((n >>> 8) * 65_536 + (n & 255)),
};

/** The hash that starts at `slot`: undoes what spreads hashes over slots. */
function unmixed(slot: number): number {
  let hash = slot ^ (slot >>> 16);
  hash = Math.imul(hash, 0x7ed1b41d);
  hash ^= (hash >>> 13) ^ (hash >>> 26);
  hash = Math.imul(hash, 0xa5cb9243);
  return hash ^ (hash >>> 16);
}

describe('the table of literal subjects, flooded', () => {
  for (const [name, hashOf] of Object.entries(FLOODS))
    it(`compares a bounded number of subjects, with ${name}`, () => {
      const table = new LiteralTable();
      let reads = 0;
      const listeners = Array.from({ length: 20_000 }, (_, n) => {
        const listener = { index: 0 };
        Object.defineProperty(listener, 'subject', {
          get: () => {
            reads++;
            return `s.${n}`;
          },
        });
        return listener as unknown as Listener;
      });
      for (const [n, listener] of listeners.entries()) {
        const slot = table.slotOf(`s.${n}`, hashOf(n));
        table.add(slot, listener, hashOf(n));
      }
      expect(reads).to.be.below(20 * 20_000);
      reads = 0;
      for (const [n, listener] of listeners.entries()) {
        const bytes = Buffer.from(`s.${n}`);
        if (table.at(bytes, 0, bytes.length, hashOf(n)) !== listener) expect.fail(`s.${n} is not found`);
        const slot = table.slotOf(`s.${n}`, hashOf(n));
        if (table.listenerIn(slot, `s.${n}`) !== listener) expect.fail(`s.${n} has another slot`);
      }
      for (const n of listeners.keys()) table.free(table.slotOf(`s.${n}`, hashOf(n)), `s.${n}`);
      expect(reads).to.be.below(60 * 20_000);
      expect(table.count).to.equal(0);
      expect(table.at(Buffer.from('s.1'), 0, 3, hashOf(1))).to.equal(undefined);
    });
});

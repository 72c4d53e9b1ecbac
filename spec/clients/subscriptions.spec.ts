import { expect } from 'chai';
import fc from 'fast-check';
import type { Subscription } from '../../lib/clients/subscription.js';
import { Subscriptions } from '../../lib/clients/subscriptions.js';
import { MAX_QUEUE_GROUPS } from '../../lib/domain/limits.js';
import { subscription } from '../support/subscribers.js';

const sid = fc.oneof(
  { weight: 6, arbitrary: fc.nat(100).map(String) },
  fc.nat(400).map(String),
  fc.constantFrom('', '-1', '01', '1.0', '1e1', ' 1', '00', 'a.b', '99999999', '100000000', '4294967296'),
);

describe("a client's subscriptions and a Map by sid", () => {
  it('agree, whatever the sids', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(sid, fc.nat(3)), { maxLength: 400 }), (steps) => {
        const subscriptions = new Subscriptions();
        const reference = new Map<string, Subscription>();
        for (const [each, stays] of steps) {
          const there = subscriptions.get(each);
          expect(there, each).to.equal(reference.get(each));
          if (there === undefined) {
            const one = subscription('x', undefined, each);
            subscriptions.add(one);
            reference.set(each, one);
          } else if (stays === 0) {
            subscriptions.delete(there);
            reference.delete(each);
            subscriptions.delete(there); // which it has forgotten
          }
          expect(subscriptions.size).to.equal(reference.size);
        }
        expect([...subscriptions.values()]).to.have.members([...reference.values()]);
        subscriptions.clear();
        expect(subscriptions.size).to.equal(0);
        expect([...subscriptions.values()]).to.deep.equal([]);
        for (const each of reference.keys()) expect(subscriptions.get(each)).to.equal(undefined);
      }),
    );
  });

  it('say when a queue group would be one too many, whatever came and went', () => {
    const subscriptions = new Subscriptions();
    const members = Array.from({ length: MAX_QUEUE_GROUPS }, (_, n) =>
      subscription('a', `q${n}`, `${n + 1}`),
    );
    for (const member of members) {
      expect(subscriptions.hasTooManyGroupsFor(member.queue!)).to.equal(false);
      subscriptions.add(member);
    }
    expect(subscriptions.hasTooManyGroupsFor('another')).to.equal(true);
    expect(subscriptions.hasTooManyGroupsFor('q7')).to.equal(false);
    const second = subscription('b', 'q7', 'second');
    subscriptions.add(second);
    subscriptions.delete(members[7]!);
    expect(subscriptions.hasTooManyGroupsFor('another')).to.equal(true);
    subscriptions.delete(second);
    expect(subscriptions.hasTooManyGroupsFor('another')).to.equal(false);
  });
});

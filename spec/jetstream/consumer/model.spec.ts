import { expect } from 'chai';
import fc from 'fast-check';
import type { ConsumerConfig } from '../../../lib/jetstream/settings/consumer-config.js';
import { ConsumerModel, type ModelConfig } from '../../support/jetstream/consumer-model.js';
import { ConsumerRig } from '../../support/jetstream/consumer-rig.js';
import { finish } from '../../support/steps.js';

const NS_PER_MS = 1e6;
/** A little beside whole milliseconds, so that no request ends at the very time at which a message is due. */
const BESIDE_MS = 0.25;

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('publish' as const), subject: fc.constantFrom('a', 'b', 'c.d') }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pull' as const),
      batch: fc.integer({ min: 1, max: 5 }),
      waits: fc.constantFrom(0, 0, 300, 2_000, 20_000),
      noWait: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('acknowledge' as const),
      which: fc.nat({ max: 40 }),
      body: fc.constantFrom('+ACK', '+ACK', '+ACK', '-NAK', '-NAK 700ms', '+WPI', '+TERM', 'nonsense'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(1, 250, 999, 1_000, 5_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('remove' as const), sequence: fc.integer({ min: 1, max: 30 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('purge' as const), below: fc.integer({ min: 1, max: 30 }) }),
  },
);

const config: fc.Arbitrary<ModelConfig> = fc.record({
  policy: fc.constantFrom('explicit' as const, 'explicit' as const, 'all' as const, 'none' as const),
  filter: fc.constantFrom([], ['a'], ['c.>', 'a'], ['*']),
  waitMs: fc.constant(1_000),
  backoffMs: fc.constantFrom([], [], [500, 3_000]),
  maxDeliver: fc.constantFrom(-1, -1, 2, 3),
  maxAckPending: fc.constantFrom(-1, 1, 3),
});

function configOf({
  policy,
  filter,
  waitMs,
  backoffMs,
  maxDeliver,
  maxAckPending,
}: ModelConfig): ConsumerConfig {
  return {
    ...{ deliver_policy: 'all', ack_policy: policy, replay_policy: 'instant', num_replicas: 0 },
    ...{ max_waiting: 512, filter_subjects: filter, ack_wait: waitMs * NS_PER_MS, max_deliver: maxDeliver },
    backoff: backoffMs.map((ms) => ms * NS_PER_MS),
    max_ack_pending: policy === 'none' ? 0 : maxAckPending,
  };
}

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function apply(each: Step, rig: ConsumerRig, model: ConsumerModel): void {
  if (each.do === 'publish') for (const one of [rig, model]) one.publish(each.subject);
  else if (each.do === 'pass') for (const one of [rig, model]) one.pass(each.ms);
  else if (each.do === 'remove') for (const one of [rig, model]) one.remove(each.sequence);
  else if (each.do === 'purge') for (const one of [rig, model]) one.purgeBelow(each.below);
  else if (each.do === 'pull') {
    const expiresMs = each.waits === 0 ? 0 : each.waits + BESIDE_MS;
    const { batch, noWait } = each;
    rig.pull({ batch, no_wait: noWait, expires: expiresMs * NS_PER_MS });
    model.pull({ batch, noWait, expiresMs });
  } else {
    const delivery = model.deliveries[each.which % Math.max(1, model.deliveries.length)];
    if (delivery === undefined) return;
    const { sequence, consumer, deliveries } = delivery;
    rig.acknowledge(sequence, consumer, deliveries, each.body);
    model.acknowledge(delivery, each.body);
  }
}

describe('a consumer', () => {
  it('does what one by brute force does', async () => {
    await fc.assert(
      fc.asyncProperty(config, fc.array(step, { minLength: 1, maxLength: 60 }), async (how, steps) => {
        const rig = new ConsumerRig(configOf(how));
        const model = new ConsumerModel({
          ...how,
          maxAckPending: how.policy === 'none' ? 0 : how.maxAckPending,
        });
        try {
          await rig.start();
          for (const each of steps) {
            apply(each, rig, model);
            expect(rig.sent).to.deep.equal(model.sent);
            expect(rig.numbers, JSON.stringify(each)).to.deep.equal(model.numbers);
          }
          finish(rig.consumer.stop('shutdown'));
          expect(rig.time.pending, 'timers').to.equal(0);
        } finally {
          rig.stop();
        }
      }),
      { numRuns: 400 },
    );
  });
});

import { expect } from 'chai';
import { JetStreamClock } from '../../lib/jetstream/clock.js';
import { StreamConsumers } from '../../lib/jetstream/consumer/stream-consumers.js';
import type { StreamConsumer } from '../../lib/jetstream/consumer/stream-side.js';
import { purge } from '../../lib/jetstream/purge.js';
import { type RetainingStream, Retention } from '../../lib/jetstream/retention.js';
import type { StreamConfig } from '../../lib/jetstream/settings/stream-config.js';
import { MemoryStore } from '../../lib/jetstream/store/memory.js';
import type { StreamHost } from '../../lib/jetstream/stream-host.js';
import { Turns } from '../../lib/jetstream/turns.js';
import { FakeClock } from '../support/fake-clock.js';
import { count } from '../support/steps.js';

const COUNT = 20_000;
const AT = { ms: 1, ns: 0 };
const NO_LIMITS = { max_msgs: -1, max_bytes: -1, max_age: 0, max_msgs_per_subject: -1, retention: 'limits' };

/** A stream that counts what goes in one step of long work: of each, one is done in a turn. */
class Rig implements RetainingStream {
  readonly store = new MemoryStore();
  readonly consumers = new StreamConsumers();
  config: StreamConfig;
  readonly host: StreamHost;
  readonly keeper: Retention;
  purges = 0;
  /** Messages that went, and consumers that were asked, since the last turn; and most of them in one. */
  work = 0;
  most = 0;
  private time = 0;

  constructor(limits: object) {
    this.config = { ...NO_LIMITS, ...limits } as StreamConfig;
    const turns = new Turns(1, () => this.time++);
    const failed = (error: unknown) => {
      throw error;
    };
    this.host = { tools: { turns, failed } } as unknown as StreamHost;
    this.keeper = new Retention(this, new JetStreamClock(new FakeClock()));
  }

  fill(subjectOf: (i: number) => string): this {
    for (let i = 0; i < COUNT; i++) this.store.append(subjectOf(i), Buffer.from('x'), 0, AT);
    return this;
  }

  publish(subject: string, rollup?: 'sub' | 'all'): void {
    const sequence = this.store.append(subject, Buffer.from('x'), 0, AT);
    this.keeper.replace(rollup, subject, sequence);
    this.keeper.stored(subject, sequence, AT, 0);
  }

  remove(sequence: number): boolean {
    this.work++;
    return this.store.remove(sequence) !== undefined;
  }

  mark(): boolean {
    return false;
  }

  truncateFront(sequence: number): number {
    const { messages } = this.store.state;
    this.store.truncateFront(sequence);
    const removed = messages - this.store.state.messages;
    this.work += removed;
    return removed;
  }

  purged(): void {
    this.purges++;
  }

  /** Turns until so many messages are left. */
  async until(left: number): Promise<number> {
    for (let turns = 1; ; turns++) {
      this.most = Math.max(this.most, this.work);
      this.work = 0;
      if (this.store.state.messages === left) return turns;
      expect(turns).to.be.lessThan(COUNT);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

describe('retention of very many messages', () => {
  const CASES: readonly (readonly [string, number, (rig: Rig) => void, (i: number) => string])[] = [
    [
      'a lower limit of messages',
      1,
      (rig) => {
        rig.config = { ...rig.config, max_msgs: 1 };
        rig.keeper.enforce();
      },
      (i) => `a.${i}`,
    ],
    [
      'a lower limit of messages on a subject',
      2,
      (rig) => {
        rig.config = { ...rig.config, max_msgs_per_subject: 1 };
        rig.keeper.enforce();
      },
      (i) => `a.${i % 2}`,
    ],
    ['a rollup of all', 1, (rig) => rig.publish('a', 'all'), (i) => `a.${i}`],
    ['a rollup of a subject', COUNT / 2 + 1, (rig) => rig.publish('a.1', 'sub'), (i) => `a.${i % 2}`],
  ];
  for (const [name, left, act, subjectOf] of CASES)
    it(`${name} removes few in a turn`, async () => {
      const rig = new Rig({}).fill(subjectOf);
      act(rig);
      expect(await rig.until(left)).to.be.greaterThan(8);
      expect(rig.most).to.be.at.most(2_100);
    });

  it('goes on while messages are stored, and a later rollup replaces those before it', async () => {
    const rig = new Rig({}).fill(() => 'a');
    rig.publish('a', 'sub');
    rig.publish('a');
    rig.publish('a', 'sub');
    rig.publish('a');
    await rig.until(2);
    expect(rig.store.subject('a')).to.include({ first: COUNT + 3, last: COUNT + 4 });
  });

  it('tells consumers of a rollup of all once', async () => {
    const rig = new Rig({}).fill(() => 'a');
    rig.publish('a', 'all');
    await rig.until(1);
    await rig.until(1);
    expect(rig.purges).to.equal(1);
  });

  it('purges up to a sequence, and all but some, in steps', () => {
    for (const request of [
      { filter: '', sequence: COUNT - 1, keep: 0 },
      { filter: '', sequence: 0, keep: 2 },
    ]) {
      const rig = new Rig({}).fill(() => 'a');
      const { result, pauses } = count(purge(rig, request));
      expect(result).to.equal(COUNT - 2);
      expect(pauses).to.be.greaterThan(10);
      expect(rig.purges).to.equal(1);
    }
  });

  describe('by interest', () => {
    /** Consumers that need each message until they have settled it. */
    function consumersOf(rig: Rig, many: number) {
      const settled = new Set<string>();
      const all = Array.from({ length: many }, (_, i): StreamConsumer => {
        const name = `c${i}`;
        return {
          ...{ name, filter: [], isListed: true, notified: () => 0, *stop() {} },
          needs(sequence) {
            rig.work++;
            return !settled.has(`${name} ${sequence}`);
          },
        };
      });
      for (const each of all) rig.consumers.set(each.name, each);
      return (consumer: StreamConsumer | undefined, sequence: number): void => {
        if (consumer === undefined) return;
        settled.add(`${consumer.name} ${sequence}`);
        rig.keeper.settled(consumer, sequence);
      };
    }

    for (const many of [3, 5_000])
      it(`a message goes with the last of ${many} consumers that needs it`, async () => {
        const rig = new Rig({ retention: 'interest' });
        const settle = consumersOf(rig, many);
        rig.store.append('a', Buffer.from('x'), 0, AT);
        const all = [...rig.consumers.values()];
        let asked = 0;
        for (const consumer of all.slice(1)) {
          settle(consumer, 1);
          await rig.until(1);
          asked += rig.most;
          rig.most = 0;
        }
        expect(asked, 'consumers asked').to.be.at.most(10 * many);
        settle(all[0], 1);
        await rig.until(0);
        expect(rig.most).to.be.at.most(600);
      });
  });
});

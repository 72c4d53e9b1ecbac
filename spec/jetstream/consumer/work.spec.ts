import { expect } from 'chai';
import { Work } from '../../../lib/clients/work.js';
import { MAX_JETSTREAM_PULLS } from '../../../lib/domain/limits.js';
import type { AckTerms } from '../../../lib/jetstream/consumer/ack-terms.js';
import { PendingMessages } from '../../../lib/jetstream/consumer/pending.js';
import { StreamNotices } from '../../../lib/jetstream/consumer/stream-notices.js';
import type { StreamConsumer } from '../../../lib/jetstream/consumer/stream-side.js';
import type { ConsumerConfig } from '../../../lib/jetstream/settings/consumer-config.js';
import { ConsumerRig } from '../../support/jetstream/consumer-rig.js';
import { count } from '../../support/steps.js';

const CONFIG: ConsumerConfig = {
  ...{ deliver_policy: 'all', ack_policy: 'explicit', replay_policy: 'instant', num_replicas: 1 },
  ...{ ack_wait: 30e9, max_ack_pending: 1_000, max_waiting: 512 },
};

/** Many patterns that `b.b.b.b.b.b.b.b` followed by something has to be compared with. */
const WIDE = Array.from({ length: 256 }, (_, bits) => {
  const places = Array.from({ length: 8 }, (_place, at) => ((bits >> at) & 1 ? '*' : 'b'));
  return `${places.join('.')}.${bits}`;
});

describe('work of consumers', () => {
  it('is divided where nothing is found by hundreds of patterns', async () => {
    const rig = new ConsumerRig({ ...CONFIG, filter_subjects: WIDE });
    await rig.start();
    rig.fill(Array.from({ length: 20_000 }, (_, i) => `b.b.b.b.b.b.b.b.z${i}`));
    const { turns } = rig;
    rig.pull({ batch: 1, expires: 60e9 });
    expect(rig.turns - turns).to.be.greaterThan(20);
    expect(rig.sent).to.deep.equal([]);
    rig.publish('b.b.b.b.b.b.b.b.7');
    expect(rig.sent).to.have.length(1);
    rig.stop();
  });

  /** Notices to consumers that only count, run by hand. */
  function notices(many: number) {
    const told: number[] = [];
    const consumers = new Map<string, StreamConsumer>();
    const work = new Work();
    let waiting = 0;
    const add = () => void waiting++;
    const all = new StreamNotices(consumers, { add, work }, (error) => {
      throw error;
    });
    for (let i = 0; i < many; i++) {
      let seen = all.changes.end;
      consumers.set(`${i}`, {
        ...{ isListed: true, name: `${i}`, filter: [], needs: () => false, *stop() {} },
        notified() {
          told.push(i);
          const taken = all.changes.end - seen;
          seen = all.changes.end;
          return taken;
        },
      });
    }
    const slice = (units: number): boolean => {
      work.begin(units);
      return all.run();
    };
    return { all, told, slice, waiting: () => waiting };
  }

  it('is none for the publisher, however many consumers there are', () => {
    const { all, told, waiting } = notices(10_000);
    for (let sequence = 1; sequence <= 1_000; sequence++) {
      all.appended(sequence, 'a');
      all.wake();
    }
    for (let sequence = 1; sequence <= 1_000; sequence++) all.removed(sequence, 'a');
    all.purged('');
    expect(told).to.deep.equal([]);
    expect(waiting()).to.equal(1);
  });

  it('is done in slices, in which each consumer is told of everything once', () => {
    const { all, told, slice } = notices(10_000);
    all.removed(1, 'a');
    let slices = 1;
    while (!slice(5_000)) slices++;
    expect(slices).to.be.within(10_000 / 500, 10_000 / 100);
    expect(told).to.deep.equal(Array.from({ length: 10_000 }, (_, i) => i));
    expect(all.changes.first).to.equal(all.changes.end);
  });

  it('begins again where more happens meanwhile', () => {
    const { all, told, slice } = notices(100);
    all.removed(1, 'a');
    expect(slice(500)).to.equal(false);
    all.removed(2, 'a');
    while (!slice(500));
    expect(told).to.have.length(200);
    expect(all.changes.first).to.equal(2);
  });

  it('keeps no more changes than it says: a consumer that is too far behind counts anew', async () => {
    const rig = new ConsumerRig(CONFIG);
    await rig.start();
    rig.fill(Array.from({ length: 100_000 }, () => 'a'));
    rig.runTurns();
    const [, , , , , , , pending] = rig.numbers;
    expect(pending).to.equal(100_000);
    rig.stop();
  });

  describe('with many messages that wait to be acknowledged', () => {
    const TERMS = { policy: 'all', waitMs: 1_000, backoffMs: [], maxDeliver: -1 } as const;
    const COUNT = 10_000;

    function delivered(terms: AckTerms = TERMS): PendingMessages {
      const pending = new PendingMessages(terms);
      pending.begin(0);
      for (let sequence = 1; sequence <= COUNT; sequence++) pending.deliver(sequence, 0);
      return pending;
    }

    it('takes an acknowledgement of all of them in parts, and delivers none of them again meanwhile', () => {
      const pending = delivered();
      let gone = pending.acknowledge(COUNT - 1, COUNT - 1);
      expect(gone.length).to.be.within(1, 1_000);
      expect(pending.floor).to.deep.equal({ consumer: gone.length, stream: gone.length });
      expect(pending.holds(COUNT / 2)).to.equal(false);
      expect(pending.get(COUNT / 2)).to.equal(undefined);
      expect(pending.refuse(COUNT / 2, COUNT / 2, undefined, 0)).to.equal(false);
      expect(pending.acknowledge(COUNT / 2, COUNT / 2)).to.deep.equal([]);
      while (pending.nextDue <= 2_000) expect(pending.expire(2_000)).to.deep.equal([]);
      expect(pending.nextAgain).to.equal(COUNT);
      for (let parts = 1; pending.isAcknowledging; parts++) {
        expect(parts).to.be.lessThan(COUNT / 100);
        gone = [...gone, ...pending.acknowledgeRest()];
      }
      expect(gone).to.deep.equal(Array.from({ length: COUNT - 1 }, (_, i) => i + 1));
      expect(pending.size).to.equal(1);
      expect(pending.floor).to.deep.equal({ consumer: COUNT - 1, stream: COUNT - 1 });
    });

    it('has those that become due at once delivered again in parts', () => {
      const pending = delivered({ ...TERMS, policy: 'explicit' });
      pending.expire(999);
      expect(pending.waiting).to.equal(0);
      let parts = 0;
      for (; pending.nextDue <= 1_000; parts++) pending.expire(1_000);
      expect(parts).to.be.within(10, 1_000);
      expect(pending.waiting).to.equal(COUNT);
      expect(pending.nextAgain).to.equal(1);
    });

    it('applies other terms to them in steps', () => {
      const pending = delivered();
      expect(count(pending.retime({ ...TERMS, waitMs: 50 })).pauses).to.be.greaterThan(10);
      expect(pending.nextDue).to.equal(50);
    });

    it('keeps one deadline for each, however often a client says that it is at work', () => {
      const pending = delivered({ ...TERMS, policy: 'explicit' });
      for (let now = 1; now <= 20; now++)
        for (let sequence = 1; sequence <= 100; sequence++) pending.progress(sequence, now);
      let expired = 0;
      for (; pending.nextDue <= 5_000; expired++) pending.expire(5_000);
      expect(expired).to.be.within(10, 100);
      expect(pending.waiting).to.equal(COUNT);
    });
  });

  it('tells the requests of a consumer that ends in steps', async () => {
    const rig = new ConsumerRig({ ...CONFIG, max_waiting: 1_000_000 });
    await rig.start();
    for (let i = 0; i < MAX_JETSTREAM_PULLS + 100; i++)
      rig.consumer.request(`in.${i}`, '{"batch":1,"expires":60000000000}');
    expect(rig.consumer.pulls?.size).to.equal(MAX_JETSTREAM_PULLS);
    expect(rig.consumer.pulls?.wanted).to.equal(MAX_JETSTREAM_PULLS);
    expect(rig.sent.filter((each) => each.endsWith('409 Exceeded MaxWaiting'))).to.have.length(100);
    const { pauses } = count(rig.consumer.stop('consumer deleted'));
    expect(pauses).to.be.greaterThan(100);
    expect(rig.sent).to.have.length(MAX_JETSTREAM_PULLS + 100);
    rig.stop();
  });

  it('drops requests that nothing listens for any more, without being asked', async () => {
    const rig = new ConsumerRig({ ...CONFIG, max_waiting: 5_000 });
    await rig.start();
    for (let i = 0; i < 2_000; i++) rig.consumer.request(`in.${i}`, '{"batch":1}');
    rig.runTurns();
    expect(rig.consumer.pulls?.size).to.equal(2_000);
    rig.leave();
    rig.pass(2_000);
    expect(rig.consumer.pulls?.size).to.equal(0);
    expect(rig.consumer.pulls?.wanted).to.equal(0);
    rig.stop();
  });
});

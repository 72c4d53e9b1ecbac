import { expect } from 'chai';
import { Work } from '../../../lib/clients/work.js';
import { StreamNotices } from '../../../lib/jetstream/consumer/stream-notices.js';
import type { StreamConsumer } from '../../../lib/jetstream/consumer/stream-side.js';
import type { ConsumerConfig } from '../../../lib/jetstream/settings/consumer-config.js';
import { ConsumerRig } from '../../support/jetstream/consumer-rig.js';

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
  function notices(count: number) {
    const told: number[] = [];
    const consumers = new Map<string, StreamConsumer>();
    const work = new Work();
    let waiting = 0;
    const add = () => void waiting++;
    const all = new StreamNotices(consumers, { add, work }, (error) => {
      throw error;
    });
    for (let i = 0; i < count; i++) {
      let seen = all.changes.end;
      consumers.set(`${i}`, {
        ...{ name: `${i}`, filter: [], needs: () => false, stop() {} },
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
    all.purged();
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
});

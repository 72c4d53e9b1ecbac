import { expect } from 'chai';
import { closeAll, embedded } from '../support/embed/embedded.js';
import { bytesInUse } from '../support/memory.js';
import { bytesKept } from '../support/retained-bytes.js';
import { until } from '../support/until.js';

const MIB = 1024 * 1024;
const MOST_KEPT = 4 * MIB;
const SUBSCRIPTIONS = 4;

describe('memory after subscriptions have ended, in process', () => {
  afterEach(closeAll);

  for (const end of ['unsubscribe', 'destroy', 'SLOW_CONSUMER'] as const)
    it(`is given back after ${end}, with messages that were never read`, async () => {
      const policy = end === 'SLOW_CONSUMER' ? 'disconnect' : 'pause';
      const broker = await embedded({
        flow: { policy, high_water: '16MiB', low_water: '1MiB', max_pending: '24MiB', write_deadline: '10m' },
      });
      const stays = broker.subscribe('stays.*');
      const messages = end === 'SLOW_CONSUMER' ? 26 : 12;
      let ended: WeakRef<object>[] = [];
      const run = async (): Promise<void> => {
        let closed = 0;
        for (let n = 0; n < SUBSCRIPTIONS; n++) {
          const subscription = broker.subscribe(n % 2 === 0 ? 'feed.*' : 'feed.x');
          subscription.once('close', () => closed++);
          ended.push(new WeakRef(subscription));
          for (let m = 0; m < messages; m++) await broker.publish('feed.x', 'x'.repeat(MIB));
          if (end === 'destroy') subscription.destroy();
          else if (end === 'unsubscribe') subscription.unsubscribe();
          if (end === 'unsubscribe') subscription.resume();
          await until('it has closed', () => closed === n + 1);
        }
      };
      await run(); // what is allocated once and kept
      ended = [];
      const before = bytesInUse();
      await run();
      expect(await bytesKept(before, MOST_KEPT)).to.be.below(MOST_KEPT);
      await until('nothing refers to them', () => {
        bytesInUse();
        return ended.every((each) => each.deref() === undefined);
      });
      expect(stays.destroyed).to.equal(false);
    });
});

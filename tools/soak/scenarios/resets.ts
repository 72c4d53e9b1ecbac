/** 7c: readers that send RST while the broker writes to them, and writers in the middle of a message. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../diff/random.js';
import { Client } from '../client.js';
import { whole } from '../table.js';
import { Pair } from './pair.js';
import { type Context, eventually, Outcome, type Scenario, withBroker } from './scenario.js';
import { MessagePublisher } from './traffic.js';

const READERS = 400;
const AT_ONCE = 20;

async function run(context: Context): Promise<Outcome> {
  return withBroker(context, {}, async (broker) => {
    const outcome = new Outcome();
    const random = new Random(context.seed);
    const pair = await Pair.start(broker);
    const giver = await MessagePublisher.open(broker, 'resets', 8_192, 3_000, 2);
    let next = 0;
    let mid = 0;
    const worker = async (): Promise<void> => {
      while (next++ < READERS) {
        const client = await Client.open(broker.port);
        await client.subscribe('resets');
        if (random.chance(0.5)) client.pause(); // so that the broker has much to write when it goes
        await sleep(random.int(5, 300));
        if (random.chance(0.5)) {
          client.send('PUB resets.x 1000000\r\nbut not all of it');
          await sleep(2);
          mid++;
        }
        client.reset();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    await giver.stop();
    outcome.note('connections that ended in RST while they were written to', whole(READERS));
    outcome.note('… of these in the middle of a payload of their own', whole(mid));
    outcome.check(
      'the publisher that fed them',
      giver.client.ending ?? 'stands',
      giver.client.ending === undefined,
    );
    const gone = await eventually(15_000, async () => (await broker.figure('/varz', 'connections')) === 3);
    outcome.check('connections afterwards', await broker.figure('/varz', 'connections'), gone);
    const internal = broker.errors.includes('internal error');
    outcome.check('internal errors logged', internal ? 'yes' : 'none', !internal);
    giver.client.destroy();
    await pair.judge(outcome);
    return outcome;
  });
}

export const resets: Scenario = { id: '7c', name: 'RST in the middle of writes', run };

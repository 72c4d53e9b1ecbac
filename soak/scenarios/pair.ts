/** A publisher and a subscriber that have nothing to do with the fault, and must not notice it. */
import type { RunningBroker } from '../broker.js';
import type { ClientOptions } from '../client.js';
import { eventually, type Outcome, seconds } from './scenario.js';
import { Giver, MessageConsumer } from './traffic.js';

const PER_SECOND = 500;
const MESSAGE_BYTES = 200;

export class Pair {
  readonly taker: MessageConsumer;
  readonly giver: Giver;

  private constructor(taker: MessageConsumer, giver: Giver) {
    this.taker = taker;
    this.giver = giver;
  }

  static async start(broker: RunningBroker, options: ClientOptions = {}): Promise<Pair> {
    const taker = await MessageConsumer.open(broker, 'pair.healthy', options);
    const giver = await Giver.open(broker, 'pair.healthy', MESSAGE_BYTES, PER_SECOND, 1, options);
    taker.watch();
    return new Pair(taker, giver);
  }

  /** Stops, and says what came. */
  async judge(outcome: Outcome): Promise<void> {
    const { taker, giver } = this;
    const pauseMs = taker.longestGapMs;
    await giver.stop();
    await eventually(10_000, () => taker.last >= giver.sent || taker.client.ending !== undefined);
    const lost = giver.sent - taker.last + taker.missing + taker.disordered + taker.corrupted;
    outcome.check(
      'a healthy pair: messages lost, out of order or corrupted',
      `${lost} of ${giver.sent}`,
      lost === 0,
    );
    outcome.note('… its longest pause', seconds(pauseMs));
    const ended = taker.client.ending ?? giver.client.ending;
    outcome.check(
      '… its connections',
      ended === undefined ? 'stand' : `ended: ${ended}`,
      ended === undefined,
    );
    taker.client.destroy();
    giver.client.destroy();
  }
}

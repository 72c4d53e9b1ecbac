/** A publisher and a subscriber that have nothing to do with the fault, and must not notice it. */
import type { RunningBroker } from '../broker.js';
import type { ClientOptions } from '../client.js';
import { eventually, type Outcome, seconds } from './scenario.js';
import { MessageConsumer, MessagePublisher } from './traffic.js';

const PER_SECOND = 500;
const MESSAGE_BYTES = 200;

export class Pair {
  readonly consumer: MessageConsumer;
  readonly publisher: MessagePublisher;

  private constructor(consumer: MessageConsumer, publisher: MessagePublisher) {
    this.consumer = consumer;
    this.publisher = publisher;
  }

  static async start(broker: RunningBroker, options: ClientOptions = {}): Promise<Pair> {
    const consumer = await MessageConsumer.open(broker, 'pair.healthy', options);
    const publisher = await MessagePublisher.open(
      broker,
      'pair.healthy',
      MESSAGE_BYTES,
      PER_SECOND,
      1,
      options,
    );
    consumer.watch();
    return new Pair(consumer, publisher);
  }

  /** Stops, and says what came. */
  async judge(outcome: Outcome): Promise<void> {
    const { consumer, publisher } = this;
    const pauseMs = consumer.longestGapMs;
    await publisher.stop();
    await eventually(10_000, () => consumer.last >= publisher.sent || consumer.client.ending !== undefined);
    const lost = publisher.sent - consumer.last + consumer.missing + consumer.disordered + consumer.corrupted;
    outcome.check(
      'a healthy pair: messages lost, out of order or corrupted',
      `${lost} of ${publisher.sent}`,
      lost === 0,
    );
    outcome.note('… its longest pause', seconds(pauseMs));
    const ended = consumer.client.ending ?? publisher.client.ending;
    outcome.check(
      '… its connections',
      ended === undefined ? 'stand' : `ended: ${ended}`,
      ended === undefined,
    );
    consumer.client.destroy();
    publisher.client.destroy();
  }
}

/** A healthy pair that measures how long its messages take. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningBroker } from '../broker.js';
import { Client } from '../client.js';

const EVERY_MS = 20;
const SUBJECT = 'probe.delay';

export class DelayProbe {
  /** The longest time a message took since `reset`, in milliseconds. */
  worstMs = 0;
  sent = 0;
  received = 0;
  private readonly publisher: Client;
  private readonly subscriber: Client;
  private running = true;
  private readonly done: Promise<void>;

  private constructor(publisher: Client, subscriber: Client) {
    this.publisher = publisher;
    this.subscriber = subscriber;
    subscriber.onMessage = (bytes, start, end) => {
      const sentAt = Number(bytes.toString('latin1', start, end));
      this.received++;
      this.worstMs = Math.max(this.worstMs, performance.now() - sentAt);
    };
    this.done = this.run();
  }

  static async start(broker: RunningBroker): Promise<DelayProbe> {
    const subscriber = await Client.open(broker.port);
    await subscriber.subscribe(SUBJECT);
    return new DelayProbe(await Client.open(broker.port), subscriber);
  }

  /** Begins to measure anew. */
  reset(): void {
    this.worstMs = 0;
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.done;
    this.publisher.destroy();
    this.subscriber.destroy();
  }

  private async run(): Promise<void> {
    while (this.running) {
      this.publisher.publish(SUBJECT, Buffer.from(performance.now().toFixed(3)));
      this.sent++;
      await sleep(EVERY_MS);
    }
  }
}

/** Waits until what was subscribed to at one server is known at another. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LoadClient } from './client.js';
import { WIRES } from './wires.js';

const DEADLINE_MS = 10_000;
const RETRY_MS = 2;

/** One connection of the barrier: what it has been told, as text. */
class End {
  private readonly client: LoadClient;
  private text = '';
  private failure: Error | undefined;

  private constructor(client: LoadClient) {
    this.client = client;
  }

  static async open(port: number): Promise<End> {
    let failure: Error | undefined;
    const client = await LoadClient.open(port, WIRES.nats, 'tcp', (error) => {
      failure = error;
      if (end !== undefined) end.failure = error;
    });
    const end: End | undefined = new End(client);
    end.failure = failure;
    client.stream((chunk, length) => {
      end.text = (end.text + chunk.toString('latin1', 0, length)).slice(-4_096);
      if (!end.text.endsWith('PING\r\n')) return;
      end.text = '';
      client.send('PONG\r\n');
    });
    return end;
  }

  send(text: string): void {
    if (this.failure !== undefined) throw this.failure;
    this.client.send(text);
  }

  wasTold(text: string): boolean {
    return this.text.includes(text);
  }

  close(): void {
    this.client.close();
  }
}

/**
 * A connection to each of two servers. As a link tells of subscriptions in their order, all that were confirmed before one of the
 * barrier's own are known when a message for that one arrives.
 */
export class InterestBarrier {
  private readonly ends: readonly [End, End];
  private passes = 0;

  private constructor(ends: readonly [End, End]) {
    this.ends = ends;
  }

  static async open(onePort: number, otherPort: number): Promise<InterestBarrier> {
    return new InterestBarrier([await End.open(onePort), await End.open(otherPort)]);
  }

  /** Resolves once each server knows of all subscriptions that the other one has confirmed. Rejects after 10 s. */
  async passed(): Promise<void> {
    const [one, other] = this.ends;
    await this.pass(one, other);
    await this.pass(other, one);
  }

  private async pass(from: End, to: End): Promise<void> {
    const sid = ++this.passes;
    const subject = `barrier.${sid}`;
    const deadline = Date.now() + DEADLINE_MS;
    to.send(`SUB ${subject} ${sid}\r\n`);
    while (!to.wasTold(`MSG ${subject} `)) {
      if (Date.now() > deadline) throw new Error('interest did not arrive at the other server');
      from.send(`PUB ${subject} 0\r\n\r\n`);
      await sleep(RETRY_MS);
    }
    to.send(`UNSUB ${sid}\r\n`);
  }

  close(): void {
    for (const end of this.ends) end.close();
  }
}

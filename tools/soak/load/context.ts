/** What all who take part in a soak share. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../diff/random.js';
import type { RunningBroker } from '../broker.js';
import { Client, type ClientOptions } from '../client.js';
import { DeliveryAccounting } from '../ledger.js';

/** What was done to the broker, for the table. */
export interface InjectedFaults {
  connections: number;
  /** Connections that the test ended with RST, or in the middle of a frame. */
  cut: number;
  /** Readers that stopped reading for good. */
  frozen: number;
  garbage: number;
  reloads: number;
}

export class LoadContext {
  readonly broker: RunningBroker;
  readonly accounting = new DeliveryAccounting();
  readonly random: Random;
  readonly injected: InjectedFaults = { connections: 0, cut: 0, frozen: 0, garbage: 0, reloads: 0 };
  /** Whether the faults are over. */
  faultsAreOver = false;
  /** Whether the publishers are to stop. */
  publishersStop = false;
  /** What was wrong apart from messages: connections that ended, answers that did not come. */
  readonly troubles: string[] = [];

  constructor(broker: RunningBroker, random: Random) {
    this.broker = broker;
    this.random = random;
  }

  async connect(options: ClientOptions = {}): Promise<Client> {
    this.injected.connections++;
    const port = options.protocol === 'line' ? this.broker.linePort : this.broker.port;
    return Client.open(port, options);
  }

  trouble(text: string): void {
    if (this.troubles.length < 40) this.troubles.push(text);
  }

  /** Between the two, in milliseconds; earlier where the faults are over. */
  async pauseBetween(fromMs: number, toMs: number): Promise<void> {
    const until = Date.now() + this.random.int(fromMs, toMs);
    while (!this.faultsAreOver && Date.now() < until)
      await sleep(Math.min(200, Math.max(1, until - Date.now())));
  }

  /** Does it again and again until the faults are over; what it throws is a trouble. */
  async repeat(what: string, once: () => Promise<void>): Promise<void> {
    while (!this.faultsAreOver) {
      try {
        await once();
      } catch (error) {
        this.trouble(`${what}: ${error instanceof Error ? error.message : String(error)}`);
        await sleep(500);
      }
    }
  }
}

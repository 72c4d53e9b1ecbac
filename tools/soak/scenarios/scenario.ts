/** What a scenario is, and what it has to say at its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerOptions } from '../broker.js';
import { RunningBroker } from '../broker.js';
import type { Row } from '../table.js';

export interface Context {
  /** A `cli.js` of sluice; this checkout's when undefined. */
  readonly sluice: string | undefined;
  /** Length of the flood, in seconds. */
  readonly floodSeconds: number;
  readonly seed: number;
  /** A nats-server or redis-server to put in the place of sluice, where the scenario can do that. */
  readonly peer?: string | undefined;
}

export interface Scenario {
  /** As it is asked for: `1`, `7b`. */
  readonly id: string;
  readonly name: string;
  /** Whether it can be run against a peer. */
  readonly comparable?: true;
  run(context: Context): Promise<Outcome>;
}

/** What was counted, and what was wrong. */
export class Outcome {
  readonly rows: Row[] = [];
  readonly failures: string[] = [];
  /** Why it was not run. */
  skipped: string | undefined;

  /** Notes a figure. */
  note(what: string, value: string | number): void {
    this.rows.push([what, value]);
  }

  /** Notes a figure that must hold. */
  check(what: string, value: string | number, holds: boolean): void {
    this.note(what, value);
    if (!holds) this.failures.push(`${what}: ${value}`);
  }

  static skip(why: string): Outcome {
    const outcome = new Outcome();
    outcome.skipped = why;
    return outcome;
  }
}

/** Runs `use` on a broker of its own, which is gone afterwards. */
export async function withBroker<T>(
  { sluice, peer }: Context,
  options: BrokerOptions,
  use: (broker: RunningBroker) => Promise<T>,
): Promise<T> {
  const broker = await RunningBroker.start({ sluice, peer, ...options });
  try {
    return await use(broker);
  } finally {
    await broker.stop();
  }
}

/** Waits until it holds; false where that took longer. */
export async function eventually(
  withinMs: number,
  holds: () => boolean | Promise<boolean>,
): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    if (await holds()) return true;
    if (Date.now() > deadline) return false;
    await sleep(100);
  }
}

/** `3.2 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

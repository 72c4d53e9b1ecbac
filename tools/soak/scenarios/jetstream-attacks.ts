/** What is made to cost JetStream much, beside a healthy pair: each attack is measured by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Inspector } from '../inspector.js';
import { whole } from '../table.js';
import { DelayProbe } from './delay-probe.js';
import { type Context, Outcome, withBroker } from './scenario.js';

/** Longest that a message of the pair, and a turn of the broker's event loop, may take, in milliseconds. */
const MOST_MS = 100;
const TOML = '[log]\nlevel = "error"\n[jetstream]\n';
/** Time for what is under way to end before it is measured, in milliseconds. */
const CALM_MS = 500;

/** One attack. */
export interface JetStreamAttack {
  readonly name: string;
  /** Not measured. */
  prepare(): Promise<void>;
  act(): Promise<unknown>;
  /** Called once it has been measured. */
  end(): void;
}

/** @param attacksOn the attacks, for a broker on that port */
export async function measureAttacks(
  context: Context,
  attacksOn: (port: number) => Promise<readonly JetStreamAttack[]>,
): Promise<Outcome> {
  const inspector = new Inspector();
  return withBroker(context, { toml: TOML, env: inspector.env }, async (broker) => {
    const outcome = new Outcome();
    const probe = await DelayProbe.start(broker);
    for (const attack of await attacksOn(broker.port)) {
      await attack.prepare();
      await inspector.look(); // which costs a collection
      await sleep(CALM_MS);
      await inspector.look();
      await sleep(CALM_MS);
      await probe.look();
      await attack.act();
      const { worstMs } = await probe.look();
      const { loopDelayMs } = await inspector.look();
      outcome.check(`${attack.name}: worst delay of the pair, ms`, whole(worstMs), worstMs <= MOST_MS);
      outcome.check('… of the event loop, ms', whole(loopDelayMs), loopDelayMs <= MOST_MS);
      attack.end();
    }
    const { sent, received } = await probe.stop();
    outcome.check('messages of the pair that were lost', sent - received, sent === received);
    return outcome;
  });
}

/** 10: order under all of it at once: the cast of the soak for half a minute. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../diff/random.js';
import { RunningBroker } from '../broker.js';
import { Inspector } from '../inspector.js';
import { LoadContext } from '../load/context.js';
import { Soak } from '../load/soak.js';
import { soakToml } from '../load/toml.js';
import { type Context, Outcome, type Scenario } from './scenario.js';

const LOAD_MS = 45_000;

async function run({ sluice, seed }: Context): Promise<Outcome> {
  const outcome = new Outcome();
  const { tomls, hasTls } = soakToml();
  const inspector = new Inspector();
  const { env } = inspector;
  const broker = await RunningBroker.start({ toml: tomls[0], sluice, env });
  const world = new LoadContext(broker, new Random(seed));
  const soak = new Soak(world, { seed, hasTls, tomls, inspector });
  await soak.begin();
  for (const until = Date.now() + LOAD_MS; Date.now() < until; await sleep(1_000)) soak.sample();
  for (const [what, count] of await soak.end()) outcome.note(`${what}`, count ?? '');
  outcome.failures.push(...world.troubles, ...world.accounting.violations);
  return outcome;
}

export const mixed: Scenario = { id: '10', name: 'order under all of it at once', run };

/** `make soak MINUTES=n`: mixed load with faults, everything numbered and checked, and a table at the end. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { tidyUpOnExit } from '../bench/processes.js';
import { Random } from '../diff/random.js';
import { RunningBroker } from './broker.js';
import { Inspector } from './inspector.js';
import { LoadContext } from './load/context.js';
import { Soak } from './load/soak.js';
import { soakToml } from './load/toml.js';
import { machine } from './machine.js';
import { splice, table } from './table.js';

const PAGE = new URL('../../../docs/reliability.md', import.meta.url);

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    sluice: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  console.error('usage: soak [--minutes n] [--seed n] [--sluice cli.js] [--write]');
  process.exit(2);
}
tidyUpOnExit('soak');

const { tomls, hasTls } = soakToml();
console.log(`soak of ${minutes} minutes, seed ${seed}`);
const inspector = new Inspector();
const { env } = inspector;
const broker = await RunningBroker.start({ toml: tomls[0], sluice: values.sluice, env });
const world = new LoadContext(broker, new Random(seed));
const soak = new Soak(world, { seed, hasTls, tomls, inspector });
await soak.begin();
const deadline = Date.now() + minutes * 60_000;
let said = Date.now();
while (Date.now() < deadline && world.accounting.wrong === 0 && world.troubles.length === 0) {
  await sleep(1_000);
  soak.sample();
  if (Date.now() - said < 60_000) continue;
  said = Date.now();
  console.log(await soak.progress());
}
const report = table(['what', 'count'], await soak.end());
const text = `${machine(values.sluice)} Seed ${seed}.\n\n${report}`;
console.log(`\n${text}`);
for (const line of [...world.troubles, ...world.accounting.violations]) console.log(`  ${line}`);
if (world.troubles.length > 0) {
  const warnings = broker.errors.split('\n').filter((line) => line.includes('slow consumer'));
  console.log(`The broker's last words of slow consumers:\n${warnings.slice(-20).join('\n')}`);
}
if (values.write) writeFileSync(PAGE, splice(readFileSync(PAGE, 'utf8'), 'soak', text));
process.exit(world.accounting.wrong + world.troubles.length === 0 ? 0 : 1);

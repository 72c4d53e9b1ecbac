/** `make soak MINUTES=n`: mixed load with faults, everything numbered and checked, and a table at the end. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { tidyUpOnExit } from '../bench/processes.js';
import { Random } from '../diff/random.js';
import { folder, RunningBroker } from './broker.js';
import { Soak } from './load/soak.js';
import { World } from './load/world.js';
import { machine } from './machine.js';
import { splice } from './table.js';

const PAGE = new URL('../../docs/reliability.md', import.meta.url);

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

/** A certificate for the broker; undefined, and said so, where there is no openssl. */
function certificate(): string | undefined {
  const where = folder();
  const [cert, key] = [join(where, 'cert.pem'), join(where, 'key.pem')];
  try {
    const words = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=soak';
    execFileSync('openssl', [...words.split(' '), '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return `[tls]\ncert_file = "${cert}"\nkey_file = "${key}"\nallow_non_tls = true\n`;
  } catch {
    console.log('no openssl here: without TLS');
    return undefined;
  }
}

const tls = certificate();
const toml = (guests: string): string => `
[flow]
write_deadline = "3s"
[limits]
max_connections = 5000
[authorization]
no_auth_user = "load"
[accounts.LOAD]
users = [{ user = "load", password = "load" }${guests}]
[accounts.OTHER]
users = [{ user = "other", password = "other" }]
[log]
format = "json"
${tls ?? ''}`;
const tomls = [toml(''), toml(', { user = "guest", password = "guest" }')] as const;

console.log(`soak of ${minutes} minutes, seed ${seed}`);
const broker = await RunningBroker.start({ toml: tomls[0], sluice: values.sluice });
const world = new World(broker, new Random(seed));
const soak = new Soak(world, { seed, hasTls: tls !== undefined, tomls });
await soak.begin();
const deadline = Date.now() + minutes * 60_000;
let said = Date.now();
while (Date.now() < deadline && world.ledger.wrong === 0 && world.troubles.length === 0) {
  await sleep(1_000);
  soak.sample();
  if (Date.now() - said < 60_000) continue;
  said = Date.now();
  console.log(soak.progress());
}
const report = await soak.end();
const text = `${machine()} Seed ${seed}.\n\n${report}`;
console.log(`\n${text}`);
for (const line of [...world.troubles, ...world.ledger.violations]) console.log(`  ${line}`);
if (values.write) writeFileSync(PAGE, splice(readFileSync(PAGE, 'utf8'), 'soak', text));
process.exit(world.ledger.wrong + world.troubles.length === 0 ? 0 : 1);

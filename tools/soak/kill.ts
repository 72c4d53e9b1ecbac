/** `node build/tools/soak/kill.js --rounds n`: a process that writes to a log is killed, and what it committed is looked for. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killRound } from '../../spec/support/jetstream/kill-rounds.js';

const MAX_MS = 400;

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '100' }, sync: { type: 'string', default: 'always' } },
});
const directory = mkdtempSync(join(tmpdir(), 'sluice-kill-'));
let messages = 0;
let bad = 0;
for (let round = 1; round <= Number(values.rounds); round++) {
  const { committed, found, faults } = await killRound(directory, values.sync, Math.random() * MAX_MS);
  messages = found;
  if (faults.length === 0) continue;
  bad++;
  console.log(`round ${round}: committed ${committed}, found ${found}`);
  for (const fault of faults) console.log(`  ${fault}`);
}
console.log(`${values.rounds} rounds, sync ${values.sync}: ${messages} messages, ${bad} rounds with faults`);
if (bad === 0) rmSync(directory, { recursive: true });
process.exitCode = bad > 0 ? 1 : 0;

/** 7e: the disk of the log is full. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { folder } from '../broker.js';
import { Client } from '../client.js';
import { Pair } from './pair.js';
import { type Context, Outcome, type Scenario, withBroker } from './scenario.js';

const DISK_BYTES = 64 * 1024;
const CLIENTS = 200;

/** A file system of 64 KiB, or a device that is always full; undefined where there is neither. */
function fullDisk(): { file: string; what: string; remove: () => void } | undefined {
  const at = join(folder(), 'disk');
  try {
    mkdirSync(at);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', at], { stdio: 'ignore' });
    const remove = (): void => void execFileSync('umount', ['-l', at], { stdio: 'ignore' });
    return { file: join(at, 'sluice.log'), what: 'a tmpfs of 64 KiB', remove };
  } catch {
    if (!existsSync('/dev/full')) return undefined;
    return { file: '/dev/full', what: '/dev/full', remove: () => {} };
  }
}

async function run(context: Context): Promise<Outcome> {
  const disk = fullDisk();
  if (disk === undefined) return Outcome.skip('neither a tmpfs may be mounted nor is there /dev/full');
  try {
    const toml = `[log]\nlevel = "debug"\nfile = "${disk.file}"\n`;
    return await withBroker(context, { toml }, async (broker) => {
      const outcome = new Outcome();
      outcome.note('log', disk.what);
      const pair = await Pair.start(broker);
      for (let i = 0; i < CLIENTS; i++) {
        const client = await Client.open(broker.port);
        client.send('NONSENSE\r\n');
        client.end();
      }
      await sleep(3_000);
      if (disk.file !== '/dev/full') outcome.note('bytes in the log', statSync(disk.file).size);
      outcome.check('the broker', broker.ended ?? 'runs', broker.ended === undefined);
      const said = broker.errors.split('\n').filter((line) => /ENOSPC|no space/i.test(line)).length;
      outcome.note('lines about it on standard error', said);
      await pair.judge(outcome);
      const exit = await broker.stop();
      outcome.check('exit code at SIGTERM', exit, exit === '0');
      return outcome;
    });
  } finally {
    disk.remove();
  }
}

export const disk: Scenario = { id: '7e', name: 'the disk of the log is full', run };

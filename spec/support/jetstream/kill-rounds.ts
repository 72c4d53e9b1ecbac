import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { NODE_FILES } from '../../../lib/jetstream/store/log/files.js';
import { LogStorage } from '../../../lib/jetstream/store/log/log-storage.js';
import { resourcesOn } from './log-rig.js';

const WRITER = fileURLToPath(new URL('killed-writer.js', import.meta.url));
/** Messages that are not removed: the last ones. */
export const KEPT = 500;
const SUBJECTS = 100;
const MAX_BYTES = 700;

export function subjectOf(sequence: number): string {
  return `k.${sequence % SUBJECTS}`;
}

/** The body of a message, by its sequence alone. */
export function bodyOf(sequence: number): Buffer {
  return Buffer.alloc(10 + ((sequence * 7_919) % MAX_BYTES), `${sequence} `);
}

/** What one round came to. */
export interface KillRound {
  /** The last sequence that the process had said is committed, and that there is. */
  readonly committed: number;
  readonly found: number;
  /** What is not as it must be, in words. */
  readonly faults: readonly string[];
}

/** Lets a process write for `ms` after its first commit, kills it, and compares what is there with what it had committed. */
export async function killRound(directory: string, sync: string, ms: number): Promise<KillRound> {
  const child = spawn(process.execPath, [WRITER, directory, sync], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-1_000);
  });
  await once(child.stdout, 'data');
  await sleep(ms);
  child.kill('SIGKILL');
  await once(child, 'close');
  const committed = Number(output.split('\n').at(-2) ?? 0);
  return { committed, ...(await inspect(directory, committed)) };
}

async function inspect(directory: string, committed: number): Promise<Omit<KillRound, 'committed'>> {
  const resources = resourcesOn(NODE_FILES);
  const storage = new LogStorage(directory, resources);
  const [kept] = await storage.recover();
  const faults: string[] = [];
  const found = kept?.storage.store.state.lastSequence ?? 0;
  if (found < committed) faults.push(`${committed} was committed, ${found} is the last there is`);
  for (let sequence = 1; sequence <= found; sequence++) {
    const message = kept?.storage.store.get(sequence);
    if (message === undefined) {
      if (sequence > found - KEPT) faults.push(`${sequence} of ${found} is missing`);
    } else if (!message.body.equals(bodyOf(sequence)) || message.subject !== subjectOf(sequence))
      faults.push(`${sequence} has changed`);
  }
  await storage.close();
  // A write that the kill has interrupted is no fault.
  const damages = resources.warnings.filter((text) => !text.includes('not written to the end'));
  return { found, faults: [...faults.slice(0, 5), ...damages] };
}

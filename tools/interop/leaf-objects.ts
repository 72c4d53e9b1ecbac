import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from './cli/command.js';
import { run } from './command.js';

const SIZE = 10 * 1024 * 1024;

/** Puts an object of 10 MiB into a bucket of the hub with the `nats` command at its leaf, and gets it back. */
export async function objectOf10MiB(leafPort: number, domain: string): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-object-'));
  const [sent, got] = [join(directory, 'sent'), join(directory, 'got')];
  const nats = async (...words: readonly string[]): Promise<void> => {
    const all = ['-s', `127.0.0.1:${leafPort}`, '--js-domain', domain, '--timeout', '20s', ...words];
    const { code, text } = await run('nats', all, { env: { XDG_CONFIG_HOME: directory, NO_COLOR: '1' } });
    expect(code === 0, text);
  };
  try {
    const bytes = randomBytes(SIZE);
    writeFileSync(sent, bytes);
    await nats('object', 'add', 'FILES');
    await nats('object', 'put', 'FILES', sent, '--name', 'one', '--no-progress', '--force');
    await nats('object', 'get', 'FILES', 'one', '--output', got, '--no-progress', '--force');
    expect(readFileSync(got).equals(bytes), 'other bytes than were put');
    await nats('object', 'rm', 'FILES', 'one', '--force');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The child processes of the bench: none outlives it, however it ends. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const alive = new Set<ChildProcess>();
let folder: string | undefined;

/** Remembers a child until it exits, so that it is killed with the bench. Returns it. */
export function adopt<T extends ChildProcess>(child: T): T {
  alive.add(child);
  child.once('exit', () => alive.delete(child));
  child.once('error', () => {
    if (child.pid === undefined) alive.delete(child);
  });
  return child;
}

/** SIGTERM, and SIGKILL when that has not helped within `graceMs`. Resolves when the child is gone. */
export async function stop(child: ChildProcess, graceMs: number): Promise<void> {
  if (!alive.has(child)) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await gone;
  clearTimeout(timer);
}

/** A temporary directory with nothing in it, the same one every time; removed when the process exits. */
export function emptyFolder(): string {
  folder ??= mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  return folder;
}

function tidyUp(): void {
  for (const child of alive) child.kill('SIGKILL');
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}

/**
 * Call once. Children are killed when the process exits, and on SIGINT, SIGTERM and SIGHUP it exits at once.
 * @param name what this program calls itself
 */
export function tidyUpOnExit(name = 'bench'): void {
  process.on('exit', tidyUp);
  process.stdout.on('error', () => process.exit(2)); // `make bench | head`
  for (const [signal, number] of [
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.on(signal, () => {
      console.error(`\n${name}: ${signal}, stopping`);
      process.exit(128 + number);
    });
  }
}

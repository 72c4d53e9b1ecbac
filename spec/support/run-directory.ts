/**
 * The one directory that a run of the specs writes into, removed when the run ends. mocha loads this module before any
 * spec (`require` in .mocharc.json): the processes that run spec files side by side inherit the variable.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const VARIABLE = 'SPEC_DIRECTORY';

/** Path of the directory, for files that belong to nothing that removes them. */
export function specDirectory(): string {
  return process.env[VARIABLE] ?? tmpdir();
}

/** Runs once before all specs, in the process that starts the others. */
export function mochaGlobalSetup(): void {
  const path = mkdtempSync(join(tmpdir(), 'sluice-spec-'));
  process.env[VARIABLE] = path;
  process.once('exit', () => rmSync(path, { recursive: true, force: true }));
}

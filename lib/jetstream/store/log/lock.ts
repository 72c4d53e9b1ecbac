import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Files } from './files.js';

/** Directories that this process has locked: its own pid in a file says nothing of that. */
const locked = new Set<string>();

/**
 * Keeps a second broker from a directory, by a file with the id of the process. One that a process left behind that is gone
 * is replaced.
 * @returns gives the directory free
 * @throws Error where another process, or another broker of this one, has it
 */
export async function lockDirectory(files: Files, directory: string): Promise<() => Promise<void>> {
  const path = join(directory, 'lock');
  const key = realPath(directory);
  if (locked.has(key)) throw new Error(`${directory} is in use by another broker of this process`);
  const holder = files.read(path)?.toString() ?? '';
  const [pid = '', started = ''] = holder.split(' ');
  if (isRunning(Number(pid), started))
    throw new Error(`${directory} is in use by process ${pid}; where that is not a sluice, remove ${path}`);
  if (holder !== '' || files.list(directory).includes('lock')) await files.unlink(path);
  const file = await files.create(path);
  await file.write([Buffer.from(`${process.pid} ${startOf(process.pid)}`)], 0);
  await file.close();
  locked.add(key);
  return async () => {
    locked.delete(key);
    await files.unlink(path);
  };
}

/** Whether the process that made a lock is still there, and is another one. */
function isRunning(pid: number, started: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // It is there and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  // Another process may have the id by now.
  return startOf(pid) === started;
}

/** When a process was started, in a text of its own; empty where the system does not say. */
function startOf(pid: number): string {
  try {
    // Field 22; the second, in brackets, may have blanks.
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

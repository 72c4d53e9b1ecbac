/** Files that are written whole, such as the pid file: no link that another user has made leads them elsewhere. */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, renameSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { refuseLink } from '../log/shared-folder.js';

const { O_WRONLY, O_CREAT, O_EXCL, O_TRUNC } = constants;
/** Opening a pipe that nothing reads fails with it, instead of waiting for a reader for ever. */
const O_NONBLOCK = constants.O_NONBLOCK ?? 0; // not on Windows
const O_NOFOLLOW = constants.O_NOFOLLOW ?? 0; // not on Windows

/** What says that no file can be made beside an existing one, which may be writable all the same. */
const NO_DRAFT: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM', 'EROFS', 'EBUSY']);

function write(path: string, flags: number, text: string): void {
  const fd = openSync(path, flags, 0o644);
  try {
    writeSync(fd, text);
  } finally {
    closeSync(fd);
  }
}

/** Whether it is there and no ordinary file: `/dev/stdout`, a named pipe. */
function isDevice(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

/**
 * Writes a file, all of it at once, so that it can be read as soon as it exists. The file is created under another name, exclusively,
 * and renamed, so that a link in its place is replaced and not followed. In a folder where no file can be created an
 * existing one is written in place.
 * @throws the system's error, such as of a pipe without a reader; one of a link in a folder that every user can write to
 */
export function writeRuntimeFile(path: string, text: string): void {
  refuseLink(path);
  if (isDevice(path)) return write(path, O_WRONLY | O_NONBLOCK, text);
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    write(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, text);
    try {
      renameSync(draft, path);
    } catch (error) {
      unlinkSync(draft);
      throw error;
    }
  } catch (error) {
    const exists = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
    if (!exists || !NO_DRAFT.has((error as NodeJS.ErrnoException).code)) throw error;
    write(path, O_WRONLY | O_TRUNC | O_NOFOLLOW, text);
  }
}

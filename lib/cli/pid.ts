/** The pid file. */
import { lstatSync, readFileSync, unlinkSync } from 'node:fs';
import { SluiceError } from '../domain/errors.js';
import { readErrorText } from '../domain/read-error.js';
import { writeRuntimeFile } from './runtime-file.js';

/**
 * Writes the process id to a file; a link in its place is replaced, not followed.
 * @param lineEnd what comes after the id
 * @returns removes the file again, unless another process has written its own id to it; never throws
 * @throws SluiceError LOG_UNWRITABLE
 */
export function writePidFile(path: string, pid: number, lineEnd = '\n'): () => void {
  try {
    writeRuntimeFile(path, `${pid}${lineEnd}`);
  } catch (error) {
    const message = `pid_file = ${JSON.stringify(path)}: ${readErrorText(error)}`;
    throw new SluiceError('LOG_UNWRITABLE', message, { cause: error });
  }
  return () => {
    try {
      // Reading a pipe would wait for a writer.
      if (lstatSync(path).isFile() && Number(readFileSync(path, 'utf8')) === pid) unlinkSync(path);
    } catch {
      // Gone already, or the directory is read-only by now: a pid file left behind does no harm.
    }
  };
}

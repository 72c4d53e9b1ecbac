/** The pid file. */
import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { faultOf } from '../config/file.js';
import { SluiceError } from '../errors.js';

/**
 * Writes the process id to a file.
 * @returns removes the file again, unless another process has written its own id to it; never throws
 * @throws SluiceError LOG_UNWRITABLE
 */
export function writePidFile(path: string, pid: number): () => void {
  try {
    writeFileSync(path, `${pid}\n`);
  } catch (error) {
    const message = `pid_file = ${JSON.stringify(path)}: ${faultOf(error)}`;
    throw new SluiceError('LOG_UNWRITABLE', message, { cause: error });
  }
  return () => {
    try {
      if (Number(readFileSync(path, 'utf8')) === pid) unlinkSync(path);
    } catch {
      // Gone already, or the directory is read-only by now: a pid file left behind does no harm.
    }
  };
}

import { join } from 'node:path';
import type { RecoveredLog } from './recover.js';
import type { LogResources } from './resources.js';

/** Carries out what the recovery of a log found to be necessary; resolves once it is durable. */
export async function repair(
  directory: string,
  { openFiles }: Pick<LogResources, 'openFiles'>,
  { cuts, leftovers, active }: RecoveredLog,
): Promise<void> {
  const { files } = openFiles;
  for (const { path, size } of cuts) {
    openFiles.close(path);
    if (size === 0) await files.unlink(path);
    else {
      const file = files.open(path);
      try {
        await file.truncate(size);
        await file.sync();
      } finally {
        await file.close();
      }
    }
  }
  for (const path of leftovers) await files.unlink(path);
  if (active !== undefined) {
    // A killed process may have left bytes that are written and not durable.
    const file = files.open(active.path);
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
  await files.syncDirectory(directory);
}

/** Size in bytes of what is written to see whether there is room. */
const TRIAL_BYTES = 262_144;

/** Rejects where nothing can be written to a directory. */
export async function tryToWrite(
  directory: string,
  { openFiles }: Pick<LogResources, 'openFiles'>,
): Promise<void> {
  const { files } = openFiles;
  const path = join(directory, 'trial');
  if (files.list(directory).includes('trial')) await files.unlink(path);
  const file = await files.create(path);
  try {
    await file.write([Buffer.alloc(TRIAL_BYTES)], 0);
    await file.sync();
  } finally {
    await file.close();
    await files.unlink(path);
  }
}

import type { Clock } from '../../../domain/clock.js';
import { Turns } from '../../turns.js';
import type { Storage } from '../storage.js';
import { NODE_FILES } from './files.js';
import { LogStorage } from './log-storage.js';
import { OpenFiles } from './open-files.js';
import { ReadCache } from './read-cache.js';

/** Files of blocks that are open for reading at a time. */
const MAX_OPEN_FILES = 256;
/** Bytes of blocks that are kept in memory for reading, of all streams together. */
const CACHE_BYTES = 64 * 1024 * 1024;
/** Size in bytes that a block has before the next one is begun. */
const BLOCK_BYTES = 8 * 1024 * 1024;

/** Storage in the files of a directory, which is made where there is none. */
export function openLogStorage(
  directory: string,
  options: { readonly sync: 'always' | number; readonly clock: Clock; readonly warn: (text: string) => void },
): Storage {
  return new LogStorage(directory, {
    ...options,
    openFiles: new OpenFiles(NODE_FILES, MAX_OPEN_FILES),
    cache: new ReadCache(CACHE_BYTES),
    turns: new Turns(),
    blockBytes: BLOCK_BYTES,
  });
}

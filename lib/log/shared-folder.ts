/** Folders that every user of the machine can write to, as /tmp is: a name in one may be a trap. */
import { lstatSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const WRITABLE_BY_ALL = 0o002;

/** Whether every user can create files in the folder of `path`. Windows has no such mode: false. */
export function isInSharedFolder(path: string): boolean {
  if (process.platform === 'win32') return false;
  const folder = statSync(dirname(path), { throwIfNoEntry: false });
  return folder !== undefined && (folder.mode & WRITABLE_BY_ALL) !== 0;
}

/** Users whose links to folders are followed: the superuser, and the one that runs this. */
function trustedUsers(): ReadonlySet<number> {
  return new Set([0, process.getuid?.() ?? 0]);
}

function fault(): Error {
  return Object.assign(new Error('a link in a folder that every user can write to'), { code: 'ELOOP' });
}

/**
 * Refuses a symbolic link, or a file with further names, in a folder that every user can write to: either could have
 * been made by another user to have a file of this one overwritten. On the way to it links to folders are refused there as
 * well, unless a trusted user has made them.
 * @param trusted ids of users
 * @throws an Error with the code ELOOP
 */
export function refuseLink(path: string, trusted: ReadonlySet<number> = trustedUsers()): void {
  for (let folder = dirname(resolve(path)); dirname(folder) !== folder; folder = dirname(folder)) {
    const link = lstatSync(folder, { throwIfNoEntry: false });
    if (link?.isSymbolicLink() === true && !trusted.has(link.uid) && isInSharedFolder(folder)) throw fault();
  }
  if (!isInSharedFolder(path)) return;
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isSymbolicLink() || (found.isFile() && found.nlink > 1)) throw fault();
}

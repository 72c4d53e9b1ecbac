import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';

/** Whether a process of this `/proc/<pid>/stat` is in the foreground of a terminal; undefined: that is no such text. */
export function isForeground(stat: string): boolean | undefined {
  // What follows the name, which may itself hold blanks and brackets: state, parent, group, session, terminal, group there.
  const [, , group, , terminal, groupThere] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (groupThere === undefined) return undefined;
  return terminal !== '0' && group === groupThere;
}

/**
 * Whether the keys of a terminal signal this process, and with it every command that it started. Where the system does
 * not tell, whether it reads from a terminal.
 */
export function receivesKeys(): boolean {
  try {
    return isForeground(readFileSync('/proc/self/stat', 'utf8')) ?? isatty(0);
  } catch {
    return isatty(0);
  }
}

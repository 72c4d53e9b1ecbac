import { readFileSync } from 'node:fs';

/** Descriptors kept for everything that is no connection: listeners, logs, Node's own. */
const RESERVED = 32;

/** How many files this process may have open, sockets included; undefined where the system does not tell (Linux does). */
function openFilesLimit(): number | undefined {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'));
    return line === null ? undefined : Number(line[1]);
  } catch {
    return undefined;
  }
}

/**
 * Connections that can be served without running out of descriptors, at most `wanted`. Beyond it the system closes
 * new connections without a word, to them or to us; within it we can say why.
 */
export function affordableConnections(wanted: number): number {
  const limit = openFilesLimit();
  return limit === undefined ? wanted : Math.max(1, Math.min(wanted, limit - RESERVED));
}

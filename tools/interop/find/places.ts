import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The checkout, seen from `build/tools/interop/find`. */
export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** Where the programs in other languages are. */
export const SOURCES = `${ROOT}tools/interop`;

/** Sorts versions, `2.10.0` before `2.9.0`. */
export function newestFirst(versions: readonly string[]): string[] {
  return versions.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));
}

/** Names in a directory; none where there is no such directory. */
export function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

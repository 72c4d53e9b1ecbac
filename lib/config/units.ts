/** Sizes and durations as people write them, read and printed. */

const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['kb', 1_000],
  ['mb', 1_000_000],
  ['gb', 1_000_000_000],
  ['kib', 1024],
  ['mib', 1024 ** 2],
  ['gib', 1024 ** 3],
]);

/** Largest first. */
const BINARY_UNITS = [
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
] as const;

/** Longest unit first, so that printing takes the first one that divides. */
const DURATION_UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/**
 * Bytes of a size: an integer, or text such as `64KiB` (1024), `1MB` (1,000,000), `512`; units in any case.
 * @returns undefined when it is not a size or not a whole number of bytes
 */
export function parseBytes(size: string | number): number | undefined {
  if (typeof size === 'number') return Number.isSafeInteger(size) && size >= 0 ? size : undefined;
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(size.trim()) ?? [];
  const factor = SIZE_UNITS.get(unit?.toLowerCase() ?? '');
  if (digits === undefined || factor === undefined) return undefined;
  const bytes = Number(digits) * factor;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The shortest text that {@link parseBytes} reads back: binary units where they divide, else plain bytes. */
export function formatBytes(bytes: number): string {
  for (const [unit, factor] of BINARY_UNITS) {
    if (bytes > 0 && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return String(bytes);
}

/**
 * Milliseconds of a duration such as `2s`, `500ms`, `1.5s`, `1m30s`.
 * @returns undefined when it is not a duration or not a whole number of milliseconds
 */
export function parseDuration(duration: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(duration.trim())) return undefined;
  let total = 0;
  for (const [, digits, unit] of duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    const [, factor] = DURATION_UNITS.find(([name]) => name === unit) ?? ['', Number.NaN];
    total += Number(digits) * factor;
  }
  return Number.isSafeInteger(total) ? total : undefined;
}

/** A text in one unit that {@link parseDuration} reads back. */
export function formatDuration(ms: number): string {
  const [unit, factor] = DURATION_UNITS.find(([, size]) => ms > 0 && ms % size === 0) ?? ['s', 1_000];
  return `${ms / factor}${unit}`;
}

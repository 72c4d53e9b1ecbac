const NS_PER_MS = 1e6;
const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: NS_PER_MS,
  s: 1e9,
  m: 60e9,
  h: 3_600e9,
};
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy;

/** Nanoseconds of a duration as Go writes it, such as `1m30s` or `1.5h`; undefined: it is none. */
export function parseDuration(text: string): number | undefined {
  const isNegative = text.startsWith('-');
  const digits = text.replace(/^[+-]/, '');
  if (digits === '0') return 0;
  PART.lastIndex = 0;
  let total = 0;
  let end = 0;
  for (let part = PART.exec(digits); part !== null; part = PART.exec(digits)) {
    total += Number(part[1]) * (UNITS[part[2] ?? ''] ?? 0);
    end = PART.lastIndex;
  }
  if (end === 0 || end !== digits.length) return undefined;
  return isNegative ? -total : total;
}

/** Nanoseconds as Go writes a duration: `1m30s`, `500ms`. */
export function durationText(ns: number): string {
  if (ns === 0) return '0s';
  if (ns < 1e3) return `${ns}ns`;
  if (ns < NS_PER_MS) return `${ns / 1e3}µs`;
  if (ns < 1e9) return `${ns / NS_PER_MS}ms`;
  const hours = Math.floor(ns / 3_600e9);
  const minutes = Math.floor(ns / 60e9) % 60;
  const seconds = (ns % 60e9) / 1e9;
  const rest = hours > 0 || minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
  return hours > 0 ? `${hours}h${rest}` : rest;
}

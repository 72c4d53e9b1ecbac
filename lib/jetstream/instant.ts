/**
 * A point in time. JetStream counts in nanoseconds since 1970, which a double cannot hold: so in two parts.
 * Of two with the same `ms` the one with more `ns` is later.
 */
export interface Instant {
  /** Whole milliseconds since 1970. */
  readonly ms: number;
  /** Nanoseconds within it, 0 to 999,999. */
  readonly ns: number;
}

/** How Go writes a time that was never set. */
export const ZERO_TIME = '0001-01-01T00:00:00Z';

const NS_PER_MS = 1_000_000;

/** Whether `one` is before `other`. */
export function isBefore(one: Instant, other: Instant): boolean {
  return one.ms < other.ms || (one.ms === other.ms && one.ns < other.ns);
}

/** The instant that comes right after `instant`. */
export function justAfter({ ms, ns }: Instant): Instant {
  return ns + 1 < NS_PER_MS ? { ms, ns: ns + 1 } : { ms: ms + 1, ns: 0 };
}

/** `instant`, or right after `last` where it is not later than that. */
export function laterThan(last: Instant | undefined, instant: Instant): Instant {
  return last === undefined || isBefore(last, instant) ? instant : justAfter(last);
}

/** As RFC 3339 in UTC, with up to nine decimals and no trailing zeros; undefined: `ZERO_TIME`. */
export function timeText(instant: Instant | undefined): string {
  if (instant === undefined) return ZERO_TIME;
  const { ms, ns } = instant;
  const seconds = Math.floor(ms / 1_000);
  const nanoseconds = (ms - seconds * 1_000) * NS_PER_MS + ns;
  const whole = new Date(seconds * 1_000).toISOString().slice(0, -5);
  if (nanoseconds === 0) return `${whole}Z`;
  return `${whole}.${String(nanoseconds).padStart(9, '0').replace(/0+$/, '')}Z`;
}

/** Nanoseconds since 1970, in digits. */
export function nanosecondsText({ ms, ns }: Instant): string {
  return `${ms}${String(ns).padStart(6, '0')}`;
}

const RFC_3339 = /^(\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2})(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d{2}:\d{2})$/;

/** Reads what `timeText` writes, and any other RFC 3339 time; undefined: it is none. */
export function parseTime(text: string): Instant | undefined {
  const [, seconds, decimals = '', zone] = RFC_3339.exec(text) ?? [];
  if (seconds === undefined || zone === undefined) return undefined;
  const ms = Date.parse(`${seconds}${zone}`.toUpperCase());
  if (Number.isNaN(ms)) return undefined;
  const nanoseconds = Number(decimals.padEnd(9, '0'));
  const whole = Math.floor(nanoseconds / NS_PER_MS);
  return { ms: ms + whole, ns: nanoseconds - whole * NS_PER_MS };
}

/** How nats-server writes times and durations. */

const SECOND_MS = 1_000;
const NS_PER_MS = 1e6;

/** Uptime and idle time in whole seconds: `3s`, `1m2s`, `2d3h4m5s`, `1y2d3h4m5s`. Negative ones read `0s`. */
export function uptime(durationMs: number): string {
  const total = Math.max(0, Math.floor(durationMs / SECOND_MS));
  const minutes = Math.floor(total / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const years = Math.floor(days / 365);
  const parts: readonly (readonly [count: number, unit: string])[] = [
    [years, 'y'],
    [days % 365, 'd'],
    [hours % 24, 'h'],
    [minutes % 60, 'm'],
    [total % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first === -1 ? -1 : first)
    .map(([count, unit]) => `${count}${unit}`)
    .join('');
}

/** A duration as Go prints it: `0s`, `977µs`, `1.234567ms`, `2.5s`, `1m30s`, `1h0m0.5s`. */
export function goDuration(durationMs: number): string {
  const ns = Math.round(durationMs * NS_PER_MS);
  if (ns <= 0) return '0s';
  if (ns < 1e3) return `${ns}ns`;
  if (ns < 1e6) return `${fraction(ns, 3)}µs`;
  if (ns < 1e9) return `${fraction(ns, 6)}ms`;
  const minutes = Math.floor(ns / 60e9);
  const seconds = `${fraction(ns % 60e9, 9)}s`;
  if (minutes === 0) return seconds;
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes}m${seconds}` : `${hours}h${minutes % 60}m${seconds}`;
}

/** A round trip; below a millisecond nats-server shows whole microseconds. */
export function roundTrip(rttMs: number | undefined): string {
  if (rttMs === undefined) return '0s';
  const exact = rttMs > 0.001 && rttMs < 1 ? Math.floor(rttMs * 1e3) / 1e3 : rttMs;
  return goDuration(exact);
}

/** Milliseconds of Unix time as RFC 3339 in UTC. */
export function timestamp(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** Milliseconds as whole nanoseconds: how Go's durations show in JSON. */
export function nanoseconds(durationMs: number): number {
  return Math.round(durationMs * NS_PER_MS);
}

/** `count / 10^digits`, without the zeros at its end. */
function fraction(count: number, digits: number): string {
  const unit = 10 ** digits;
  const rest = String(count % unit)
    .padStart(digits, '0')
    .replace(/0+$/, '');
  return `${Math.floor(count / unit)}${rest === '' ? '' : `.${rest}`}`;
}

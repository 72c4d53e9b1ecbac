/**
 * Log lines as nats-server writes them:
 *
 * ```
 * [4711] 2026/11/22 17:04:05.123456 [INF] Listening for client connections on 127.0.0.1:4222
 *  pid    time, to the microsecond    level message, then the fields as key=value
 * ```
 */
import { performance } from 'node:perf_hooks';
import { printable, safeJson } from '../domain/printable.js';
import { type Fields, phrased } from './phrases.js';
import { tracedLines } from './traces.js';

const LABELS: Readonly<Record<string, string>> = {
  trace: 'TRC',
  debug: 'DBG',
  info: 'INF',
  warn: 'WRN',
  error: 'ERR',
  fatal: 'FTL',
};

/** How far the clocks may be apart, in milliseconds, before the exact one is set by the other. */
const DRIFT_MS = 2;

let offsetMs = 0;

/** Wall-clock time in milliseconds, exact to microseconds and never behind the clock that Date has by much. */
function preciseNow(): number {
  const wall = Date.now();
  const precise = performance.now() + offsetMs;
  if (Math.abs(precise - wall) < DRIFT_MS) return precise;
  offsetMs += wall - precise; // the first time, or the clock was set
  return wall;
}

function padded(value: number, digits = 2): string {
  return String(value).padStart(digits, '0');
}

/**
 * A time as nats-server writes it.
 * @param epochMs milliseconds since 1970, with a fraction
 * @param isUtc in UTC; else in the local time zone
 */
export function natsTime(epochMs: number, isUtc = false): string {
  const zoneMs = isUtc ? 0 : new Date(epochMs).getTimezoneOffset() * 60_000;
  const date = new Date(epochMs - zoneMs);
  const micros = Math.floor((epochMs - Math.floor(epochMs)) * 1_000);
  const day = `${date.getUTCFullYear()}/${padded(date.getUTCMonth() + 1)}/${padded(date.getUTCDate())}`;
  const parts = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  const time = parts.map((part) => padded(part)).join(':');
  return `${day} ${time}.${padded(date.getUTCMilliseconds(), 3)}${padded(micros, 3)}`;
}

function shown(value: unknown): string {
  const isWord = typeof value === 'string' && /^[^\s"=\\]+$/.test(value) && printable(value) === value;
  return isWord ? value : safeJson(value);
}

function keyValues(fields: Fields): string {
  return Object.entries(fields)
    .map(([key, value]) => ` ${printable(key)}=${shown(value)}`)
    .join('');
}

/**
 * A pino line in nats-server's form; several lines where nats-server says it in several.
 * @param line JSON with `level` by name and `msg`
 * @param time whether date and time are in it, and of which zone
 * @param hasTrace whether lines of nats-server's trace are written; else they are left out
 */
export function natsLines(line: string, time: 'none' | 'local' | 'utc', hasTrace = true): string {
  const { level, time: _time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const text = typeof msg === 'string' ? msg : '';
  const traced = tracedLines(text, fields);
  if (traced?.level === 'trace' && !hasTrace) return '';
  const {
    messages,
    rest,
    level: label = level,
  } = traced === undefined ? phrased(text, fields) : { ...traced, rest: {} };
  const prefix = `[${process.pid}] ${time === 'none' ? '' : `${natsTime(preciseNow(), time === 'utc')} `}[${LABELS[String(label)] ?? label}] `;
  const last = messages.length - 1;
  return messages
    .map((message, i) => `${prefix}${printable(message)}${i === last ? keyValues(rest) : ''}\n`)
    .join('');
}

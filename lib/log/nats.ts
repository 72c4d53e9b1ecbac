/**
 * Log lines as nats-server writes them:
 *
 * ```
 * [4711] 2026/11/22 17:04:05.123456 [INF] Listening for client connections on 127.0.0.1:4222
 *  pid    local time, microseconds   level message, then the fields as key=value
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
 * A time as nats-server writes it, in the local time zone.
 * @param epochMs milliseconds since 1970, with a fraction
 */
export function natsTime(epochMs: number): string {
  const date = new Date(epochMs);
  const micros = Math.floor((epochMs - Math.floor(epochMs)) * 1_000);
  const day = `${date.getFullYear()}/${padded(date.getMonth() + 1)}/${padded(date.getDate())}`;
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => padded(part)).join(':');
  return `${day} ${time}.${padded(date.getMilliseconds(), 3)}${padded(micros, 3)}`;
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
 * @param hasTime whether date and time are in it
 * @param hasTrace whether lines of nats-server's trace are written; else they are left out
 */
export function natsLines(line: string, hasTime: boolean, hasTrace = true): string {
  const { level, time: _time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const text = typeof msg === 'string' ? msg : '';
  const traced = tracedLines(text, fields);
  if (traced?.level === 'trace' && !hasTrace) return '';
  const {
    messages,
    rest,
    level: label = level,
  } = traced === undefined ? phrased(text, fields) : { ...traced, rest: {} };
  const prefix = `[${process.pid}] ${hasTime ? `${natsTime(preciseNow())} ` : ''}[${LABELS[String(label)] ?? label}] `;
  const last = messages.length - 1;
  return messages
    .map((message, i) => `${prefix}${printable(message)}${i === last ? keyValues(rest) : ''}\n`)
    .join('');
}

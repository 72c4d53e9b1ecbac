import type { ConnectOptions, Sub, Unsub } from './commands.js';

/** Most digits of a size that nats-server reads. */
const MAX_SIZE_DIGITS = 9;

/** A decimal of `bytes[start, end)`, or -1 where it is not one of at most nine digits. */
export function parseSize(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end || end - start > MAX_SIZE_DIGITS) return -1;
  let size = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) return -1;
    size = size * 10 + digit;
  }
  return size;
}

/** Positions `[start, end, start, end …]` of the words of a control line's arguments. */
export function words(bytes: Uint8Array, start: number, end: number): number[] {
  const found: number[] = [];
  let from = -1;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    const blank = byte === 32 || byte === 9 || byte === 13 || byte === 10;
    if (blank && from >= 0) {
      found.push(from, i);
      from = -1;
    } else if (!blank && from < 0) from = i;
  }
  if (from >= 0) found.push(from, end);
  return found;
}

/** `SUB subject [queue] sid`; undefined where the word count is wrong. */
export function parseSub(args: readonly string[]): Sub | undefined {
  const [subject, second, third] = args;
  if (subject === undefined || second === undefined || args.length > 3) return undefined;
  if (third === undefined) return { op: 'SUB', subject, sid: second };
  return { op: 'SUB', subject, queue: second, sid: third };
}

/** `UNSUB sid [max]`; a max that is not a positive number means now, as in nats-server. */
export function parseUnsub(args: readonly string[]): Unsub | undefined {
  const [sid, max] = args;
  if (sid === undefined || args.length > 2) return undefined;
  if (max === undefined) return { op: 'UNSUB', sid };
  const bytes = Buffer.from(max);
  const count = parseSize(bytes, 0, bytes.length);
  return count > 0 ? { op: 'UNSUB', sid, max: count } : { op: 'UNSUB', sid };
}

const CONNECT_TYPES: Readonly<Record<keyof ConnectOptions, 'boolean' | 'string' | 'number'>> = {
  verbose: 'boolean',
  pedantic: 'boolean',
  echo: 'boolean',
  headers: 'boolean',
  no_responders: 'boolean',
  tls_required: 'boolean',
  protocol: 'number',
  name: 'string',
  lang: 'string',
  version: 'string',
  user: 'string',
  pass: 'string',
  auth_token: 'string',
  jwt: 'string',
  nkey: 'string',
  sig: 'string',
};

/** The JSON of a CONNECT: keys in any case, unknown ones ignored, null is absent; undefined where it is no such object. */
export function parseConnect(json: string): ConnectOptions | undefined {
  const parsed = parseJsonObject(json);
  if (parsed === undefined) return undefined;
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(parsed)) {
    const known = key.toLowerCase();
    if (!Object.hasOwn(CONNECT_TYPES, known) || value === null) continue;
    if (typeof value !== CONNECT_TYPES[known as keyof ConnectOptions]) return undefined;
    options[known] = value;
  }
  return options;
}

/** A JSON object, `null` read as an empty one as nats-server does; undefined for anything else. */
export function parseJsonObject(json: string): Record<string, unknown> | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (parsed === null) return {};
  if (typeof parsed !== 'object' || Array.isArray(parsed)) return undefined;
  return parsed as Record<string, unknown>;
}

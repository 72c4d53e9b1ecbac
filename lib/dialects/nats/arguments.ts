import { textOf } from '../../frame/text.js';
import type { ConnectOptions, Sub, Unsub } from './commands.js';
import { type Kind, parse, readFields } from './json.js';

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

/** The text of an -ERR whose arguments are `bytes[start, end)`, without its quotes. */
export function errorMessage(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start, end).trim().replace(/^'|'$/g, '');
}

/**
 * Positions `[start, end, start, end …]` of the words of a control line's arguments. Blanks and tabs part them; so do
 * CR and LF in the lines of subscriptions, whereas in those of publishes they are letters like any other.
 */
export function words(bytes: Uint8Array, start: number, end: number, lineEndsPart: boolean): number[] {
  const found: number[] = [];
  let from = -1;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    const parts = byte === 32 || byte === 9 || (lineEndsPart && (byte === 13 || byte === 10));
    if (parts && from >= 0) {
      found.push(from, i);
      from = -1;
    } else if (!parts && from < 0) from = i;
  }
  if (from >= 0) found.push(from, end);
  return found;
}

/** A word of those that {@link words} found, of which there are enough. */
export function wordAt(bytes: Buffer, found: readonly number[], index: number): string {
  return textOf(bytes, found[2 * index]!, found[2 * index + 1]!);
}

/** A word as {@link parseSize} reads it. */
export function sizeAt(bytes: Uint8Array, found: readonly number[], index: number): number {
  return parseSize(bytes, found[2 * index]!, found[2 * index + 1]!);
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

const CONNECT_FIELDS: Readonly<Record<keyof ConnectOptions, Kind>> = {
  verbose: 'boolean',
  pedantic: 'boolean',
  echo: 'boolean',
  headers: 'boolean',
  no_responders: 'boolean',
  tls_required: 'boolean',
  protocol: 'int',
  name: 'string',
  lang: 'string',
  version: 'string',
  user: 'string',
  pass: 'string',
  auth_token: 'string',
  jwt: 'string',
  nkey: 'string',
  sig: 'string',
  account: 'string',
  new_account: 'boolean',
};

/** Fields that only servers send, and that must be of the right kind all the same. */
const SERVER_FIELDS = { import: 'permissions', export: 'permissions', remote_account: 'string' } as const;

const SERVER_NAMES = Object.keys(SERVER_FIELDS) as readonly (keyof typeof SERVER_FIELDS)[];

const CONNECT_KINDS = { ...CONNECT_FIELDS, ...SERVER_FIELDS };

const INFO_KINDS: Readonly<Record<string, Kind>> = {
  ...kindsOf('string', 'server_id server_name version git_commit go host ip client_ip nonce cluster domain'),
  ...kindsOf(
    'string',
    'compression route_account route_acc_add_reqid gateway gateway_url remote_account xkey',
  ),
  ...kindsOf(
    'boolean',
    'headers auth_required tls_required tls_verify tls_available jetstream cluster_dynamic',
  ),
  ...kindsOf('boolean', 'ldm lnoc lnocu info_on_connect connect_info gateway_nrp gateway_iom'),
  ...kindsOf('strings', 'connect_urls ws_connect_urls gateway_urls leafnode_urls'),
  ...kindsOf('int', 'proto port route_pool_size route_pool_idx'),
  ...kindsOf('permissions', 'import export'),
  max_payload: 'int32',
  client_id: 'uint64',
  gateway_cmd: 'byte',
  gateway_cmd_payload: 'bytes',
};

/** The JSON of a CONNECT; undefined where nats-server would not take it. */
export function parseConnect(json: string): ConnectOptions | undefined {
  const fields = readFields(json, CONNECT_KINDS);
  if (fields === undefined) return undefined;
  // Only where there is one: an object that something was deleted from is a slow one.
  for (const field of SERVER_NAMES) if (Object.hasOwn(fields, field)) delete fields[field];
  return fields as ConnectOptions;
}

/** The JSON of an INFO, `null` read as an empty object; undefined where nats-server would not take it. */
export function parseInfo(json: string): Record<string, unknown> | undefined {
  if (readFields(json, INFO_KINDS) === undefined) return undefined;
  return (parse(json) ?? {}) as Record<string, unknown>;
}

function kindsOf(kind: Kind, names: string): Record<string, Kind> {
  return Object.fromEntries(names.split(' ').map((name) => [name, kind]));
}

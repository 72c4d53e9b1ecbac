/** What net/trace.ts logs of connections, in the words of nats-server's trace. */

import type { CloseReason } from '../domain/close-reason.js';
import { closeReasonText } from '../domain/close-reason.js';
import { quoted } from '../domain/errors.js';
import { safeJson } from '../domain/printable.js';
import type { Fields } from './phrases.js';

/** A line of nats-server's trace or debug log, without time and level. */
export interface TraceLines {
  readonly level: 'trace' | 'debug';
  readonly messages: readonly string[];
}

/** Fields that every line of a connection has; what is left are those of the command. */
const OF_CONNECTION: ReadonlySet<string> = new Set(['connection', 'dialect', 'peer', 'client', 'login']);

function words(...parts: readonly unknown[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(' ');
}

/** Header block and payload as one; with dots where the log has not all of it. */
function payloadLine(arrow: string, fields: Fields): string[] {
  const { headers = '', payload = '', headerBytes = 0, bytes: payloadBytes } = fields;
  const text = `${headers}${payload}`;
  const bytes = Number(headerBytes) + Number(payloadBytes);
  if (bytes === 0) return [];
  return [`${arrow} MSG_PAYLOAD: [${quoted(byteLengthOf(text) < bytes ? `${text}...` : text)}]`];
}

/** Bytes that text of protocol/text.ts stands for: one for each that was no UTF-8. */
function byteLengthOf(text: string): number {
  const strays = text.match(/[\udc80-\udcff]/gu)?.length ?? 0;
  return Buffer.byteLength(text) - strays * 2; // each is three bytes as U+FFFD
}

function message(verb: string, arrow: string, fields: Fields): string[] {
  const { subject, sid, reply, headerBytes, bytes } = fields;
  const hasHeaders = typeof headerBytes === 'number';
  const total = hasHeaders ? headerBytes + Number(bytes) : bytes;
  const line = words(`${hasHeaders ? 'H' : ''}${verb}`, subject, sid, reply, headerBytes, total);
  return [`${arrow} [${line}]`, ...payloadLine(arrow, fields)];
}

function received(op: string, { subject, queue, sid, max, topic, ...rest }: Fields): string[] {
  switch (op) {
    case 'CONNECT':
      return [`<<- [CONNECT ${safeJson(rest)}]`];
    case 'FAULT':
    case 'CRLF':
      return [];
    default:
      return [`<<- [${words(op, subject ?? topic, queue, sid, max)}]`];
  }
}

function sent(frame: unknown): string[] {
  const { op, message, reason, subject, sid, verb, topic } = frame as Fields;
  switch (op) {
    case 'INFO':
    case 'HEADERS':
    case 'CRLF':
    case 'HELP':
      return [];
    case '+OK':
      return ['->> [OK]'];
    case 'HMSG':
    case 'MSG':
      return [`->> [${words(op, subject, sid)}]`];
    default:
      return [`->> [${words(op, verb, topic, message ?? reason)}]`];
  }
}

function linesOf(text: string, fields: Fields): TraceLines | undefined {
  const { reason, count, frame } = fields;
  const trace = (messages: readonly string[]): TraceLines => ({ level: 'trace', messages });
  switch (text) {
    case 'connected':
      return { level: 'debug', messages: ['Client connection created'] };
    case 'disconnected': {
      const why = closeReasonText(reason as CloseReason, 0, 0);
      return { level: 'debug', messages: [`Client connection closed: ${why}`] };
    }
    case 'received PUB':
      return trace(message('PUB', '<<-', fields));
    case 'delivered':
      return trace(message('MSG', '->>', fields));
    case 'confirmed':
      return trace(Array<string>(Number(count)).fill('->> [OK]'));
    case 'sent':
      return trace(sent(frame));
    default:
      return text.startsWith('received ') ? trace(received(text.slice(9), fields)) : undefined;
  }
}

/**
 * A line of a connection as nats-server has it, `127.0.0.1:4711 - cid:5 - "v1:js:name" - <<- [SUB foo 1]`; several
 * where nats-server has several, none where it has none. Undefined: no such line.
 */
export function tracedLines(text: string, fields: Fields): TraceLines | undefined {
  const { peer, connection, client, login } = fields;
  if (connection === undefined) return undefined;
  const own = Object.fromEntries(Object.entries(fields).filter(([key]) => !OF_CONNECTION.has(key)));
  const lines = linesOf(text, own);
  if (lines === undefined) return undefined;
  const about = [client, login]
    .filter((each) => typeof each === 'string')
    .map((each) => ` - ${quoted(each)}`);
  const prefix = `${peer} - cid:${connection}${about.join('')} - `;
  return { ...lines, messages: lines.messages.map((each) => prefix + each) };
}

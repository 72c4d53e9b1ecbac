/** One message as a line of JSON, or as people read it. */
import { printable, safeJson } from '../../domain/printable.js';
import type { Message } from '../client/client.js';
import { type Headers, parseHeaders } from '../client/headers.js';
import { type Excerpt, excerptOf } from './excerpt.js';
import { grouped } from './numbers.js';

/** How it looks. */
export interface Look {
  readonly hasColours: boolean;
  /** Bytes shown of a payload. */
  readonly mostBytes: number;
}

const BOLD = '\x1b[1m';
const DIM = '\x1b[2m';
const CYAN = '\x1b[36m';
const RESET = '\x1b[0m';

/** Fields with the same name together, in the order they came. */
function listed({ fields }: Headers): Record<string, string[]> {
  const lists = new Map<string, string[]>();
  for (const [name, value] of fields) lists.set(name, [...(lists.get(name) ?? []), value]);
  return Object.fromEntries(lists);
}

/** A line of JSON, with its end. Binary payloads are base64. */
export function jsonLine(message: Message, at: Date, mostBytes: number): string {
  const headers = message.headers && parseHeaders(message.headers);
  const { text, bytes, isCut } = excerptOf(message.payload, mostBytes);
  const line = {
    time: at.toISOString(),
    subject: message.subject,
    reply: message.reply,
    status: headers?.status,
    description: headers?.description,
    headers: headers && headers.fields.length > 0 ? listed(headers) : undefined,
    bytes: message.payload.length,
    ...(text === undefined ? { payload_base64: bytes.toString('base64') } : { payload: text }),
    cut: isCut || undefined,
  };
  return `${safeJson(line)}\n`;
}

function timeOf(at: Date): string {
  const two = (part: number, digits = 2) => String(part).padStart(digits, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${two(at.getMilliseconds(), 3)}`;
}

function payloadOf({ text, bytes }: Excerpt): string {
  return text === undefined ? `hex ${bytes.toString('hex')}` : printable(text);
}

/**
 * A line, and one more for each header. Safe for a terminal, whatever is in the message:
 *
 *   12:03:04.123 orders.new  two coffees, please
 *   12:03:04.125 stock.count reply _INBOX.x1  coffee
 *     Trace-Id: 4711
 */
export function plainLines(message: Message, at: Date, { hasColours, mostBytes }: Look): string {
  const paint = (codes: string, text: string) =>
    hasColours && text !== '' ? `${codes}${text}${RESET}` : text;
  const excerpt = excerptOf(message.payload, mostBytes);
  const reply = message.reply === undefined ? '' : paint(DIM, ` reply ${printable(message.reply)}`);
  const shown = payloadOf(excerpt);
  const rest = excerpt.isCut ? paint(DIM, ` … ${grouped(message.payload.length)} bytes`) : '';
  const payload = shown === '' ? paint(DIM, 'empty') : shown;
  const first = `${paint(DIM, timeOf(at))} ${paint(BOLD + CYAN, printable(message.subject))}${reply}  ${payload}${rest}\n`;
  return `${first}${headerLines(message.headers)
    .map((line) => `  ${paint(DIM, line)}\n`)
    .join('')}`;
}

function headerLines(block: Buffer | undefined): string[] {
  if (block === undefined) return [];
  const { status, description, fields } = parseHeaders(block);
  const lines = fields.map(([name, value]) => printable(`${name}: ${value}`));
  return status === undefined ? lines : [printable(`${status} ${description ?? ''}`.trim()), ...lines];
}

/** What is said of messages that were not shown. */
export function hiddenLine(count: number, form: 'json' | 'plain', hasColours: boolean): string {
  if (form === 'json') return `{"not_shown":${count}}\n`;
  const text = `… ${grouped(count)} more`;
  return hasColours ? `${DIM}${text}${RESET}\n` : `${text}\n`;
}

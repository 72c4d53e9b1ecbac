import { types } from 'node:util';
import { SluiceError } from '../domain/errors.js';
import { isLiteralSubject } from '../domain/subject.js';
import {
  CommandBatch,
  FLAGS,
  HASH,
  HEADER_SHIFT,
  HEADERS,
  OTHER,
  PAYLOAD,
  PAYLOAD_END,
  REPLY,
  REPLY_END,
  SPLICE,
  STRIDE,
  SUBJECT,
  SUBJECT_END,
} from '../frame/command.js';
import { hashBytes } from '../frame/hash.js';
import { bytesOfText } from '../frame/text.js';
import { type HeadersInput, renderHeaders } from './headers.js';
import type { Payload } from './message.js';
import type { Receipt } from './receipt.js';
import { kindOf } from './values.js';

/** What a message in this process must keep to, as those of NATS clients must. */
export interface MessageLimits {
  readonly maxPayloadBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxControlLineBytes: number;
}

const NOTHING = Buffer.alloc(0);
const CRLF = '\r\n';
const BLANKS = /[\s\0]/;

/** The last subject that was found right: most publish to the same one again and again. */
let known = '';

/** Whether one may publish to it: a literal subject without blanks. */
function isPublishable(subject: unknown): subject is string {
  if (subject === known && known !== '') return true;
  if (typeof subject !== 'string' || BLANKS.test(subject) || !isLiteralSubject(subject)) return false;
  known = subject;
  return true;
}

/**
 * One message and the receipt behind it as a batch, a copy of everything. Its bytes are those of a frame a NATS client
 * would send, so that it can go out as it is:
 *
 *   subject [reply] size␍␊payload␍␊
 *
 * @throws SluiceError INVALID_PUBLISH_SUBJECT, INVALID_MESSAGE, MAX_PAYLOAD, MAX_HEADER, MAX_CONTROL_LINE
 */
export function publication(
  subject: string,
  payload: Payload,
  reply: string | undefined,
  headers: HeadersInput | undefined,
  receipt: Receipt,
  limits: MessageLimits,
): CommandBatch<Receipt> {
  if (!isPublishable(subject)) throw wrongSubject(subject);
  if (reply !== undefined && !isPublishable(reply)) throw wrongSubject(reply);
  const block = headers === undefined ? NOTHING : renderHeaders(headers);
  const payloadBytes = sizeOf(payload);
  const total = block.length + payloadBytes;
  if (block.length > limits.maxHeaderBytes) throw tooLarge('MAX_HEADER', block.length, limits.maxHeaderBytes);
  if (total > limits.maxPayloadBytes) throw tooLarge('MAX_PAYLOAD', total, limits.maxPayloadBytes);

  const subjectBytes = bytesOfText(subject);
  const replyBytes = reply === undefined ? NOTHING : bytesOfText(reply);
  const sizes = block.length === 0 ? ` ${total}${CRLF}` : ` ${block.length} ${total}${CRLF}`;
  const replyAt = subjectBytes.length + (reply === undefined ? 0 : 1);
  const replyEnd = replyAt + replyBytes.length;
  const start = replyEnd + sizes.length;
  if (start > limits.maxControlLineBytes)
    throw tooLarge('MAX_CONTROL_LINE', start, limits.maxControlLineBytes);

  const bytes = Buffer.allocUnsafe(start + total + 2);
  bytes.set(subjectBytes, 0);
  if (reply !== undefined) {
    bytes[subjectBytes.length] = 32;
    bytes.set(replyBytes, replyAt);
  }
  bytes.write(sizes, replyEnd, 'latin1');
  bytes.set(block, start);
  if (typeof payload === 'string') bytes.write(payload, start + block.length);
  else if (payload !== undefined) bytes.set(payload, start + block.length);
  bytes[start + total] = 13;
  bytes[start + total + 1] = 10;

  const columns = new Int32Array(2 * STRIDE);
  columns[FLAGS] = block.length === 0 ? SPLICE : (block.length << HEADER_SHIFT) | HEADERS | SPLICE;
  columns[SUBJECT_END] = subjectBytes.length;
  if (reply !== undefined) {
    columns[REPLY] = replyAt;
    columns[REPLY_END] = replyEnd;
  }
  columns[PAYLOAD] = start;
  columns[PAYLOAD_END] = start + total;
  columns[HASH] = hashBytes(bytes, 0, subjectBytes.length);
  columns[STRIDE + FLAGS] = OTHER;
  columns[STRIDE + SUBJECT] = 0;
  const batch = new CommandBatch(bytes, columns, [receipt]);
  batch.mayAskReserved = reply !== undefined && (reply[0] === '_' || reply[0] === '$');
  return batch;
}

function sizeOf(payload: unknown): number {
  if (payload === undefined) return 0;
  if (typeof payload === 'string') return Buffer.byteLength(payload);
  if (types.isUint8Array(payload)) return payload.byteLength;
  throw new SluiceError(
    'INVALID_MESSAGE',
    `payload: not usable, allowed: text, a Uint8Array or undefined, not ${kindOf(payload)}`,
  );
}

function wrongSubject(subject: unknown): SluiceError {
  return new SluiceError(
    'INVALID_PUBLISH_SUBJECT',
    `${typeof subject === 'string' ? JSON.stringify(subject) : kindOf(subject)}: not a subject to publish to, allowed: tokens joined by dots, without blanks and wildcards`,
  );
}

function tooLarge(
  code: 'MAX_PAYLOAD' | 'MAX_HEADER' | 'MAX_CONTROL_LINE',
  size: number,
  limit: number,
): SluiceError {
  const of = { MAX_PAYLOAD: 'payload', MAX_HEADER: 'headers', MAX_CONTROL_LINE: 'control line' }[code];
  return new SluiceError(code, `${of}: ${size} bytes, allowed: ${limit}`);
}

import {
  batchOfPieces,
  CommandBatch,
  FLAGS,
  HASH,
  HEADER_SHIFT,
  HEADERS,
  PAYLOAD,
  PAYLOAD_END,
  REPLY,
  REPLY_END,
  SPLICE,
  STRIDE,
  SUBJECT,
  SUBJECT_END,
} from '../../frame/command.js';
import { hashBytes } from '../../frame/hash.js';
import { bytesOfText } from '../../frame/text.js';

const SPACE = 32;
const CR = 13;
const LF = 10;
/** Bytes from which a message is handed on as it is stored, in a batch of its own, and not copied. */
const LARGE_BYTES = 32 * 1024;

/** A message on its way to a client. */
export interface OutgoingMessage {
  readonly subject: string;
  /** Where it is acknowledged. */
  readonly reply: string;
  /** Header block and payload; must not change afterwards. */
  readonly body: Buffer;
  readonly headerBytes: number;
}

/** Whether a message takes a batch of its own. */
export function isLarge({ body }: OutgoingMessage): boolean {
  return body.length >= LARGE_BYTES;
}

/** A batch of one message whose bytes are not copied. */
export function batchOfLarge({ subject, reply, body, headerBytes }: OutgoingMessage): CommandBatch<never> {
  if (headerBytes === 0) return batchOfPieces({ subject, reply }, [body]);
  const headers = body.subarray(0, headerBytes);
  return batchOfPieces({ subject, reply, headers }, [body.subarray(headerBytes)]);
}

/** Messages as rows of one batch, ready to be spliced into frames. */
export function batchOfMessages(messages: readonly OutgoingMessage[]): CommandBatch<never> {
  const parts = messages.map(({ subject, reply, body, headerBytes }) => {
    const sizes = headerBytes === 0 ? ` ${body.length}` : ` ${headerBytes} ${body.length}`;
    return { subject: bytesOfText(subject), reply: bytesOfText(reply), sizes, body, headerBytes };
  });
  let total = 0;
  for (const { subject, reply, sizes, body } of parts)
    total += subject.length + 1 + reply.length + sizes.length + 2 + body.length + 2;
  const bytes = Buffer.allocUnsafe(total);
  const columns = new Int32Array(parts.length * STRIDE);
  let at = 0;
  for (const [row, { subject, reply, sizes, body, headerBytes }] of parts.entries()) {
    const column = row * STRIDE;
    columns[column + FLAGS] = headerBytes === 0 ? SPLICE : (headerBytes << HEADER_SHIFT) | HEADERS | SPLICE;
    columns[column + SUBJECT] = at;
    bytes.set(subject, at);
    at += subject.length;
    columns[column + SUBJECT_END] = at;
    columns[column + HASH] = hashBytes(subject, 0, subject.length);
    bytes[at++] = SPACE;
    columns[column + REPLY] = at;
    bytes.set(reply, at);
    at += reply.length;
    columns[column + REPLY_END] = at;
    at += bytes.write(sizes, at, 'latin1');
    bytes[at++] = CR;
    bytes[at++] = LF;
    columns[column + PAYLOAD] = at;
    bytes.set(body, at);
    at += body.length;
    columns[column + PAYLOAD_END] = at;
    bytes[at++] = CR;
    bytes[at++] = LF;
  }
  return new CommandBatch<never>(bytes, columns, []);
}

import { quoted, SluiceError } from '../domain/errors.js';
import { isPlainLiteral } from '../domain/plain-subject.js';
import {
  CommandBatch,
  FLAGS,
  HASH,
  HEADER_SHIFT,
  HEADERS,
  OTHER,
  PAYLOAD,
  PAYLOAD_END,
  type Publish,
  REPLY,
  REPLY_END,
  STRIDE,
  SUBJECT,
  SUBJECT_END,
} from './command.js';
import { hashBytes } from './hash.js';

const BLOCK_START = 'NATS/1.0';
const BLOCK_END = '\r\n\r\n';

/**
 * Makes the batch of one read, from plain commands in order. For decoders that parse into objects: it allocates and copies
 * for each message, which the built-in parsers do not. Sizes are not checked: `nats.max_payload` is a limit of NATS clients, so
 * the decoder has to refuse what is too large before it keeps it. Every subscriber of any dialect gets what is published here.
 *
 * @typeParam O commands that are not publishes
 * @throws SluiceError INVALID_PUBLISH_SUBJECT about a subject or a reply with wildcards, empty tokens, blanks or control
 *   characters, which `isLiteralSubject` tells beforehand; INVALID_MESSAGE about headers that are no header block. NATS clients are sent all three as they are.
 */
export function batchOfCommands<O extends { readonly op: string }>(
  commands: readonly (Publish | O)[],
): CommandBatch<O> {
  const columns = new Int32Array(commands.length * STRIDE);
  const parts: Uint8Array[] = [];
  const others: O[] = [];
  let bytes = 0;
  const append = (part: Uint8Array | undefined): number => {
    if (part !== undefined) {
      parts.push(part);
      bytes += part.length;
    }
    return bytes;
  };
  let mayAskReserved = false;
  for (const [row, command] of commands.entries()) {
    const at = row * STRIDE;
    if (!isPublish(command)) {
      columns[at + FLAGS] = OTHER;
      columns[at + SUBJECT] = others.push(command) - 1;
      continue;
    }
    const { subject, reply, headers, payload } = command;
    checkSubject(subject);
    if (reply !== undefined) checkSubject(reply);
    if (headers !== undefined) checkHeaders(headers);
    const text = Buffer.from(subject);
    columns[at + FLAGS] = headers === undefined ? 0 : (headers.length << HEADER_SHIFT) | HEADERS;
    columns[at + SUBJECT] = bytes;
    columns[at + SUBJECT_END] = append(text);
    columns[at + REPLY] = bytes;
    columns[at + REPLY_END] = reply === undefined ? 0 : append(Buffer.from(reply));
    mayAskReserved ||= reply !== undefined;
    columns[at + PAYLOAD] = bytes;
    append(headers);
    columns[at + PAYLOAD_END] = append(payload);
    columns[at + HASH] = hashBytes(text, 0, text.length);
  }
  const batch = new CommandBatch<O>(Buffer.concat(parts), columns, others);
  batch.mayAskReserved = mayAskReserved;
  return batch;
}

function isPublish(command: { readonly op: string }): command is Publish {
  return command.op === 'PUB';
}

function checkSubject(subject: string): void {
  if (!isPlainLiteral(subject))
    throw new SluiceError(
      'INVALID_PUBLISH_SUBJECT',
      `${quoted(subject)}: not a subject to publish or reply to, allowed: words joined by dots, none of them empty, * or >, without blanks and control characters; ask isLiteralSubject first`,
    );
}

function checkHeaders(headers: Buffer): void {
  const block = headers.toString('latin1');
  if (!block.startsWith(BLOCK_START) || block.indexOf(BLOCK_END) !== block.length - BLOCK_END.length)
    throw new SluiceError('INVALID_MESSAGE', 'headers: not usable, allowed: a NATS/1.0 header block');
}

import { type CommandBatch, REPLY, REPLY_END, STRIDE, SUBJECT } from '../protocol/command.js';

/*
 * Subjects that are the servers' own: `_R_.` are the replies of services imported from another account, `_GR_.` those
 * that cross a gateway, `$JS.ACK.` acknowledge to JetStream. Nobody may name one as the reply to its own message, nor
 * publish to `_GR_.`. As in nats-server.
 */
const UNDERSCORE = 95;
const DOLLAR = 36;
const LETTER_R = 82;
const LETTER_G = 71;
const LETTER_J = 74;

const SERVICE_REPLY = Buffer.from('_R_.');
const RESERVED_REPLIES = ['_GR_.', '$JS.ACK.'].map((prefix) => Buffer.from(prefix));
const GATEWAY_REPLY = Buffer.from('_GR_.');

/** Whether some of rows `[from, to)` could be reserved, by their first letters: cheap, and all but always false. */
export function mayBeReserved({ bytes, columns }: CommandBatch, from: number, to: number): boolean {
  const end = to * STRIDE;
  for (let at = from * STRIDE; at < end; at += STRIDE) {
    const subject = columns[at + SUBJECT]!;
    if (bytes[subject] === UNDERSCORE && bytes[subject + 1] === LETTER_G) return true;
    if (columns[at + REPLY_END] === 0) continue;
    const reply = columns[at + REPLY]!;
    const first = bytes[reply];
    if (first === UNDERSCORE) {
      const second = bytes[reply + 1];
      if (second === LETTER_R || second === LETTER_G) return true;
    } else if (first === DOLLAR && bytes[reply + 1] === LETTER_J) return true;
  }
  return false;
}

/** Whether nobody may publish to the subject `bytes[start, end)`. */
export function isReservedSubject(bytes: Buffer, start: number, end: number): boolean {
  return continues(bytes, start, end, GATEWAY_REPLY);
}

/** Whether row `row` asks for a reply to where only servers may. */
export function isReservedReply({ bytes, columns }: CommandBatch, row: number): boolean {
  const start = columns[row * STRIDE + REPLY]!;
  const end = columns[row * STRIDE + REPLY_END]!;
  // Of `_R_.` the prefix is enough, of the others there must be more; as in nats-server.
  return (
    end !== 0 &&
    (startsWith(bytes, start, end, SERVICE_REPLY) ||
      RESERVED_REPLIES.some((prefix) => continues(bytes, start, end, prefix)))
  );
}

/** Whether there is the prefix and more. */
function continues(bytes: Buffer, start: number, end: number, prefix: Buffer): boolean {
  return end - start > prefix.length && startsWith(bytes, start, end, prefix);
}

function startsWith(bytes: Buffer, start: number, end: number, prefix: Buffer): boolean {
  return (
    end - start >= prefix.length &&
    bytes.compare(prefix, 0, prefix.length, start, start + prefix.length) === 0
  );
}

import { type CommandBatch, cell, REPLY, REPLY_END, STRIDE } from '../frame/command.js';

/*
 * Replies that are the servers' own: `_R_.` of services imported from another account, `_GR_.` of those that cross a
 * gateway, `$JS.ACK.` to acknowledge to JetStream. No client may name one as the reply to its own message. As in
 * nats-server.
 */
const SERVICE_REPLY = Buffer.from('_R_.');
const GATEWAY_REPLY = Buffer.from('_GR_.');
const RESERVED_REPLIES = [GATEWAY_REPLY, Buffer.from('$JS.ACK.')];

/** Whether row `row` asks for a reply to where only servers may. */
export function isReservedReply({ bytes, columns }: CommandBatch, row: number): boolean {
  const start = cell(columns, row * STRIDE + REPLY);
  const end = cell(columns, row * STRIDE + REPLY_END);
  // Of `_R_.` the prefix is enough, of the others there must be more; as in nats-server.
  return (
    end !== 0 &&
    (startsWith(bytes, start, end, SERVICE_REPLY) ||
      RESERVED_REPLIES.some((prefix) => continues(bytes, start, end, prefix)))
  );
}

/** Whether a subject is one that no client may publish to. */
export function isReservedSubject(bytes: Buffer): boolean {
  return continues(bytes, 0, bytes.length, GATEWAY_REPLY);
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

import { withoutHeaders } from '../headers.js';
import type { Incoming } from '../ingest.js';

/** What headers begin with that say what a publisher expected of the stream that a message was published to. */
const EXPECTED = Buffer.from('Nats-Expected-');

/** A message without what it was to be stored on condition of. */
export function withoutConditions(message: Incoming): Incoming {
  const { body, headerBytes } = message;
  if (headerBytes === 0) return message;
  const block = body.subarray(0, headerBytes);
  const kept = withoutHeaders(block, EXPECTED);
  return kept === block ? message : withBlock(message, kept);
}

/** A message with another header block; undefined: with none. */
export function withBlock({ subject, body, headerBytes }: Incoming, block: Buffer | undefined): Incoming {
  const payload = body.subarray(headerBytes);
  if (block === undefined) return { subject, body: payload, headerBytes: 0 };
  return { subject, body: Buffer.concat([block, payload]), headerBytes: block.length };
}

/**
 * The bytes of the load, all built before the clock starts.
 *
 * A publisher repeats one *block* of about 64 KiB. Every frame of a block has the same length, so that a receiver can
 * count messages by counting bytes, and a payload says who sent it and where in the block it stands:
 *
 *     payload   0 1 2 3 4 5 6 7 8 …
 *               └─┬─┘ └───┬───┘ filler: letters that depend on publisher and index, never `M`, `U`, `O`, `P`
 *         publisher  index in the block, both decimal (2 and 6 digits)
 */
import { type Cell, subjectOf } from './cells.js';

/** How delivered frames look: as the dialect renders them, or (`verbatim`, the relay) exactly as published. */
export type Rendering = 'nats' | 'line' | 'verbatim';

export const PUBLISHER_DIGITS = 2;
export const INDEX_DIGITS = 6;
const BLOCK_BYTES = 64 * 1024;
const FILLER = 'abcdefghijklmnopqrstuvwxyz';

/** Same-length frames back to back. */
export interface Block {
  readonly bytes: Buffer;
  readonly frames: number;
  readonly frameBytes: number;
}

/** One payload, ASCII without blanks or line ends, exactly `payloadBytes` (at least 8) long. */
export function payload(publisher: number, index: number, payloadBytes: number): string {
  const id = String(publisher).padStart(PUBLISHER_DIGITS, '0') + String(index).padStart(INDEX_DIGITS, '0');
  const from = (publisher * 7 + index) % FILLER.length;
  const fillerBytes = payloadBytes - id.length;
  if (fillerBytes < 0) throw new RangeError(`a payload needs at least ${id.length} bytes`);
  return id + FILLER.repeat(Math.ceil((from + fillerBytes) / FILLER.length)).slice(from, from + fillerBytes);
}

function publishFrame({ dialect }: Cell, subject: string, text: string): string {
  return dialect === 'nats' ? `PUB ${subject} ${text.length}\r\n${text}\r\n` : `PUB ${subject} ${text}\n`;
}

function block(frames: readonly string[]): Block {
  const bytes = Buffer.from(frames.join(''), 'latin1');
  return { bytes, frames: frames.length, frameBytes: bytes.length / frames.length };
}

/** Frames of one block of this cell: as many as fit in 64 KiB, at least one. */
export function framesPerBlock(cell: Cell): number {
  const frameBytes = publishFrame(cell, subjectOf(cell, 0), payload(0, 0, cell.payloadBytes)).length;
  return Math.max(1, Math.floor(BLOCK_BYTES / frameBytes));
}

function payloads(cell: Cell, publisher: number): readonly string[] {
  return Array.from({ length: framesPerBlock(cell) }, (_, n) => payload(publisher, n, cell.payloadBytes));
}

/** What publisher number `publisher` writes, again and again. */
export function publishBlock(cell: Cell, publisher: number): Block {
  const subject = subjectOf(cell, publisher);
  return block(payloads(cell, publisher).map((text) => publishFrame(cell, subject, text)));
}

/** What a subscriber must get for one block of publisher number `publisher`. `lineEnd` is the line dialect's. */
export function deliveryBlock(cell: Cell, publisher: number, rendering: Rendering, lineEnd: string): Block {
  const subject = subjectOf(cell, publisher);
  return block(
    payloads(cell, publisher).map((text) => {
      if (rendering === 'verbatim') return publishFrame(cell, subject, text);
      if (rendering === 'line') return `UPDATE ${subject} ${text}${lineEnd}`;
      return `MSG ${subject} 1 ${text.length}\r\n${text}\r\n`;
    }),
  );
}

/** What a line-dialect publisher must get for one block: `OK PUB topic` per message. */
export function replyBlock(cell: Cell, publisher: number, lineEnd: string): Block {
  const reply = `OK PUB ${subjectOf(cell, publisher)}${lineEnd}`;
  return block(Array.from({ length: framesPerBlock(cell) }, () => reply));
}

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
import { type Cell, fanOut, feedersOf, subjectOf } from './cells.js';
import { type PublishRendering, type Rendering, respOf } from './wires.js';

export const PUBLISHER_DIGITS = 2;
export const INDEX_DIGITS = 6;
const BLOCK_BYTES = 64 * 1024;
/** Deliveries that a block makes at most: with a thousand subscribers, a whole one would take a slow broker seconds. */
const BLOCK_DELIVERIES = 500_000;
/** Large frames: so many are needed to see whether one is missing. */
const LEAST_FRAMES = 4;
/** A paced cell has no use for whole blocks; its load is counted in tenths of a second. */
const PACED_SECONDS = 0.1;
const FILLER = 'abcdefghijklmnopqrstuvwxyz';
const HEADERS =
  'NATS/1.0\r\nContent-Type: application/json\r\nTraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-01\r\n\r\n';

/** Same-length frames back to back. */
export interface Block {
  readonly bytes: Buffer;
  readonly frames: number;
  readonly frameBytes: number;
  /** Where in a frame its payload begins; where it has none, senseless. */
  readonly payloadAt: number;
}

/** One payload, ASCII without blanks or line ends, exactly `payloadBytes` (at least 8) long. */
export function payload(publisher: number, index: number, payloadBytes: number): string {
  const id = String(publisher).padStart(PUBLISHER_DIGITS, '0') + String(index).padStart(INDEX_DIGITS, '0');
  const from = (publisher * 7 + index) % FILLER.length;
  const fillerBytes = payloadBytes - id.length;
  if (fillerBytes < 0) throw new RangeError(`a payload needs at least ${id.length} bytes`);
  return id + FILLER.repeat(Math.ceil((from + fillerBytes) / FILLER.length)).slice(from, from + fillerBytes);
}

type Render = (subject: string, text: string) => string;

function publishing({ dialect, headers }: Cell, rendering: PublishRendering): Render {
  if (rendering === 'resp') return (subject, text) => respOf('PUBLISH', subject, text);
  if (rendering === 'leaf') return natsFrame(headers ? 'HMSG' : 'LMSG', '', headers);
  if (dialect === 'line') return (subject, text) => `PUB ${subject} ${text}\n`;
  return natsFrame(headers ? 'HPUB' : 'PUB', '', headers);
}

function delivering(cell: Cell, rendering: Rendering, lineEnd: string): Render {
  switch (rendering) {
    case 'verbatim':
      return publishing(cell, rendering);
    case 'resp':
      return (subject, text) => respOf('message', subject, text);
    case 'line':
      return (subject, text) => `UPDATE ${subject} ${text}${lineEnd}`;
    case 'nats':
      return natsFrame(cell.headers ? 'HMSG' : 'MSG', '1 ', cell.headers);
  }
}

function natsFrame(op: string, sid: string, headers: boolean): Render {
  return headers
    ? (subject, text) =>
        `${op} ${subject} ${sid}${HEADERS.length} ${HEADERS.length + text.length}\r\n${HEADERS}${text}\r\n`
    : (subject, text) => `${op} ${subject} ${sid}${text.length}\r\n${text}\r\n`;
}

/**
 * Frames of one block of this cell: as many as fit in 64 KiB, fewer for very many subscribers, at least four; where each has
 * another subject, all subjects as often as they fit, at least once.
 */
export function framesPerBlock(cell: Cell): number {
  const frame = publishing(cell, 'nats')(subjectOf(cell, 0), payload(0, 0, cell.payloadBytes));
  const fitting = Math.min(BLOCK_BYTES / frame.length, BLOCK_DELIVERIES / Math.max(1, fanOut(cell)));
  const frames = Math.max(LEAST_FRAMES, Math.floor(fitting));
  return cell.cycles ? Math.max(1, Math.floor(frames / cell.subjects)) * cell.subjects : frames;
}

function block(cell: Cell, publisher: number, render: Render): Block {
  const frames = framesPerBlock(cell);
  const { cycles, subjects, publishers, payloadBytes } = cell;
  const firstSubject = cycles ? Math.floor((publisher * subjects) / publishers) : publisher;
  const frame = (n: number): string =>
    render(subjectOf(cell, firstSubject + (cycles ? n : 0)), payload(publisher, n, payloadBytes));
  const first = frame(0);
  const bytes = Buffer.allocUnsafe(frames * first.length);
  for (let n = 0; n < frames; n++) bytes.write(frame(n), n * first.length, 'latin1');
  const payloadAt = first.lastIndexOf(payload(publisher, 0, payloadBytes));
  return { bytes, frames, frameBytes: first.length, payloadAt };
}

/** What publisher number `publisher` writes, again and again. */
export function publishBlock(cell: Cell, publisher: number, rendering: PublishRendering): Block {
  return block(cell, publisher, publishing(cell, rendering));
}

/** What a subscriber must get for one block of publisher number `publisher`. `lineEnd` is the line dialect's. */
export function deliveryBlock(cell: Cell, publisher: number, rendering: Rendering, lineEnd: string): Block {
  return block(cell, publisher, delivering(cell, rendering, lineEnd));
}

/** What a publisher must get for one block where there are replies: `OK PUB topic`, or how many got it, per message. */
export function replyBlock(cell: Cell, publisher: number, rendering: Rendering, lineEnd: string): Block {
  const reply =
    rendering === 'resp' ? `:${fanOut(cell)}\r\n` : `OK PUB ${subjectOf(cell, publisher)}${lineEnd}`;
  return block(cell, publisher, () => reply);
}

/** Messages that all publishers together publish when each publishes `blocks` blocks. */
export function messagesOf(cell: Cell, blocks: number): number {
  return cell.perSecond > 0
    ? Math.round(blocks * cell.perSecond * PACED_SECONDS)
    : blocks * framesPerBlock(cell) * cell.publishers;
}

/** Messages of these that subscriber number `subscriber`, or its queue group, must get. */
export function dueOf(cell: Cell, subscriber: number, blocks: number): number {
  return (messagesOf(cell, blocks) * feedersOf(cell, subscriber).length) / cell.publishers;
}

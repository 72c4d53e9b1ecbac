import { Arena } from './arena.js';
import { Reading } from './reading.js';
import { RowScratch } from './rows.js';
import { Slab } from './slab.js';
import { ShortTextBytes } from './text.js';

/**
 * The memory that the decoders and encoders of one broker use again and again. Parsing, routing and rendering of a read
 * are synchronous, so all connections of a broker share one; two brokers share none, and each thread has its own. Large
 * parts are allocated on first use.
 *
 * @internal
 */
export class FrameMemory {
  /** What reads land in and blocks are parts of. */
  readonly arena: Arena;
  /** Where encoders render. */
  readonly slab: Slab;
  /** The read that is being processed. */
  readonly reading: Reading;
  /** Where decoders write rows. */
  readonly rows: RowScratch;
  /** Where encoders get the bytes of sids. */
  readonly sids = new ShortTextBytes();
  /** Keys up to this one are those of built-in encoders, or have been given out. */
  private lastRenderKey = 1_000;

  /** The parts are given by tests only: both over `arena`. */
  constructor(arena = new Arena(), slab = new Slab(arena), reading = new Reading(arena)) {
    this.arena = arena;
    this.slab = slab;
    this.reading = reading;
    this.rows = new RowScratch(reading);
  }

  /** Returns a render key that no other encoder of the broker has: see `Encoder`. */
  newRenderKey(): number {
    this.lastRenderKey++;
    return this.lastRenderKey;
  }
}

let codecs: FrameMemory | undefined;

/**
 * The memory of decoders and encoders that belong to no broker: of the codecs used alone. They read
 * into none of it and lend none of it, so nothing of it is in use once a call has returned.
 */
export function memoryOfCodecs(): FrameMemory {
  codecs ??= new FrameMemory();
  return codecs;
}

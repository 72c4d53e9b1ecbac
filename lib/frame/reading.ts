import { type Arena, CARRY_BYTES, READ_BYTES } from './arena.js';
import type { CommandBatch } from './command.js';
import { viewOf } from './copy.js';

/**
 * One read of a socket while it is processed. Its bytes lie in memory that the next read of any socket overwrites. So
 * until `end` they must have gone through the pipeline, or their batches are given memory of their own:
 *
 *   begin ─→ decoder ─→ core ─→ outboxes ─→ encoders, which copy ─→ end
 *                │                │
 *                └────────────────┴── what waits instead: batches that still have users are copied at the end
 *
 * Parsers announce every batch over this memory with `lend`. After that forgetting to say that a batch is not needed any
 * more costs a copy only. Decoders that keep views of a chunk beyond their batches ask `holds` first.
 */
export class Reading {
  private readonly arena: Arena;
  /** Counts reads. */
  count = 0;
  /** Whether a decoder has taken the bytes; else some stream has kept them, which must not be. */
  consumed = false;
  /** Where it lies, before the blocks; undefined: no read is under way. */
  memory: ArrayBufferLike | undefined = undefined;
  readonly batches: CommandBatch[] = [];

  constructor(arena: Arena) {
    this.arena = arena;
  }

  /** @param memory in which the bytes of this read lie */
  begin(memory: ArrayBufferLike): void {
    this.count++;
    this.consumed = false;
    this.memory = memory;
  }

  /** Whether `bytes` are valid until the end of this read only. */
  holds(bytes: Uint8Array): boolean {
    return (
      this.memory !== undefined && bytes.buffer === this.memory && bytes.byteOffset < CARRY_BYTES + READ_BYTES
    );
  }

  /** The memory that `bytes` lies in, as `viewOf` of copy.ts has it, without a new object for this read. */
  viewOf(bytes: Uint8Array): DataView {
    return this.holds(bytes) && bytes.buffer === this.arena.memory ? this.arena.view : viewOf(bytes);
  }

  /** Notes that `batch` lies over this read, if it does: at the end of the read it gets memory of its own where it still has users. */
  lend(batch: CommandBatch): void {
    if (!this.holds(batch.bytes)) return;
    if (this.memory === this.arena.memory) batch.lend(this.arena.view);
    this.batches.push(batch);
  }

  /** Puts `parts` right before `chunk`, which is this read; returns all of it, or undefined where there is no room. */
  prepend(parts: readonly Uint8Array[], chunk: Buffer): Buffer | undefined {
    let bytes = 0;
    for (const { length } of parts) bytes += length;
    const start = chunk.byteOffset - bytes;
    if (this.memory === undefined || start < 0) return undefined;
    const whole = Buffer.from(this.memory, start, bytes + chunk.length);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  /** The memory may be overwritten after this. */
  end(): void {
    this.memory = undefined;
    for (const batch of this.batches) if (batch.users > 0) batch.own();
    this.batches.length = 0;
  }
}

import { CARRY_BYTES, READ_BYTES } from './arena.js';
import type { CommandBatch } from './command.js';

/**
 * One read of a socket, while it is dealt with. Its bytes lie in memory that the next read of any socket overwrites. So
 * until `end` they must have gone through the pipeline, or their batches are given memory of their own:
 *
 *   begin ─→ decoder ─→ core ─→ outboxes ─→ encoders, which copy ─→ end
 *                │                │
 *                └────────────────┴── whatever waits instead: batches that still have users are copied at the end
 *
 * That is safe by default: every batch over this memory is known here, whoever made it, and whoever forgets to say that he
 * needs a batch no more costs a copy. Decoders that keep views of a chunk beyond their batches ask `holds` first.
 */
export const reading = {
  /** Counts reads. */
  count: 0,
  /** Whether a decoder has taken the bytes; else some stream has kept them, which must not be. */
  consumed: false,
  /** Where it lies, before the blocks; undefined: no read is under way. */
  memory: undefined as ArrayBufferLike | undefined,
  batches: [] as CommandBatch[],

  /** @param memory in which the bytes of this read lie */
  begin(memory: ArrayBufferLike): void {
    this.count++;
    this.consumed = false;
    this.memory = memory;
  },

  /** Whether `bytes` are valid until the end of this read only. */
  holds(bytes: Uint8Array): boolean {
    return (
      this.memory !== undefined && bytes.buffer === this.memory && bytes.byteOffset < CARRY_BYTES + READ_BYTES
    );
  },

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
  },

  /** The memory may be overwritten after this. */
  end(): void {
    this.memory = undefined;
    for (const batch of this.batches) if (batch.users > 0) batch.own();
    this.batches.length = 0;
  },
};

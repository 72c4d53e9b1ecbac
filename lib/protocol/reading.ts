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
  memory: undefined as ArrayBufferLike | undefined,
  batches: [] as CommandBatch[],

  /** @param memory in which the bytes of this read lie, and nothing else */
  begin(memory: ArrayBufferLike): void {
    this.count++;
    this.consumed = false;
    this.memory = memory;
  },

  /** Whether `bytes` are valid until the end of this read only. */
  holds(bytes: Uint8Array): boolean {
    return this.memory !== undefined && bytes.buffer === this.memory;
  },

  /** The memory may be overwritten after this. */
  end(): void {
    this.memory = undefined;
    for (const batch of this.batches) if (batch.users > 0) batch.own();
    this.batches.length = 0;
  },
};

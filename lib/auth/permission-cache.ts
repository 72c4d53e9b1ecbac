/** Longer subjects are decided every time: peers choose them. */
const MAX_SUBJECT_BYTES = 128;
const FIRST_SLOTS = 64;
/** At 134 bytes a slot, 134 KiB. */
const MAX_SLOTS = 1_024;

/**
 * Subject → yes or no by bytes, without making a string or an object: one slot a hash, the subjects side by side in
 * one block, so that its size is known whatever subjects peers come up with. A new entry takes the slot of the one that
 * had it. It doubles, up to a bound, while subjects push each other out. Made of nothing until first used.
 */
export class PermissionCache {
  private mask = -1;
  private hashes = new Int32Array(0);
  /** Per slot 0: empty; else twice the subject's length, plus 1 for yes. */
  private states = new Uint16Array(0);
  private block = Buffer.alloc(0);
  private evictions = 0;

  /** The verdict on `bytes[start, end)`, undefined where none is kept; `hash` as `hashBytes` has it. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): boolean | undefined {
    const slot = (hash ^ (hash >>> 15)) & this.mask;
    const state = this.states[slot];
    const length = end - start;
    // Before the first one the arrays are empty.
    if (state === undefined || state >>> 1 !== length || length === 0 || this.hashes[slot] !== hash)
      return undefined;
    const known = this.block;
    const from = slot * MAX_SUBJECT_BYTES;
    for (let i = 0; i < length; i++) if (known[from + i] !== bytes[start + i]) return undefined;
    return (state & 1) === 1;
  }

  /** Keeps a verdict, unless the subject is too long. */
  add(bytes: Uint8Array, start: number, end: number, hash: number, verdict: boolean): void {
    const length = end - start;
    if (length === 0 || length > MAX_SUBJECT_BYTES) return;
    if (this.mask === -1) this.resize(FIRST_SLOTS);
    let slot = (hash ^ (hash >>> 15)) & this.mask;
    if (this.states[slot] !== 0 && ++this.evictions > this.mask && this.mask + 1 < MAX_SLOTS) {
      this.resize((this.mask + 1) * 2);
      slot = (hash ^ (hash >>> 15)) & this.mask;
    }
    this.hashes[slot] = hash;
    this.states[slot] = length * 2 + (verdict ? 1 : 0);
    this.block.set(bytes.subarray(start, end), slot * MAX_SUBJECT_BYTES);
  }

  /** Bytes kept. */
  get sizeBytes(): number {
    return this.hashes.byteLength + this.states.byteLength + this.block.length;
  }

  private resize(slots: number): void {
    const { hashes, states, block } = this;
    this.mask = slots - 1;
    this.evictions = 0;
    this.hashes = new Int32Array(slots);
    this.states = new Uint16Array(slots);
    this.block = Buffer.alloc(slots * MAX_SUBJECT_BYTES);
    for (const [old, hash] of hashes.entries()) {
      const slot = (hash ^ (hash >>> 15)) & this.mask;
      this.hashes[slot] = hash;
      this.states[slot] = states[old] ?? 0;
      block.copy(
        this.block,
        slot * MAX_SUBJECT_BYTES,
        old * MAX_SUBJECT_BYTES,
        (old + 1) * MAX_SUBJECT_BYTES,
      );
    }
  }
}

/*
 * Work of the routing thread, counted in units of about 100 ns. Counting is deterministic and costs one addition, where
 * reading a clock would cost as much as routing a small message. What costs what:
 *
 *   a node of the trie that a search visits        1
 *   a run handed to one receiver                   4, 1 for each 4 messages, 1 for each 256 bytes
 *   8 subscriptions listed or passed over          1
 *   a row of a batch                               1/4, 1 for each 256 bytes
 *   a command that is not a publish               16, and what it changes
 *   a permission looked up                         1
 */

/** One command that is not a publish, beside what it changes. */
export const COMMAND_UNITS = 16;
/** One subscription inserted or removed, and the same again for every token of a pattern. */
export const CHANGE_UNITS = 4;
/** One run handed to one receiver, whatever its size. */
export const DELIVERY_UNITS = 4;

/** Work a client may do before the rest of its batch is put aside, about 2.5 ms. */
export const SLICE_UNITS = 25_000;
/** Work done in one turn of the event loop: once for batches as they arrive, once more for what was put aside. About 10 ms. */
export const TURN_UNITS = 100_000;
/** Work that a client with little recent work may do in a turn that has no budget left, about 50 µs. */
export const LIGHT_UNITS = 500;
/** Turns in which a client whose work did not fit into a slice counts as busy afterwards. */
export const BUSY_TURNS = 32;

/** The slice that is under way. Routing is synchronous, so there is one at a time. */
export const work = {
  /** Units of this slice so far. */
  units: 0,
  /** Units at which it ends. */
  limit: Number.MAX_SAFE_INTEGER,

  /** Starts a slice of so many units. */
  begin(limit: number): void {
    this.units = 0;
    this.limit = limit;
  },
};

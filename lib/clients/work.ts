/*
 * Work of the routing thread, counted in units. Counting is deterministic and costs one addition, where reading a clock
 * would cost as much as routing a small message. A unit is about 100 ns of delivering messages, and 40 ns of anything
 * else: deliveries get the larger share of a turn, as small writes to many receivers cost far more than large ones.
 *
 *   a run handed to one receiver                   4, 1 for each 8 messages, 1 for each 256 bytes
 *   a row of a batch                               1/4, 1 for each 256 bytes
 *   a node of the trie that a search visits       12
 *   a subscription listed                          1
 *   8 subscriptions passed over                    1
 *   a command that is not a publish               50, and what it changes
 *   a CONNECT, a connection that is closed     1,000
 *   a link that is asked of a subscription         4, 1 for each 4 subscriptions passed over
 *   a rule that another server wants followed      100
 *   a subject that is looked up for the first time 12
 *   a message that a sink takes                  what the sink says
 *   the answer that a message has no receiver    200
 *   the answer that too many requests wait     1,000
 *   an error that a client is told of            100
 *   a confirmation by itself                      10
 *   an entry of a table that has grown             3
 *   a permission looked up                         1
 */

/** A subject whose receivers are not in the cache. */
export const MISS_UNITS = 12;
/** The answer that a message has no receiver. */
export const NO_RESPONDERS_UNITS = 200;
/** The answer that a request to the server itself is one too many: its JSON is made and published. */
export const REFUSED_REQUEST_UNITS = 1_000;
/** An error that a client is told of. */
export const REFUSAL_UNITS = 100;
/** A confirmation that cannot be joined with others. */
export const RECEIPT_UNITS = 10;
/** One node of the trie that a search visits. */
export const NODE_UNITS = 12;
/** One command that is not a publish, beside what it changes. */
export const COMMAND_UNITS = 50;
/** A CONNECT: its JSON is read, its login checked, its rights made. */
export const CONNECT_UNITS = 1_000;
/** A rule of what may pass over a link, which the other server has sent. */
export const RULE_UNITS = 100;
/** A connection that is closed: what it is told is rendered, its pipeline is taken apart. */
export const CLOSE_UNITS = 1_000;
/** One subscription inserted or removed, and the same again for every token of a pattern. */
export const CHANGE_UNITS = 10;
/** One entry of a table that has grown. */
export const REHASH_UNITS = 3;
/** One run handed to one receiver, whatever its size. */
export const DELIVERY_UNITS = 4;

/** Work in one turn of the event loop: about 30 ms of deliveries, or 12 ms of anything else. */
export const TURN_UNITS = 300_000;
/**
 * The same while no client does little: those that do much then share longer turns, in which writes to many receivers
 * are larger. The first that does little waits for one such turn at most.
 */
export const LONG_TURN_UNITS = 2 * TURN_UNITS;
/** For so long after a client did little turns are short, in milliseconds of Unix time. */
export const LIGHT_MS = 1_000;
/** By how much a batch may exceed that, so that it need not be cut for the last part of it. */
export const OVERRUN_UNITS = TURN_UNITS / 2;
/** Least work on what was put aside in a turn in which what arrived has taken all of that. */
export const LEAST_TURN_UNITS = TURN_UNITS / 2;
/** Work that a client may do without a break where several wait. */
export const SLICE_UNITS = 50_000;
/** Work that a client with little recent work may do in a turn that has no budget left, and the rows of such a batch. */
export const LIGHT_UNITS = 2_000;
export const LIGHT_ROWS = 64;
/** Turns in which a client whose work did not fit into a slice counts as busy afterwards. */
export const BUSY_TURNS = 32;

/**
 * Time after which a slice of commands ends though it has units left, in milliseconds of Unix time. Units are an
 * estimate: commands of one kind differ, and the garbage collector takes what it takes.
 */
const MAX_SLICE_MS = 12;
/** The same for a turn of `TURN_UNITS`, in milliseconds. */
export const MAX_TURN_MS = 30;
/** Time that writing to sockets may take in one turn before those with much to write wait for the next, in milliseconds. */
export const MAX_FLUSH_MS = 20;
/** The same for a slice of messages, which take longer to go on with. */
const MAX_RUNS_MS = 20;
/** Commands, or runs of messages, after which the clock is read. */
const STEPS_A_LOOK = 16;
/** The same in units. */
const UNITS_A_LOOK = 20_000;

/** Counts the work of the slice that is under way in one core. Routing is synchronous, so there is one at a time. */
export class Work {
  /** Units of this slice so far. */
  units = 0;
  /** Units at which it ends. */
  limit: number = Number.MAX_SAFE_INTEGER;
  private steps = 0;
  private lookAt = 0;

  /** Starts a slice of so many units. */
  begin(limit: number): void {
    this.units = 0;
    this.limit = limit;
    this.steps = 0;
    this.lookAt = UNITS_A_LOOK;
  }

  /** Counts a command that is not a publish, and ends the slice where it has taken too long. */
  command(unixNow: () => number, startedAt: number): void {
    this.units += COMMAND_UNITS;
    this.step(unixNow, startedAt, MAX_SLICE_MS);
  }

  /**
   * A run of messages was routed: ends the slice where it has taken too long.
   * @param isLong whether it may have taken long, whatever its units say
   */
  run(unixNow: () => number, startedAt: number, isLong: boolean): void {
    if (isLong) this.steps = STEPS_A_LOOK;
    this.step(unixNow, startedAt, MAX_RUNS_MS);
  }

  private step(unixNow: () => number, startedAt: number, maxMs: number): void {
    if (++this.steps < STEPS_A_LOOK && this.units < this.lookAt) return;
    this.steps = 0;
    this.lookAt = this.units + UNITS_A_LOOK;
    if (this.limit < Number.MAX_SAFE_INTEGER && unixNow() - startedAt >= maxMs) this.limit = this.units;
  }
}

/** What is sent in one session, as data: it can be made from a seed, cut down, and printed. */

/** What one client sends before everybody waits for what comes of it. */
export interface Step {
  /** Index of the client that sends. */
  readonly client: number;
  /** Bytes, each one a command as a rule; taken away one by one when a session is shrunk. */
  readonly items: readonly Buffer[];
  /** Positions in the joined items before which the bytes are cut into several writes. */
  readonly cuts: readonly number[];
  /** Whether the bytes end inside a frame: then nobody asks this client for a PONG, which would be taken for payload. */
  readonly unfinished: boolean;
}

/** One session: some clients, and what they send in turn. */
export interface Session {
  /** Name of the configuration both servers have. */
  readonly variant: string;
  readonly clients: number;
  readonly steps: readonly Step[];
}

/** The bytes of a step. */
export function bytesOf(step: Step): Buffer {
  return Buffer.concat(step.items);
}

/** The bytes of a step as they are written. */
export function writesOf(step: Step): Buffer[] {
  const bytes = bytesOf(step);
  const ends = [...step.cuts.filter((cut) => cut > 0 && cut < bytes.length), bytes.length];
  return ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1]!, end));
}

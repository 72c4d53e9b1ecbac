interface Entry {
  readonly id: string;
  readonly sequence: number;
  /** Unix milliseconds. */
  readonly at: number;
}

/** Ids that are forgotten at once, and for each message; others follow. */
const FORGOTTEN_AT_ONCE = 1_024;
const FORGOTTEN_PER_MESSAGE = 4;

/** Remembers the `Nats-Msg-Id` of what was stored lately, so that a message that is sent again is stored once. */
export class Dedupe {
  /** In milliseconds; 0: nothing is remembered. */
  windowMs: number;
  /** That of the message stored last; empty: it had none. */
  lastId = '';
  /** Oldest first. */
  private readonly entries = new Map<string, Entry>();

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  get size(): number {
    return this.entries.size;
  }

  /** Sequence of the message with that id, where it was stored within the window before `now`. */
  find(id: string, now: number): number | undefined {
    this.forgetOld(now, FORGOTTEN_PER_MESSAGE);
    const entry = this.entries.get(id);
    return entry !== undefined && entry.at + this.windowMs > now ? entry.sequence : undefined;
  }

  remember(id: string, sequence: number, at: number): void {
    if (this.windowMs <= 0) return;
    this.forgetOld(at, FORGOTTEN_PER_MESSAGE);
    this.entries.delete(id);
    this.entries.set(id, { id, sequence, at });
  }

  /** Forgets what was stored under `sequence` or later: it is lost. */
  forgetFrom(sequence: number): void {
    for (const [id, entry] of this.entries) if (entry.sequence >= sequence) this.entries.delete(id);
  }

  /**
   * Forgets what lies before the window, as much as may be forgotten at once. Returns in how many milliseconds the next is to be
   * forgotten; undefined: there is none.
   */
  forgetOld(now: number, most = FORGOTTEN_AT_ONCE): number | undefined {
    let forgotten = 0;
    for (const [id, { at }] of this.entries) {
      const left = at + this.windowMs - now;
      if (left > 0) return left;
      if (forgotten++ === most) return 0;
      this.entries.delete(id);
    }
    return undefined;
  }

  clear(): void {
    this.entries.clear();
  }
}

import { type CommandBatch, REPLY_END, STRIDE } from '../protocol/command.js';

/** Replies remembered for one client; beyond it those that can no longer be used are looked for, then the oldest goes. */
const MAX_REPLIES = 4_096;

export interface ReplyRules {
  /** Answers to one message; -1: any number. */
  readonly max: number;
  /** Time for them, in milliseconds; 0: without end. */
  readonly expiresMs: number;
}

interface Reply {
  readonly at: number;
  used: number;
}

/** Leave to publish to the reply subjects of what a client was sent: `allow_responses`. */
export class ReplyLeave {
  private readonly rules: ReplyRules;
  private readonly replies = new Map<string, Reply>();
  private readonly now: () => number;

  /** @param now milliseconds of a clock that never goes back */
  constructor(rules: ReplyRules, now: () => number = () => performance.now()) {
    this.rules = rules;
    this.now = now;
  }

  /** Whether these are its rules. */
  follows({ max, expiresMs }: ReplyRules): boolean {
    return this.rules.max === max && this.rules.expiresMs === expiresMs;
  }

  /** Rows `[from, to)` go to the client. */
  note(batch: CommandBatch, from: number, to: number): void {
    for (let row = from; row < to; row++) {
      if (batch.columns[row * STRIDE + REPLY_END] === 0) continue;
      if (this.replies.size >= MAX_REPLIES) this.prune();
      this.replies.set(batch.reply(row)!, { at: this.now(), used: 0 });
    }
  }

  /** Whether the client may publish to `subject` once more; counts it as done. */
  take(subject: string): boolean {
    const reply = this.replies.get(subject);
    if (reply === undefined) return false;
    reply.used++;
    if (!this.usable(reply, reply.used)) {
      this.replies.delete(subject);
      return false;
    }
    return true;
  }

  private usable({ at }: Reply, used: number): boolean {
    const { max, expiresMs } = this.rules;
    return (max < 0 || used <= max) && (expiresMs <= 0 || this.now() - at <= expiresMs);
  }

  private prune(): void {
    for (const [subject, reply] of this.replies)
      if (!this.usable(reply, reply.used + 1)) this.replies.delete(subject);
    if (this.replies.size < MAX_REPLIES) return;
    for (const oldest of this.replies.keys()) {
      this.replies.delete(oldest);
      return;
    }
  }
}

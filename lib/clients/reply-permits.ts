import { performance } from 'node:perf_hooks';
import type { CommandBatch } from '../frame/command.js';
import { type Aged, AgeList } from './age-list.js';

/** Reply subjects remembered for one client; beyond it the oldest is forgotten. As in nats-server. */
const MAX_REPLIES = 4_096;

export interface ReplyRules {
  /** Answers to one message; -1: any number. */
  readonly max: number;
  /** Time for them, in milliseconds; 0: without end. */
  readonly expiresMs: number;
}

interface Reply extends Aged {
  readonly subject: string;
  readonly at: number;
  used: number;
}

/**
 * Permission to publish to the reply subjects of what a client was sent: `allow_responses`. All of them expire after the
 * same time, so the oldest expire first, and each call takes constant time on average.
 */
export class ReplyPermits {
  private readonly rules: ReplyRules;
  private readonly replies = new Map<string, Reply>();
  private readonly byAge = new AgeList<Reply>();
  private readonly now: () => number;

  /** @param now milliseconds of a clock that never goes back */
  constructor(rules: ReplyRules, now: () => number = () => performance.now()) {
    this.rules = rules;
    this.now = now;
  }

  /** Number of reply subjects remembered. */
  get size(): number {
    return this.replies.size;
  }

  /** Whether these are its rules. */
  follows({ max, expiresMs }: ReplyRules): boolean {
    return this.rules.max === max && this.rules.expiresMs === expiresMs;
  }

  /** Rows `[from, to)` go to the client. */
  note(batch: CommandBatch, from: number, to: number): void {
    for (let row = from; row < to; row++) {
      const reply = batch.reply(row);
      if (reply !== undefined) this.remember(reply);
    }
  }

  /** Whether the client may publish to `subject` once more; counts it as done. */
  take(subject: string): boolean {
    const { max } = this.rules;
    const reply = this.replies.get(subject);
    if (reply === undefined) return false;
    const allowed = !this.isExpired(reply, this.now());
    reply.used++;
    if (!allowed || (max >= 0 && reply.used >= max)) this.forget(reply);
    return allowed && (max < 0 || reply.used <= max);
  }

  private remember(subject: string): void {
    const now = this.now();
    const known = this.replies.get(subject);
    if (known !== undefined) this.forget(known);
    const { byAge } = this;
    while (byAge.oldest !== undefined && this.isExpired(byAge.oldest, now)) this.forget(byAge.oldest);
    if (byAge.oldest !== undefined && byAge.size >= MAX_REPLIES) this.forget(byAge.oldest);
    const reply: Reply = { subject, at: now, used: 0, older: undefined, newer: undefined };
    this.replies.set(subject, reply);
    byAge.add(reply);
  }

  private forget(reply: Reply): void {
    this.replies.delete(reply.subject);
    this.byAge.remove(reply);
  }

  private isExpired({ at }: Reply, now: number): boolean {
    const { expiresMs } = this.rules;
    return expiresMs > 0 && now - at > expiresMs;
  }
}

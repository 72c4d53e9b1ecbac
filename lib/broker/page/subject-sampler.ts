import { MAX_LIVE_SUBJECTS } from '../../domain/limits.js';
import {
  type CommandBatch,
  cell,
  FLAGS,
  HASH,
  OTHER,
  STRIDE,
  SUBJECT,
  SUBJECT_END,
} from '../../frame/command.js';
import type { SubjectCount, SubjectCounts, SubjectSampler } from '../../monitor/live/source.js';
import type { Account } from '../../routing/account.js';
import type { PublishSampler } from '../../routing/publish-sampler.js';

/** Rows that are looked at before fewer of those that follow are: after so many again, half as many, and so on. */
const ROWS_A_STAGE = 8_192;
/** Looks without a message after which a subject is forgotten. */
const IDLE_LOOKS = 30;
/** First byte of subjects that replies go to (`_INBOX.…`, `_R_.…`): each is used once, so they are counted as one. */
const UNDERSCORE = 95;
const REPLIES = '_INBOX.>';
/** Key of that count; no hash is negative. */
const REPLIES_KEY = -1;
/** Longest subject shown, in characters. */
const MAX_SUBJECT = 160;

/** Where samplers are put: the core. */
export interface SampledCore {
  sampler: PublishSampler | undefined;
}

interface Counter {
  readonly subject: string;
  messages: number;
  idle: number;
}

/**
 * Counts what connections publish by subject, in tables of a bounded size. Above a few thousand messages between two looks
 * one of several is looked at, at random distances, and counts for all of these: so the work it causes grows with the
 * logarithm of the rate.
 */
export class BoundedSubjectSampler implements SubjectSampler, PublishSampler {
  private readonly core: SampledCore;
  private readonly random: () => number;
  private readonly accounts = new Map<string, Map<number, Counter>>();
  private size = 0;
  private others = 0;
  /** One of so many rows is looked at. */
  private every = 1;
  /** Rows to be passed over before the next one is looked at. */
  private skip = 0;
  /** Rows looked at since `every` last changed. */
  private looked = 0;
  private isExact = true;

  /** @param random numbers from 0 to below 1 */
  constructor(core: SampledCore, random: () => number = Math.random) {
    this.core = core;
    this.random = random;
    core.sampler = this;
  }

  sample({ name }: Account, batch: CommandBatch, from: number, to: number): void {
    let row = from + this.skip;
    if (row < to) {
      const counters = this.countersOf(name);
      while (row < to) {
        this.count(counters, batch, row);
        row += this.every === 1 ? 1 : 1 + Math.floor(this.random() * (2 * this.every - 1));
      }
    }
    this.skip = row - to;
  }

  take(limit: number): SubjectCounts {
    const subjects: SubjectCount[] = [];
    for (const [account, counters] of this.accounts) {
      for (const [key, counter] of counters) {
        const { subject, messages } = counter;
        if (messages > 0) subjects.push({ account, subject, messages });
        counter.idle = messages > 0 ? 0 : counter.idle + 1;
        counter.messages = 0;
        if (counter.idle < IDLE_LOOKS) continue;
        counters.delete(key);
        this.size--;
      }
      if (counters.size === 0) this.accounts.delete(account);
    }
    subjects.sort((one, other) => other.messages - one.messages);
    let otherMessages = this.others;
    for (const { messages } of subjects.slice(limit)) otherMessages += messages;
    const { isExact } = this;
    this.others = 0;
    this.every = 1;
    this.skip = 0;
    this.looked = 0;
    this.isExact = true;
    return { subjects: subjects.slice(0, limit), otherMessages, isExact };
  }

  stop(): void {
    if (this.core.sampler === this) this.core.sampler = undefined;
  }

  private countersOf(account: string): Map<number, Counter> {
    let counters = this.accounts.get(account);
    if (counters === undefined) {
      counters = new Map();
      this.accounts.set(account, counters);
    }
    return counters;
  }

  private count(counters: Map<number, Counter>, { bytes, columns }: CommandBatch, row: number): void {
    const at = row * STRIDE;
    if ((cell(columns, at + FLAGS) & OTHER) !== 0) return;
    const start = cell(columns, at + SUBJECT);
    const key = bytes[start] === UNDERSCORE ? REPLIES_KEY : cell(columns, at + HASH) >>> 0;
    const counter = counters.get(key);
    if (counter !== undefined) counter.messages += this.every;
    else if (this.size >= MAX_LIVE_SUBJECTS) this.others += this.every;
    else {
      const subject = key === REPLIES_KEY ? REPLIES : shown(bytes, start, cell(columns, at + SUBJECT_END));
      counters.set(key, { subject, messages: this.every, idle: 0 });
      this.size++;
    }
    if (++this.looked < ROWS_A_STAGE) return;
    this.looked = 0;
    this.every *= 2;
    this.isExact = false;
  }
}

function shown(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, Math.min(end, start + 4 * MAX_SUBJECT));
  return text.length > MAX_SUBJECT ? `${text.slice(0, MAX_SUBJECT - 1)}…` : text;
}

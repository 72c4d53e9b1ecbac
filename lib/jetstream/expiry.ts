import type { Steps } from '../domain/steps.js';
import type { JetStreamClock } from './clock.js';
import { DueSequences } from './due-sequences.js';
import type { Instant } from './instant.js';
import { isMarker, NEVER, ttlOf } from './message-ttl.js';
import type { StreamConfig } from './settings/stream-config.js';
import type { Store, StoredMessage } from './store/store.js';
import type { Timer } from './timers.js';

const NS_PER_MS = 1e6;
const MS_PER_SECOND = 1_000;
/** Messages looked at before the rest follows a moment later. A marker that is stored counts as several. */
const AT_ONCE = 1_024;
const MARKER_COST = 8;
/** When the rest follows, in milliseconds. */
const REST_AFTER_MS = 1;
/** When it is tried again where a marker could not be stored, in milliseconds. */
const RETRY_AFTER_MS = 1_000;
/** Messages looked at between two steps of a long walk. */
const STEP_MESSAGES = 64;

/** The stream whose messages expire. */
export interface ExpiringStream {
  readonly config: StreamConfig;
  readonly store: Store;
  remove(sequence: number): boolean;
  /** Puts a marker in the place of the last message on `subject`; false: it cannot be stored now. */
  mark(subject: string): boolean;
}

/** Removes messages at the age that their stream, or they themselves, may reach; leaves markers where the stream says so. */
export class Expiry {
  private readonly stream: ExpiringStream;
  private readonly clock: JetStreamClock;
  private readonly timer: Timer;
  /** Messages with a TTL, by when they expire in Unix milliseconds. */
  private readonly timed: DueSequences;
  /** All messages below it that are there never expire. */
  private agedFrom = 0;

  constructor(stream: ExpiringStream, clock: JetStreamClock) {
    this.stream = stream;
    this.clock = clock;
    this.timer = clock.timers.add(() => this.expire());
    this.timed = new DueSequences((sequence) => stream.store.has(sequence));
  }

  /** A message was stored. @param ttl in seconds; 0: none */
  stored(sequence: number, at: Instant, ttl: number): void {
    const { max_age, allow_msg_ttl } = this.stream.config;
    if (max_age > 0 && (!this.timer.isSet || this.timed.size > 0)) this.notLaterThan(this.leftOf({ at }));
    if (!(ttl > 0) || !allow_msg_ttl) return;
    const due = expiryOf(at, ttl);
    this.timed.add(due, sequence);
    this.notLaterThan(due - this.now());
  }

  /** Another message, or none, may be the next to expire. */
  rearm(): void {
    const { config, store } = this.stream;
    this.timer.cancel();
    if (store.state.messages === 0) this.timed.clear();
    if (this.timed.size > 0) this.timer.after(this.timed.nextDue - this.now());
    if (config.max_age <= 0) return;
    const oldest = this.oldest(AT_ONCE);
    if (oldest !== undefined) this.notLaterThan(oldest === 'later' ? REST_AFTER_MS : this.leftOf(oldest));
  }

  /** Finds out which of the messages that are there have a TTL. */
  *learn(): Steps<void> {
    const { config, store } = this.stream;
    this.timed.clear();
    this.agedFrom = 0;
    if (!config.allow_msg_ttl) return;
    let looked = 0;
    for (let at = store.state.firstSequence; ; ) {
      const message = store.next([], at, STEP_MESSAGES);
      if (message === undefined) return;
      if (typeof message === 'number') at = message;
      else {
        at = message.sequence + 1;
        const ttl = ttlOf(message);
        if (ttl > 0) this.timed.add(expiryOf(message.at, ttl), message.sequence);
      }
      if (++looked % STEP_MESSAGES === 0) yield;
    }
  }

  stop(): void {
    this.timer.cancel();
  }

  /** Has the next look happen in so many milliseconds at the latest. */
  private notLaterThan(ms: number): void {
    const { timer, clock } = this;
    if (!timer.isSet || timer.due > clock.timers.now() + ms) timer.after(ms);
  }

  private expire(): void {
    const left = this.expireAged(this.expireTimed(AT_ONCE));
    if (left === undefined) this.timer.after(RETRY_AFTER_MS);
    else if (left <= 0) this.timer.after(REST_AFTER_MS);
    else this.rearm();
  }

  /** Returns how many more may be looked at; undefined: a marker could not be stored. */
  private expireTimed(most: number): number | undefined {
    const { store } = this.stream;
    const now = this.now();
    let left = most;
    while (left > 0) {
      const sequence = this.timed.take(now);
      if (sequence === undefined) break;
      const message = store.get(sequence);
      const ttl = message === undefined ? 0 : ttlOf(message);
      // What had that sequence may have been lost, and another message have come in its place.
      const isDue = message !== undefined && ttl > 0 && expiryOf(message.at, ttl) <= now;
      const cost = isDue ? this.expireOne(sequence) : 1;
      if (cost === undefined) {
        this.timed.add(now, sequence);
        return undefined;
      }
      left -= cost;
    }
    return left;
  }

  private expireAged(most: number | undefined): number | undefined {
    if (this.stream.config.max_age <= 0 || most === undefined) return most;
    let left = most;
    while (left > 0) {
      const oldest = this.oldest(left);
      if (oldest === 'later') return 0;
      if (oldest === undefined || this.leftOf(oldest) > 0) return left;
      const cost = this.expireOne(oldest.sequence);
      if (cost === undefined) return undefined;
      left -= cost;
    }
    return left;
  }

  /** Removes a message, with a marker in its place where it is to have one. Returns what that costs; undefined: it stays for now. */
  private expireOne(sequence: number): number | undefined {
    const { stream } = this;
    const { store, config } = stream;
    const leavesMarkers = (config.subject_delete_marker_ttl ?? 0) > 0 && !config.sealed;
    const message = leavesMarkers ? store.get(sequence) : undefined;
    const isMarked = message !== undefined && !isMarker(message);
    const isLast = isMarked && store.subject(message.subject)?.messages === 1;
    if (isLast && !stream.mark(message.subject)) return undefined;
    stream.remove(sequence);
    return isLast ? MARKER_COST : 1;
  }

  /** The first message that `max_age` goes for; undefined: there is none; `later`: it is behind more than `most` that never expire. */
  private oldest(most: number): Pick<StoredMessage, 'sequence' | 'at'> | 'later' | undefined {
    const { config, store } = this.stream;
    const { firstSequence, firstAt } = store.state;
    if (!config.allow_msg_ttl)
      return firstAt === undefined ? undefined : { sequence: firstSequence, at: firstAt };
    for (let looked = 0; looked < most; looked++) {
      const message = store.next([], Math.max(this.agedFrom, firstSequence), STEP_MESSAGES);
      if (message === undefined) return undefined;
      if (typeof message !== 'number' && ttlOf(message) !== NEVER) return message;
      this.agedFrom = typeof message === 'number' ? message : message.sequence + 1;
    }
    return 'later';
  }

  /** Milliseconds until a message reaches the age at which it goes. */
  private leftOf({ at }: Pick<StoredMessage, 'at'>): number {
    const now = this.clock.now();
    const age = now.ms - at.ms + (now.ns - at.ns) / NS_PER_MS;
    return this.stream.config.max_age / NS_PER_MS - age;
  }

  /** Unix milliseconds. */
  private now(): number {
    const { ms, ns } = this.clock.now();
    return ms + ns / NS_PER_MS;
  }
}

/** When a message expires that was stored at that time, in Unix milliseconds. */
function expiryOf({ ms, ns }: Instant, ttl: number): number {
  return ms + ns / NS_PER_MS + ttl * MS_PER_SECOND;
}

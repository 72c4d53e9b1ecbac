import { parseTime } from '../instant.js';
import type { ConsumerConfig } from '../settings/consumer-config.js';
import type { StoredMessage } from '../store/store.js';
import type { Timer, Timers } from '../timers.js';
import { Pace } from './pace.js';

const NS_PER_MS = 1e6;
/** What may be delivered at once under a rate limit, where the stream does not limit its messages. */
const DEFAULT_BURST_BYTES = 1024 * 1024;

/** A consumer whose deliveries have their time. */
export interface ScheduledConsumer {
  readonly stream: {
    readonly store: { readonly state: { readonly lastSequence: number } };
    readonly config: { readonly max_msg_size: number };
  };
  /** Unix milliseconds. */
  now(): number;
  /** It may deliver. */
  resume(): void;
  /** It was paused, or goes on. */
  paused(isPaused: boolean, until: string | undefined): void;
}

/** When a consumer delivers: not while it is paused, and not faster than its pace. */
export class Schedule {
  private readonly consumer: ScheduledConsumer;
  private readonly timer: Timer;
  private readonly pauseTimer: Timer;
  private pace: Pace | undefined;
  private pauseText: string | undefined;
  private pausedUntil = 0;

  constructor(consumer: ScheduledConsumer, timers: Timers, config: ConsumerConfig) {
    this.consumer = consumer;
    this.timer = timers.add(() => consumer.resume());
    this.pauseTimer = timers.add(() => this.pauseEnded());
    this.pace = this.paceOf(config);
    this.pause(config.pause_until);
  }

  /** How long it is paused, in milliseconds; 0: it is not. */
  get pauseMs(): number {
    return Math.max(0, this.pausedUntil - this.consumer.now());
  }

  /** Goes by another configuration from now on. */
  change(before: ConsumerConfig, config: ConsumerConfig): void {
    if (config.rate_limit_bps !== before.rate_limit_bps) this.pace = this.paceOf(config);
    if (config.pause_until === before.pause_until) return;
    this.pause(config.pause_until);
    this.consumer.paused(this.pauseMs > 0, config.pause_until);
  }

  /** Whether a message of so many bytes may be delivered now; the consumer is resumed once it may. */
  admits(message: StoredMessage, bytes: number, now: number): boolean {
    const due = this.pace?.dueAt(message, bytes, now) ?? now;
    if (due > now) this.timer.after(due - now);
    return due <= now;
  }

  delivered(message: StoredMessage, bytes: number, now: number): void {
    this.pace?.delivered(message, bytes, now);
  }

  stop(): void {
    this.timer.cancel();
    this.pauseTimer.cancel();
  }

  private pause(until: string | undefined): void {
    const time = until === undefined ? undefined : parseTime(until);
    this.pauseText = until;
    this.pausedUntil = time === undefined ? 0 : time.ms + time.ns / NS_PER_MS;
    if (this.pauseMs > 0) this.pauseTimer.after(this.pauseMs);
    else this.pauseTimer.cancel();
  }

  private pauseEnded(): void {
    this.consumer.paused(false, this.pauseText);
    this.consumer.resume();
  }

  private paceOf(config: ConsumerConfig): Pace | undefined {
    if (config.replay_policy === 'instant' && config.rate_limit_bps === undefined) return undefined;
    const { store, config: stream } = this.consumer.stream;
    const { max_msg_size: most } = stream;
    return new Pace(config, store.state.lastSequence, most > 0 ? most : DEFAULT_BURST_BYTES);
  }
}

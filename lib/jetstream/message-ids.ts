import type { Steps } from '../domain/steps.js';
import type { JetStreamClock } from './clock.js';
import { Dedupe } from './dedupe.js';
import { headerOf } from './headers.js';
import type { Instant } from './instant.js';
import type { Store, StoredMessage } from './store/store.js';
import type { Timer } from './timers.js';

const ID = Buffer.from('Nats-Msg-Id');
const NS_PER_MS = 1e6;
/** Messages looked at between two steps of a long walk. */
const STEP_MESSAGES = 64;

/** Ids of the messages that a stream has stored lately; those before the window are forgotten as time passes. */
export class MessageIds {
  readonly dedupe: Dedupe;
  private readonly clock: JetStreamClock;
  private readonly timer: Timer;
  private isStopped = false;

  /** @param window in nanoseconds */
  constructor(clock: JetStreamClock, window: number) {
    this.clock = clock;
    this.dedupe = new Dedupe(window / NS_PER_MS);
    this.timer = clock.timers.add(() => this.forgetOld());
  }

  /** Goes by another window from now on, in nanoseconds. */
  setWindow(window: number): void {
    this.dedupe.windowMs = window / NS_PER_MS;
    this.forgetOld();
  }

  /** A message was stored under `sequence`. @param id empty: it has none */
  stored(id: string, sequence: number, { ms }: Instant): void {
    const { dedupe } = this;
    dedupe.lastId = id;
    if (id !== '') this.remember(id, sequence, ms);
  }

  /** Learns the ids of the messages that were stored within the window. */
  *learn(store: Store): Steps<void> {
    const { dedupe } = this;
    const now = this.clock.now();
    const { lastSequence } = store.state;
    const first = store.sequenceAt({ ms: now.ms - dedupe.windowMs, ns: now.ns });
    for (let sequence = first; sequence <= lastSequence; sequence++) {
      const message = store.get(sequence);
      const id = message && idOf(message);
      if (message !== undefined && id !== undefined) this.remember(id, sequence, message.at.ms);
      if (sequence % STEP_MESSAGES === 0) yield;
    }
    const last = store.get(lastSequence);
    dedupe.lastId = (last && idOf(last)) ?? '';
  }

  stop(): void {
    this.isStopped = true;
    this.timer.cancel();
  }

  private remember(id: string, sequence: number, at: number): void {
    const { dedupe, timer } = this;
    dedupe.remember(id, sequence, at);
    if (!timer.isSet) timer.after(dedupe.windowMs);
  }

  private forgetOld(): void {
    const left = this.dedupe.forgetOld(this.clock.now().ms);
    if (left !== undefined && !this.isStopped) this.timer.after(left);
  }
}

/** Undefined: a message has none. */
function idOf({ body, headerBytes }: StoredMessage): string | undefined {
  if (headerBytes === 0) return undefined;
  const id = headerOf(body.subarray(0, headerBytes), ID);
  return id === '' ? undefined : id;
}

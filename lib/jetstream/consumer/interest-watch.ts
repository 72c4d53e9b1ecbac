import type { Steps } from '../../domain/steps.js';
import { covers, hasWildcard } from '../../domain/subject.js';
import type { Account } from '../../routing/account.js';
import type { InterestListener, InterestListeners } from '../../routing/interest-listeners.js';
import type { ListenedAccount } from '../../routing/interest-replay.js';
import type { Timer, Timers } from '../timers.js';
import type { Turns } from '../turns.js';

/** Consumers that are told at once; more of them are told in steps. */
const TOLD_AT_ONCE = 64;
/** Consumers that are told between two steps. */
const STEP_CONSUMERS = 16;
/** How long after a receiver has gone requests without one are looked for, in milliseconds. */
const LOOK_AFTER_MS = 1_000;

type Callbacks = Set<() => void>;

/** The requests of a consumer that wait. */
interface WaitingRequests {
  /** Drops those that nothing listens for. Returns whether any is left. */
  dropDead(): Steps<boolean>;
}

/** Tells consumers that the receivers of their subjects may have changed. */
export class InterestWatch implements InterestListener {
  private readonly listeners: InterestListeners;
  private readonly turns: Turns;
  private readonly failed: (error: unknown) => void;
  private readonly watched = new Map<ListenedAccount, Map<string, Callbacks>>();
  /** Those of which some may wait. */
  private readonly asked = new Set<WaitingRequests>();
  /** Callbacks that are yet to be called. */
  private readonly due = new Set<Callbacks>();
  private readonly timer: Timer;
  private isTelling = false;
  private isLooking = false;
  private stopListening: (() => void) | undefined = undefined;

  /** @param failed is told of a fault of ours in what is called */
  constructor(listeners: InterestListeners, timers: Timers, turns: Turns, failed: (error: unknown) => void) {
    this.listeners = listeners;
    this.turns = turns;
    this.failed = failed;
    this.timer = timers.add(() => this.look());
  }

  /** Calls `changed` when a receiver of `subject`, which has no wildcards, may have come or gone. Returns what ends that. */
  add(account: Account, subject: string, changed: () => void): () => void {
    let subjects = this.watched.get(account);
    if (subjects === undefined) {
      subjects = new Map();
      this.watched.set(account, subjects);
    }
    const callbacks = subjects.get(subject) ?? new Set();
    subjects.set(subject, callbacks);
    callbacks.add(changed);
    this.listen();
    return () => this.remove(account, subject, changed);
  }

  /** Has requests that nothing listens for dropped a moment after receivers have gone, as long as some wait. */
  watchRequests(requests: WaitingRequests | undefined): void {
    if (requests === undefined) return;
    this.asked.add(requests);
    this.listen();
  }

  /** Ends that. */
  forgetRequests(requests: WaitingRequests | undefined): void {
    if (requests !== undefined && this.asked.delete(requests)) this.listen();
  }

  interestAdded(account: ListenedAccount, subject: string): void {
    this.tell(account, subject);
  }

  interestRemoved(account: ListenedAccount, subject: string): void {
    this.tell(account, subject);
    if (this.asked.size > 0 && !this.timer.isSet && !this.isLooking) this.timer.after(LOOK_AFTER_MS);
  }

  private remove(account: Account, subject: string, changed: () => void): void {
    const subjects = this.watched.get(account);
    const callbacks = subjects?.get(subject);
    if (subjects === undefined || callbacks === undefined) return;
    callbacks.delete(changed);
    if (callbacks.size === 0) subjects.delete(subject);
    if (subjects.size === 0) this.watched.delete(account);
    this.listen();
  }

  /** Listens as long as there is something to listen for. */
  private listen(): void {
    if (this.watched.size + this.asked.size > 0) this.stopListening ??= this.listeners.watchInterest(this);
    else {
      this.stopListening?.();
      this.stopListening = undefined;
      this.timer.cancel();
    }
  }

  private tell(account: ListenedAccount, subject: string): void {
    const subjects = this.watched.get(account);
    if (subjects === undefined) return;
    if (!hasWildcard(subject)) this.call(subjects.get(subject));
    else if (subjects.size > TOLD_AT_ONCE) this.callLater(subjects.values());
    else for (const [literal, callbacks] of subjects) if (covers(subject, literal)) this.call(callbacks);
  }

  private call(callbacks: Callbacks | undefined): void {
    if (callbacks === undefined) return;
    if (callbacks.size > TOLD_AT_ONCE) this.callLater([callbacks]);
    else for (const changed of callbacks) changed();
  }

  private callLater(all: Iterable<Callbacks>): void {
    for (const callbacks of all) this.due.add(callbacks);
    if (this.isTelling) return;
    this.isTelling = true;
    this.run(this.callDue());
  }

  private *callDue(): Steps<void> {
    let told = 0;
    for (const callbacks of this.due) {
      this.due.delete(callbacks);
      for (const changed of callbacks) {
        changed();
        if (++told % STEP_CONSUMERS === 0) yield;
      }
    }
    this.isTelling = false;
  }

  private look(): void {
    this.isLooking = true;
    this.run(this.lookAtRequests());
  }

  private *lookAtRequests(): Steps<void> {
    for (const requests of this.asked) {
      if (!(yield* requests.dropDead())) this.asked.delete(requests);
      yield;
    }
    this.isLooking = false;
    this.listen();
  }

  private run(work: Steps<void>): void {
    const done = this.turns.run(work);
    if (done instanceof Promise) done.catch(this.failed);
  }
}

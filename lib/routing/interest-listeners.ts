import type { Scheduler } from '../clients/scheduler.js';
import type { Subscription } from '../clients/subscription.js';
import { ImportEdges } from './import-edges.js';
import { type Counts, hasOther, isInterest } from './interest-keys.js';
import { InterestReplay, type ListenedAccount } from './interest-replay.js';
import { weightOf } from './link-members.js';
import type { SubscriptionNode } from './subscription-node.js';

/** Receives every subscription that clients begin and end. One that moves to another account ends in the one and begins in the other. */
export interface SubscriptionListener {
  /** Must not change subscriptions. What it throws is reported as a fault of this listener. */
  subscribed(subscription: Subscription, account: ListenedAccount): void;
  /** Likewise. */
  unsubscribed(subscription: Subscription, account: ListenedAccount): void;
}

/**
 * Receives the interest of accounts: which subjects, and queue groups of a subject, have at least one subscription. That is
 * what links to other servers propagate.
 */
export interface InterestListener {
  /** The account whose interest it is told of; undefined: all of them. */
  readonly account?: ListenedAccount | undefined;
  /** Whether a subscription counts. Default: those of clients and of links do, and sinks that are advertised. */
  readonly counts?: Counts | undefined;
  /**
   * Called when the first subscription to `subject` in `queue` begins; `queue` is undefined for those in no queue group.
   * Must not change subscriptions. What it throws is reported as a fault of this listener.
   */
  interestAdded(account: ListenedAccount, subject: string, queue: string | undefined): void;
  /** Called when the last one has ended. Likewise. */
  interestRemoved(account: ListenedAccount, subject: string, queue: string | undefined): void;
  /** Called when a queue group has `change` members more, its first and last ones included. Likewise. */
  membersChanged?(account: ListenedAccount, subject: string, queue: string, change: number): void;
  /** Called once all interest that there was when the listener was added has been reported. */
  interestComplete?(): void;
}

/** What listeners need of the core. */
export interface InterestHost {
  readonly accounts: ReadonlyMap<string, ListenedAccount>;
  readonly scheduler: Pick<Scheduler, 'add' | 'work'>;
}

/** Work of asking one listener whether a change concerns it, and of telling it. */
const LISTENER_UNITS = 4;

type InterestChange = 'interestAdded' | 'interestRemoved';

/** A listener that was added, until it is removed. */
class Registration<L> {
  isActive = true;
  readonly listener: L;
  /** What it has not been told yet of what there was when it was added. */
  replay: InterestReplay | undefined = undefined;

  constructor(listener: L) {
    this.listener = listener;
  }
}

/** Announces changes to the subscriptions of all accounts of one core to any number of listeners. */
export class InterestListeners {
  /** By which stream imports interest in one account is interest in another. */
  readonly imports = new ImportEdges();
  /** Whether there is any listener; without one nothing is announced. */
  isListening = false;
  private readonly host: InterestHost;
  private readonly onFault: (error: unknown) => void;
  // Arrays are replaced, never changed: a listener may add and remove listeners while it is called.
  private ofSubscriptions: readonly Registration<SubscriptionListener>[] = [];
  private ofInterest: readonly Registration<InterestListener>[] = [];

  /** @param onFault called with what a listener throws; the other listeners are called all the same */
  constructor(host: InterestHost, onFault: (error: unknown) => void) {
    this.host = host;
    this.onFault = onFault;
  }

  /** Reports every subscription that begins or ends from now on. Returns what removes the listener. */
  watchSubscriptions(listener: SubscriptionListener): () => void {
    const added = new Registration(listener);
    this.ofSubscriptions = [...this.ofSubscriptions, added];
    this.isListening = true;
    return () => {
      added.isActive = false;
      this.ofSubscriptions = this.ofSubscriptions.filter((each) => each !== added);
      this.refresh();
    };
  }

  /**
   * Reports the interest there is, over some turns, and every change to it. Both come in an order in which what was reported
   * is right at every time: interest that is removed before it was reported is not reported at all. Returns what removes
   * the listener.
   */
  watchInterest(listener: InterestListener): () => void {
    const added = new Registration(listener);
    this.ofInterest = [...this.ofInterest, added];
    this.isListening = true;
    const { accounts, scheduler } = this.host;
    const { account: only, counts = isInterest } = listener;
    added.replay = new InterestReplay(only === undefined ? accounts.values() : [only], scheduler.work, {
      isActive: () => added.isActive,
      counts,
      add: (account, subject, queue, members) => {
        this.tell('interestAdded', added, account, subject, queue);
        if (queue !== undefined) this.tellMembers(added, account, subject, queue, members);
      },
      complete: () => {
        added.replay = undefined;
        this.tellComplete(added);
      },
      failed: this.onFault,
    });
    scheduler.add(added.replay, true);
    return () => {
      added.isActive = false;
      added.replay = undefined;
      this.ofInterest = this.ofInterest.filter((each) => each !== added);
      this.refresh();
    };
  }

  /** A client has begun a subscription, which is now at `node`; undefined: it is alone on its subject. */
  subscribed(account: ListenedAccount, subscription: Subscription, node: SubscriptionNode | undefined): void {
    this.announce('subscribed', account, subscription);
    this.added(account, subscription, node);
  }

  /** A client has ended a subscription, which was at `node`; undefined: it was alone on its subject. */
  unsubscribed(
    account: ListenedAccount,
    subscription: Subscription,
    node: SubscriptionNode | undefined,
  ): void {
    this.announce('unsubscribed', account, subscription);
    this.removed(account, subscription, node);
  }

  /** A subscription that counts as interest was added at `node`. */
  added(account: ListenedAccount, subscription: Subscription, node: SubscriptionNode | undefined): void {
    this.changed('interestAdded', account, subscription, node);
  }

  /** A subscription that counts as interest was removed from `node`. */
  removed(account: ListenedAccount, subscription: Subscription, node: SubscriptionNode | undefined): void {
    this.changed('interestRemoved', account, subscription, node);
  }

  private announce(
    change: 'subscribed' | 'unsubscribed',
    account: ListenedAccount,
    subscription: Subscription,
  ): void {
    for (const { isActive, listener } of this.ofSubscriptions) {
      if (!isActive) continue;
      try {
        listener[change](subscription, account);
      } catch (error) {
        this.onFault(error);
      }
    }
  }

  /** A subscription stands for `change` members of its queue group more than before. */
  reweighed(account: ListenedAccount, subscription: Subscription, change: number): void {
    const { subject, queue } = subscription;
    for (const each of this.ofInterest)
      if (queue !== undefined && this.concerns(each, account, subscription))
        this.tellMembers(each, account, subject, queue, change);
  }

  private changed(
    change: InterestChange,
    account: ListenedAccount,
    subscription: Subscription,
    node: SubscriptionNode | undefined,
  ): void {
    const { subject, queue } = subscription;
    const { work } = this.host.scheduler;
    work.units += this.ofInterest.length * LISTENER_UNITS;
    for (const each of this.ofInterest) {
      if (!this.concerns(each, account, subscription)) continue;
      const isFirstOrLast = !hasOther(node, subscription, each.listener.counts ?? isInterest, work);
      if (isFirstOrLast) this.tell(change, each, account, subject, queue);
      if (queue === undefined || each.listener.membersChanged === undefined) continue;
      const members = weightOf(subscription);
      this.tellMembers(each, account, subject, queue, change === 'interestAdded' ? members : -members);
    }
  }

  /** Whether a change to `subscription` counts to a listener, and is announced: what it has yet to be told of, it will be. */
  private concerns(
    { listener, replay }: Registration<InterestListener>,
    account: ListenedAccount,
    subscription: Subscription,
  ): boolean {
    const { account: only, counts = isInterest } = listener;
    if ((only !== undefined && only !== account) || !counts(subscription)) return false;
    return replay === undefined || replay.passes(account, subscription.subject);
  }

  private tellMembers(
    { isActive, listener }: Registration<InterestListener>,
    account: ListenedAccount,
    subject: string,
    queue: string,
    change: number,
  ): void {
    if (!isActive) return;
    try {
      listener.membersChanged?.(account, subject, queue, change);
    } catch (error) {
      this.onFault(error);
    }
  }

  private tell(
    change: InterestChange,
    { isActive, listener }: Registration<InterestListener>,
    account: ListenedAccount,
    subject: string,
    queue: string | undefined,
  ): void {
    if (!isActive) return;
    try {
      listener[change](account, subject, queue);
    } catch (error) {
      this.onFault(error);
    }
  }

  private tellComplete({ listener }: Registration<InterestListener>): void {
    try {
      listener.interestComplete?.();
    } catch (error) {
      this.onFault(error);
    }
  }

  private refresh(): void {
    this.isListening = this.ofSubscriptions.length > 0 || this.ofInterest.length > 0;
  }
}

import type { Scheduler } from '../clients/scheduler.js';
import type { Subscription } from '../clients/subscription.js';
import { hasOther } from './interest-keys.js';
import { InterestReplay, type ListenedAccount } from './interest-replay.js';
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
 * what links to other servers propagate. Subscriptions of clients count, and sinks that are advertised.
 */
export interface InterestListener {
  /**
   * Called when the first subscription to `subject` in `queue` begins; `queue` is undefined for those in no queue group.
   * Must not change subscriptions. What it throws is reported as a fault of this listener.
   */
  interestAdded(account: ListenedAccount, subject: string, queue: string | undefined): void;
  /** Called when the last one has ended. Likewise. */
  interestRemoved(account: ListenedAccount, subject: string, queue: string | undefined): void;
  /** Called once all interest that there was when the listener was added has been reported. */
  interestComplete?(): void;
}

/** What listeners need of the core. */
export interface InterestHost {
  readonly accounts: ReadonlyMap<string, ListenedAccount>;
  readonly scheduler: Pick<Scheduler, 'add' | 'work'>;
}

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
    added.replay = new InterestReplay(accounts.values(), scheduler.work, {
      isActive: () => added.isActive,
      add: (account, subject, queue) => this.tell('interestAdded', added, account, subject, queue),
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

  private changed(
    change: InterestChange,
    account: ListenedAccount,
    subscription: Subscription,
    node: SubscriptionNode | undefined,
  ): void {
    if (this.ofInterest.length === 0 || hasOther(node, subscription)) return;
    const { subject, queue } = subscription;
    for (const each of this.ofInterest)
      if (each.replay === undefined || each.replay.passes(account, subject))
        this.tell(change, each, account, subject, queue);
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

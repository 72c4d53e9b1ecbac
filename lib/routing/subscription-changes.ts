import type { Scheduler, Task } from '../clients/scheduler.js';
import type { Subscription } from '../clients/subscription.js';
import type { Subscriptions } from '../clients/subscriptions.js';
import { CHANGE_UNITS, type Work } from '../clients/work.js';
import type { Session } from '../dialects/codec.js';
import type { Account } from './account.js';
import type { RightsInForce } from './rights.js';

/** Subscriptions of one client, and characters of their subjects, up to which a change to all of them is made at once. */
const MANY_SUBSCRIPTIONS = 256;
const MANY_CHARACTERS = 16_384;

/** Work of asking whether a message may be handed to a subscription. */
const ALLOW_UNITS = 2;

/** Whether a client with these permissions may have subscriptions of this kind, and how they are filtered. */
interface Verdict {
  readonly subject: string;
  readonly queue: string | undefined;
  readonly permissions: RightsInForce['permissions'];
  readonly verdict: boolean;
  readonly filter: Subscription['filter'];
}

/** A client as changes to all of its subscriptions see it. */
export interface ChangingClient {
  readonly account: Account;
  readonly closing: boolean;
  readonly subscriptions: {
    /** Those that it has now. */
    readonly all: Subscriptions;
    end(sid: string): void;
  };
  readonly rights: RightsInForce;
  readonly session: Pick<Session<unknown>, 'sendError'>;
  suspended: boolean;
  changes: SubscriptionChanges | undefined;
  maySubscribe(subject: string, queue?: string): boolean | Promise<boolean>;
  proceed(): void;
  fault(error: unknown): void;
}

/** The core, likewise. */
export interface ChangesHost {
  readonly work: Work;
  readonly scheduler: Scheduler;
  releaseAccount(account: Account): void;
}

/**
 * Changes to all subscriptions of one client: they end with it, move to another account, or are looked at because its
 * rights have changed. A client may have a million, so where there are many it takes some turns. What is decided at
 * once: a client that is closing, or moving, is handed no message; one under review is handed what it may still have.
 */
export class SubscriptionChanges {
  isMoving = false;
  /** How many reviews of all of them are under way. */
  private reviews = 0;
  /** How many sets of subscriptions that the client has given up are being removed. */
  private removals = 0;
  private readonly client: ChangingClient;
  private readonly core: ChangesHost;
  /** What was found of the subscription asked for last: those of one message are mostly alike. */
  private last: Verdict | undefined = undefined;

  constructor(client: ChangingClient, core: ChangesHost) {
    this.client = client;
    this.core = core;
  }

  /** Whether a message may be handed to `subscription` meanwhile. */
  allow(subscription: Subscription): boolean {
    const { client, core } = this;
    if (this.allowsNone) return false;
    core.work.units += ALLOW_UNITS;
    if (this.removals > 0 && client.subscriptions.all.get(subscription.sid) !== subscription) return false;
    if (this.reviews > 0 && !this.mayHave(subscription)) return false;
    return subscription.index >= 0;
  }

  /** Whether no message may be handed to any of them meanwhile. */
  get allowsNone(): boolean {
    const { client } = this;
    if (client.closing || this.isMoving) return true;
    return this.removals > 0 && client.subscriptions.all.size === 0;
  }

  /**
   * Whether the client may still have a subscription that may not have been reviewed yet. One that it may not have ends when
   * its turn comes: very many of them may be asked for with one message.
   */
  private mayHave(subscription: Subscription): boolean {
    const { client } = this;
    let { last } = this;
    const { subject, queue } = subscription;
    const { permissions } = client.rights;
    if (last?.subject !== subject || last.queue !== queue || last.permissions !== permissions) {
      const verdict = client.maySubscribe(subject, queue);
      if (typeof verdict !== 'boolean') {
        this.reviewOne(subscription);
        return true;
      }
      last = { subject, queue, permissions, verdict, filter: permissions?.filterFor(subject, queue) };
      this.last = last;
    }
    const { verdict, filter } = last;
    if (verdict && filter !== subscription.filter) this.apply(true, subscription);
    return verdict;
  }

  /** Ends those that the client may not have any more, and tells it so; those that stay are filtered anew. */
  review(): void {
    if (this.isMoving) return; // all of them are looked at after that
    this.reviews++;
    this.changeEach(
      this.client.subscriptions.all,
      (subscription) => this.reviewOne(subscription),
      () => {
        this.reviews--;
        this.finish();
      },
    );
  }

  /** Moves them to the account that the client is in now. It takes no command until all have moved. */
  moveFrom(from: Account): void {
    const { client } = this;
    const to = client.account;
    this.isMoving = true;
    const move = (subscription: Subscription): void => {
      from.interest.remove(subscription);
      if (client.closing || subscription.isEnded) {
        client.subscriptions.all.delete(subscription);
        return;
      }
      to.interest.insert(subscription);
    };
    let takesTurns = false;
    this.changeEach(client.subscriptions.all, move, () => {
      this.isMoving = false;
      this.core.releaseAccount(from);
      if (client.closing) this.removeAll();
      else this.review();
      if (takesTurns) client.proceed();
    });
    if (!this.isMoving) return;
    takesTurns = true;
    client.suspended = true;
  }

  /** Removes subscriptions that are the client's no more, while it may make others. */
  remove(subscriptions: Subscriptions): void {
    const { client, core } = this;
    const { account } = client;
    this.removals++;
    this.changeEach(
      subscriptions,
      (subscription) => {
        account.interest.remove(subscription);
      },
      () => {
        this.removals--;
        core.releaseAccount(account);
        this.finish();
      },
    );
  }

  /** Ends all of them: the client is closing. */
  removeAll(): void {
    if (this.isMoving) return; // then they end once they have moved
    const { client, core } = this;
    const { account } = client;
    const subscriptions = client.subscriptions.all;
    this.changeEach(
      subscriptions,
      (subscription) => {
        account.interest.remove(subscription);
      },
      () => {
        subscriptions.clear();
        core.releaseAccount(account);
      },
    );
  }

  private reviewOne(subscription: Subscription): void {
    const { client } = this;
    if (client.closing || this.isMoving) return; // all are reviewed again once they have moved
    const { permissions } = client.rights;
    const verdict = client.maySubscribe(subscription.subject, subscription.queue);
    if (typeof verdict === 'boolean') this.apply(verdict, subscription);
    else
      verdict.then(
        (may) => {
          // Where it has logged in anew meanwhile, all are reviewed again, and this one may be in the account before.
          if (!this.isMoving && client.rights.permissions === permissions) this.apply(may, subscription);
        },
        (error: unknown) => client.fault(error),
      );
  }

  /** A subscription stays, or not, as permissions are now. */
  private apply(verdict: boolean, subscription: Subscription): void {
    const { client } = this;
    const { permissions } = client.rights;
    const { subject, sid } = subscription;
    if (client.closing || client.subscriptions.all.get(sid) !== subscription) return; // it has ended meanwhile
    if (!verdict) {
      client.subscriptions.end(sid);
      client.session.sendError('PERMISSIONS_WITHDRAWN', subject, sid);
      return;
    }
    const filter = permissions?.filterFor(subject, subscription.queue);
    if (filter === subscription.filter) return;
    client.account.interest.refilter(subscription, filter);
  }

  /** Calls `change` for each of them, and `done` after the last one: at once where they are few. */
  private changeEach(
    subscriptions: Subscriptions,
    change: (subscription: Subscription) => void,
    done: () => void,
  ): void {
    const { client, core } = this;
    if (areFew(subscriptions)) {
      for (const subscription of [...subscriptions.values()]) change(subscription);
      done();
      return;
    }
    const failed = (error: unknown): void => client.fault(error);
    core.scheduler.add(new EachSubscription(subscriptions.values(), change, done, failed, core.work), true);
  }

  /** Nothing is under way any more. */
  private finish(): void {
    const isOver = !this.isMoving && this.removals === 0 && this.reviews === 0;
    if (isOver && !this.client.closing) this.client.changes = undefined;
  }
}

/** Whether a change to all of them takes little time: that of a pattern grows with its tokens. */
function areFew(subscriptions: Subscriptions): boolean {
  if (subscriptions.size > MANY_SUBSCRIPTIONS) return false;
  let characters = 0;
  for (const { subject } of subscriptions.values()) characters += subject.length;
  return characters <= MANY_CHARACTERS;
}

/** One change to each of many subscriptions. */
class EachSubscription implements Task {
  readonly failed: (error: unknown) => void;
  private readonly subscriptions: Iterator<Subscription>;
  private readonly change: (subscription: Subscription) => void;
  private readonly done: () => void;
  private readonly work: Work;

  constructor(
    subscriptions: Iterator<Subscription>,
    change: (subscription: Subscription) => void,
    done: () => void,
    failed: (error: unknown) => void,
    work: Work,
  ) {
    this.work = work;
    this.subscriptions = subscriptions;
    this.change = change;
    this.done = done;
    this.failed = failed;
  }

  run(): boolean {
    const { work } = this;
    while (work.units < work.limit) {
      const next = this.subscriptions.next();
      if (next.done === true) {
        this.done();
        return true;
      }
      work.units += CHANGE_UNITS + next.value.subject.length;
      this.change(next.value);
    }
    return false;
  }
}

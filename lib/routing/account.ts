import { type Sink, Subscription } from '../clients/subscription.js';
import type { Work } from '../clients/work.js';
import { Drops } from '../domain/drops.js';
import { Sublist } from './sublist.js';

/** Where an account has traces of messages with a sampled `traceparent` published, and how many percent of them. */
export interface TraceDestination {
  readonly subject: string;
  readonly sampling: number;
}

/**
 * Told of every subscription that clients begin and end, and of those that change: one that moves to another account ends
 * in the one and begins in the other. Must not throw, nor change any.
 */
export interface SubscriptionWatcher {
  subscribed(subscription: Subscription, account: Account): void;
  unsubscribed(subscription: Subscription, account: Account): void;
}

/** A subject space of its own: who is in one hears nothing of another, but for what is imported. */
export class Account {
  readonly name: string;
  readonly sublist: Sublist;
  /** Connections logged in to it. */
  connections = 0;
  /** Messages its connections published and were handed, and their payload bytes. */
  inMessages = 0;
  inBytes = 0;
  outMessages = 0;
  outBytes = 0;
  /** Its connections that were closed for taking too little. */
  slowConsumers = 0;
  /** Messages for its connections, or of theirs, that went nowhere. */
  readonly drops = new Drops();
  /** Time its publishers were held, once for each receiver that held one, in milliseconds. */
  heldMs = 0;
  /** Where traces of messages with a sampled `traceparent` are published; undefined: there are none. */
  traces: TraceDestination | undefined = undefined;
  /** Whether the configuration has it: then it stays, used or not. */
  isConfigured = false;
  private readonly imports: Subscription[] = [];

  private readonly watchers: readonly SubscriptionWatcher[];

  /**
   * @param work counts what its subscriptions cost
   * @param watchers told of its subscriptions; the list may change at any time
   */
  constructor(name: string, work?: Work, watchers: readonly SubscriptionWatcher[] = []) {
    this.name = name;
    this.sublist = new Sublist(work);
    this.watchers = watchers;
  }

  /** Adds a subscription of a client, and announces it. The one place where that is done. */
  insert(subscription: Subscription): void {
    this.sublist.insert(subscription);
    const { watchers } = this;
    for (let i = 0; i < watchers.length; i++) watchers[i]!.subscribed(subscription, this);
  }

  /** Removes a subscription of a client, and announces it. The one place where that is done. */
  remove(subscription: Subscription): void {
    this.sublist.remove(subscription);
    const { watchers } = this;
    for (let i = 0; i < watchers.length; i++) watchers[i]!.unsubscribed(subscription, this);
  }

  /** Whether `subject` has a receiver other than `one`; undefined where finding out takes a long search. */
  hasReceiverBeside(subject: string, one: object | undefined): boolean | undefined {
    const result = this.sublist.matchSubjectInSlice(subject);
    if (result === undefined) return undefined;
    const isOther = ({ client }: Subscription): boolean => client !== one;
    return result.plain.some(isOther) || result.groups.some(({ members }) => members.some(isOther));
  }

  /** Hands what is published on `subject` to `sink` as well. */
  attach(sink: Sink, subject: string): void {
    const way = Subscription.into(sink, subject);
    this.imports.push(way);
    this.sublist.insertInternal(way);
  }

  /** Takes away every sink. */
  detachAll(): void {
    for (const way of this.imports.splice(0)) this.sublist.removeInternal(way);
  }
}

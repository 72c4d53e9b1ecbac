import { clearTimeout, setTimeout } from 'node:timers';
import { HeldPublisher, type HoldCounts } from '../clients/held-publisher.js';
import type { Outbox } from '../clients/outbox.js';
import type { PendingTotal } from '../clients/pending-total.js';
import { ReplyPermits } from '../clients/reply-permits.js';
import type { Scheduler } from '../clients/scheduler.js';
import { Subscription } from '../clients/subscription.js';
import { Subscriptions } from '../clients/subscriptions.js';
import { REHASH_UNITS, type Work } from '../clients/work.js';
import type { Credentials, Session } from '../dialects/codec.js';
import { GLOBAL_ACCOUNT } from '../domain/account-names.js';
import type { CloseReason } from '../domain/close-reason.js';
import { type DropReason, Drops } from '../domain/drops.js';
import type { Permissions } from '../domain/permissions.js';
import type { Account } from './account.js';
import { EndedSubscriptions, MANY_ENDED } from './ended-subscriptions.js';
import type { ClientLimits, Identity, Rights } from './rights.js';
import { SubscriptionChanges } from './subscription-changes.js';

export type { ClientLimits, Identity, Rights } from './rights.js';

/** What is read of the TLS certificate that a client presented. */
export interface PresentedCertificate {
  /** In DER form. */
  readonly raw: Buffer;
}

/** The broker's core as a client uses it. */
export interface ClientHost extends HoldCounts {
  /** The work of the slice that is under way. */
  readonly work: Work;
  readonly scheduler: Scheduler;
  readonly drops: Drops;
  readonly pendingTotal: PendingTotal;
  /** The account of that name. */
  account(name: string): Account;
  /** Forgets an account that nothing needs any more. */
  releaseAccount(account: Account): void;
  /** A client was sent an answer. */
  answered(client: Client): void;
  /** A fault of ours in one connection's commands: it ends. */
  fault(client: Client, error: unknown): void;
}

/** What a client has its connection do. */
export interface ClientControl {
  /** Ends the connection. */
  close(reason: CloseReason): void;
  /** Asks to be let in; true: it is, with all that this login may do. A promise where it takes longer. */
  login(credentials: Credentials): boolean | Promise<boolean>;
  /** The peer has introduced itself. */
  introduced(): void;
}

/** A connection as the core sees it: its subscriptions, where its frames go, and the readers it waits for. */
export class Client extends HeldPublisher {
  readonly id: number;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly startedAt = Date.now();
  readonly outbox: Outbox;
  subscriptions = new Subscriptions();
  /** How many of them have had their maximum and have not been removed yet. */
  ended = 0;
  readonly session: Session<unknown>;
  nonce: string | undefined = undefined;
  account: Account;
  user: string | undefined = undefined;
  /** Who it said it was when it last tried to log in. */
  claimedUser: string | undefined = undefined;
  permissions: Permissions | undefined = undefined;
  maxPayloadBytes: number | undefined = undefined;
  /** Whether there is something it may not publish. */
  isRestricted = false;
  expiresAt: number | undefined = undefined;
  /** Present where it may answer what it was sent, beyond its permissions. */
  replies: ReplyPermits | undefined = undefined;
  echo = true;
  receipts = false;
  noResponders = false;
  pedantic = false;
  admitted = false;
  secured = false;
  /** What a login and the monitor read of the certificate that the peer presented. */
  peerCertificate: PresentedCertificate | undefined = undefined;
  closing = false;
  peerName: string | undefined = undefined;
  peerLanguage: string | undefined = undefined;
  peerVersion: string | undefined = undefined;
  rttMs: number | undefined = undefined;
  /** Messages it published that were taken, and their payload bytes. */
  published = 0;
  inBytes = 0;
  /** Messages handed to it, and their payload bytes. */
  outMessages = 0;
  outBytes = 0;
  /** Messages that were for it, or that it published, and went nowhere. */
  readonly drops = new Drops();
  /** What becomes of messages that are pending when it closes: the reason they are counted under. */
  lossReason: DropReason = 'closed';
  /** Subscriptions it had when it began to close. */
  subscriptionsAtEnd = 0;
  /** Unix time of its last command, in milliseconds. */
  lastActivityAt = this.startedAt;
  /** Whether its batches are taken in slices; not so where its program shares this thread anyway. */
  readonly isSliced: boolean = true;
  /** The scheduler's turn up to which it counts as busy. */
  busyUntil = 0;
  /** Unix time at which it last caused much work at once, in milliseconds. */
  workedAt = 0;
  /** The last match result it was put into, and how often or in which group; for `MatchResult` alone. */
  seenIn = 0;
  seenTimes = 0;
  /** What has to be done before its next batch is taken: after a reload, to give it the rights it has now. */
  renewal: (() => void) | undefined = undefined;
  /** A change to all of its subscriptions that is under way: to be asked before a delivery. */
  changes: SubscriptionChanges | undefined = undefined;
  protected readonly core: ClientHost;
  private readonly limits: ClientLimits;
  private readonly control: ClientControl;
  private maxSubscriptions: number;
  /** Whether the command just taken is not finished, so that the next must wait. */
  suspended = false;
  private rest: (() => void) | undefined;
  private resume: (() => void) | undefined;

  /** @param makeSession called once, with a client that is complete but for its session */
  constructor(
    identity: Identity,
    core: ClientHost,
    outbox: Outbox,
    limits: ClientLimits,
    control: ClientControl,
    makeSession: (client: Client) => Session<unknown>,
  ) {
    super();
    this.id = identity.id;
    this.remoteAddress = identity.remoteAddress;
    this.remotePort = identity.remotePort;
    this.core = core;
    this.account = core.account(GLOBAL_ACCOUNT);
    this.outbox = outbox;
    outbox.owner = this;
    outbox.total = core.pendingTotal;
    this.limits = limits;
    this.maxSubscriptions = limits.maxSubscriptions;
    this.control = control;
    this.session = makeSession(this);
  }

  close(reason: CloseReason): void {
    this.control.close(reason);
  }

  login(credentials: Credentials): boolean | Promise<boolean> {
    return this.control.login(credentials);
  }

  introduced(): void {
    this.control.introduced();
  }

  /** Gives it what a login gives. Subscriptions it has and still may have stay, in the new account. */
  admit({ account, user, permissions, maxSubscriptions, maxPayloadBytes, expiresAt, flow }: Rights): void {
    if (this.closing) return;
    this.outbox.policy = flow ?? this.outbox.limits.policy;
    const moves = account !== this.account;
    const changes = this.admitted && (moves || permissions !== this.permissions);
    const before = this.account;
    if (this.admitted) this.account.connections--;
    account.connections++;
    this.account = account;
    if (moves && this.subscriptions.size === 0) this.core.releaseAccount(before);
    this.user = user;
    this.permissions = permissions;
    this.maxPayloadBytes = maxPayloadBytes;
    this.expiresAt = expiresAt;
    this.isRestricted = permissions?.restrictsPublish === true || maxPayloadBytes !== undefined;
    this.maxSubscriptions = Math.min(
      maxSubscriptions ?? Number.POSITIVE_INFINITY,
      this.limits.maxSubscriptions,
    );
    const responses = permissions?.responses;
    // After a reload that changes nothing of it, what it was asked before can still be answered.
    if (responses === undefined) this.replies = undefined;
    else if (this.replies?.follows(responses) !== true) this.replies = new ReplyPermits(responses);
    this.admitted = true;
    if (moves && this.subscriptions.size > 0) {
      this.changes ??= new SubscriptionChanges(this, this.core);
      this.changes.moveFrom(before);
    } else if (changes) this.review();
  }

  send(frame: unknown): void {
    if (this.closing || this.outbox.closed) return;
    this.outbox.send(frame);
    this.core.answered(this);
  }

  subscribed(sid: string): boolean {
    return this.subscriptions.get(sid)?.isEnded === false;
  }

  maySubscribe(subject: string, queue?: string): boolean | Promise<boolean> {
    return this.permissions === undefined || this.permissions.maySubscribe(subject, queue);
  }

  get full(): boolean {
    return this.subscriptions.size - this.ended >= this.maxSubscriptions;
  }

  inTooManyGroups(queue: string): boolean {
    return this.subscriptions.hasTooManyGroupsFor(queue);
  }

  get maxSubjectTokens(): number {
    return this.limits.maxSubjectTokens;
  }

  subscribe(subject: string, sid: string, queue?: string): void {
    const known = this.subscriptions.get(sid);
    if (known?.isEnded === true) this.forget(known);
    else if (known !== undefined) return;
    const subscription = new Subscription(this, subject, sid, queue);
    subscription.filter = this.permissions?.filterFor(subject, queue);
    this.countWork(this.subscriptions.add(subscription) * REHASH_UNITS);
    this.account.interest.insert(subscription);
  }

  unsubscribe(sid: string, max = 0): void {
    const subscription = this.subscriptions.get(sid);
    if (subscription === undefined) return;
    if (!subscription.isEnded) subscription.max = max;
    if (max === 0 || subscription.isEnded) this.forget(subscription);
  }

  /** Ends all subscriptions: none of them is handed a message any more. Many are removed over some turns. */
  unsubscribeAll(): void {
    const { subscriptions } = this;
    if (subscriptions.size === 0) return;
    this.subscriptions = new Subscriptions();
    this.changes ??= new SubscriptionChanges(this, this.core);
    this.changes.remove(subscriptions);
  }

  /**
   * Ends the subscriptions it may not have any more, and tells it so; those that stay are filtered anew. Where there are
   * many that takes some turns; meanwhile each is looked at before it is handed a message.
   */
  review(): void {
    if (this.subscriptions.size === 0) return;
    this.changes ??= new SubscriptionChanges(this, this.core);
    this.changes.review();
  }

  /** Removes subscriptions that have had their maximum: many of them over some turns. */
  forgetEnded(subscriptions: readonly Subscription[]): void {
    if (subscriptions.length > MANY_ENDED)
      this.core.scheduler.add(new EndedSubscriptions(this, subscriptions, this.core.work), true);
    else for (const subscription of subscriptions) this.forget(subscription);
  }

  /** Removes a subscription that is over. */
  forget(subscription: Subscription): void {
    this.subscriptions.delete(subscription);
    this.account.interest.remove(subscription);
  }

  /**
   * Ends its subscriptions: none of them is handed a message any more. Many are removed over some turns. What is queued
   * for the client may still be flushed.
   */
  retire(): void {
    if (this.closing) return;
    if (this.admitted) this.account.connections--;
    this.subscriptionsAtEnd = this.subscriptions.size;
    this.closing = true;
    this.changes ??= new SubscriptionChanges(this, this.core);
    this.changes.removeAll();
  }

  /** Retires it and stops everything that waits, for it or in it. What is pending is lost. */
  dispose(): void {
    this.retire();
    this.releaseAll();
    const { messages, bytes } = this.outbox.close();
    this.dropped(this.lossReason, messages, bytes);
    this.rest = undefined;
    this.release();
  }

  /** Counts work that was done for it in the slice under way, in units. */
  countWork(units: number): void {
    this.core.work.units += units;
  }

  /** So many messages for it, or of its own, go nowhere; `bytes` of payload. */
  dropped(reason: DropReason, messages: number, bytes: number): void {
    this.drops.add(reason, messages, bytes);
    this.account.drops.add(reason, messages, bytes);
    this.core.drops.add(reason, messages, bytes);
  }

  /** A fault of ours in what concerns this connection alone: it ends. */
  fault(error: unknown): void {
    this.core.fault(this, error);
  }

  after<T>(promise: Promise<T>, then: (value: T) => void): void {
    this.suspended = true;
    promise.then(
      (value) => {
        try {
          this.goOn(() => then(value));
        } catch (error) {
          this.core.fault(this, error);
        }
      },
      (error: unknown) => this.core.fault(this, error),
    );
  }

  /** Commands after this one must wait: `rest` takes them when they need no longer. */
  defer(rest: () => void): void {
    this.rest = rest;
  }

  /** Calls `resume` once nothing holds this publisher any more. */
  whenReleased(resume: () => void): void {
    if (this.held) this.resume = resume;
    else resume();
  }

  later(ms: number, then: () => void): () => void {
    const timer = setTimeout(() => {
      try {
        then();
      } catch (error) {
        this.fault(error);
      }
    }, ms);
    return () => clearTimeout(timer);
  }

  private goOn(then: () => void): void {
    this.suspended = false;
    if (!this.closing) then();
    if (this.changes?.isMoving === true) this.suspended = true;
    else this.proceed();
  }

  /** Takes the commands that had to wait. */
  proceed(): void {
    const { rest } = this;
    this.suspended = false;
    this.rest = undefined;
    if (!this.closing) rest?.();
    this.readOn();
  }

  /** Takes the next batch, unless something holds it back. */
  readOn(): void {
    if (!this.held) this.release();
  }

  protected release(): void {
    const { resume } = this;
    this.resume = undefined;
    try {
      resume?.();
    } catch (error) {
      this.fault(error);
    }
  }
}

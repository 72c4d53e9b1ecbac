import type { HoldCounts } from '../clients/held-publisher.js';
import { ORIGINS, type Origin } from '../clients/origin.js';
import type { Outbox } from '../clients/outbox.js';
import { type Identity, Peer } from '../clients/peer.js';
import type { PendingTotal } from '../clients/pending-total.js';
import { ReplyPermits } from '../clients/reply-permits.js';
import type { Scheduler } from '../clients/scheduler.js';
import type { Subscription } from '../clients/subscription.js';
import { SuspendablePublisher } from '../clients/suspendable-publisher.js';
import type { Work } from '../clients/work.js';
import type { Link, ServerLink, Session } from '../dialects/codec.js';
import { GLOBAL_ACCOUNT } from '../domain/account-names.js';
import { type Clock, CONNECTION_CLOCK } from '../domain/clock.js';
import type { CloseReason } from '../domain/close-reason.js';
import { type DropReason, Drops } from '../domain/drops.js';
import type { TurnQueue } from '../domain/turn-queue.js';
import type { Account } from './account.js';
import { type ClientControl, ClientLink } from './client-link.js';
import { type ClientLimits, NO_RIGHTS, type Rights, type RightsInForce } from './rights.js';
import type { SubscriptionChanges } from './subscription-changes.js';
import { SubscriptionTable } from './subscription-table.js';

export type { ClientLimits } from './rights.js';

/**
 * How long a link pauses after a read while a reader is far behind, in milliseconds. Reads have up to 256 KiB, so the link is not
 * slowed down to less than 50 MB/s.
 */
const LINK_PAUSE_MS = 5;

/** The broker's core as a client uses it. */
export interface ClientHost extends HoldCounts {
  /** The work of the slice that is under way. */
  readonly work: Work;
  readonly scheduler: Scheduler;
  readonly drops: Drops;
  readonly pendingTotal: PendingTotal;
  /** Where what the timers of clients do waits for its turn. */
  readonly endings: TurnQueue;
  /** The account of that name. */
  account(name: string): Account;
  /** Forgets an account that nothing needs any more. */
  releaseAccount(account: Account): void;
  /** What a client may do as a link to another server. */
  serverLink(client: Client): ServerLink;
  /** A client was sent an answer. */
  answered(client: Client): void;
  /** A fault of ours in one connection's commands: it ends. */
  fault(client: Client, error: unknown): void;
}

/**
 * A connection as the core sees it: its account and rights, its subscriptions, where its frames go, and its counters. What is
 * read for each run of messages is a field of its own.
 *
 *   peer           where the other end is, and what it says of itself
 *   rights         what its login gives it
 *   subscriptions  what it has subscribed to
 *   session        the state of its protocol, which sees the client as a `Link`
 *   SuspendablePublisher, HeldPublisher: when its next command is taken
 */
export class Client extends SuspendablePublisher {
  readonly id: number;
  /** What is at its other end; another server has said so in its handshake. */
  origin: Origin = ORIGINS.client;
  /** The queue groups that what it publishes goes to, where it is another server; undefined: all that there are. */
  chosenQueues: ReadonlySet<string> | undefined = undefined;
  /** Members of queue groups that its subscriptions stand for, where it is another server. */
  weights: Map<Subscription, number> | undefined = undefined;
  readonly peer: Peer;
  readonly outbox: Outbox;
  readonly subscriptions: SubscriptionTable;
  readonly session: Session<unknown>;
  account: Account;
  rights: RightsInForce = NO_RIGHTS;
  /** Whether there is something it may not publish. */
  isRestricted = false;
  /** Present where it may answer what it was sent, beyond its permissions. */
  replies: ReplyPermits | undefined = undefined;
  echo = true;
  receipts = false;
  noResponders = false;
  pedantic = false;
  admitted = false;
  closing = false;
  rttMs: number | undefined = undefined;
  /** Messages it published that were taken, and their payload bytes. */
  published = 0;
  inBytes = 0;
  /** Messages handed to it, and their payload bytes. */
  outMessages = 0;
  outBytes = 0;
  /** What it sent that could not be parsed. */
  faults = 0;
  /** Messages that were for it, or that it published, and went nowhere. */
  readonly drops = new Drops();
  /** What becomes of messages that are pending when it closes: the reason they are counted under. */
  lossReason: DropReason = 'closed';
  /** Subscriptions it had when it began to close. */
  subscriptionsAtEnd = 0;
  /** Unix time of its last command, in milliseconds. */
  lastActivityAt: number;
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
  /** Whether it is a link that takes its next read in a moment. */
  private isPausing = false;
  protected readonly core: ClientHost;
  private readonly limits: ClientLimits;
  private readonly control: ClientControl;

  /** @param makeSession called once, with a link to a client that is complete but for its session */
  constructor(
    identity: Identity,
    core: ClientHost,
    outbox: Outbox,
    limits: ClientLimits,
    control: ClientControl,
    makeSession: (link: Link<unknown>) => Session<unknown>,
  ) {
    super();
    this.id = identity.id;
    this.peer = new Peer(identity);
    this.lastActivityAt = this.peer.startedAt;
    this.core = core;
    this.account = core.account(GLOBAL_ACCOUNT);
    this.outbox = outbox;
    outbox.owner = this;
    outbox.total = core.pendingTotal;
    this.limits = limits;
    this.control = control;
    this.subscriptions = new SubscriptionTable(this, core, limits.maxSubscriptions);
    this.session = makeSession(new ClientLink(this, control, () => core.serverLink(this)));
  }

  /** Most tokens the subject of a subscription may have; 0: any number. */
  get maxSubjectTokens(): number {
    return this.limits.maxSubjectTokens;
  }

  /** Gives it what a login gives. Subscriptions it has and still may have stay, in the new account. */
  admit(rights: Rights): void {
    if (this.closing) return;
    const { account, permissions, maxPayloadBytes, maxSubscriptions, flow } = rights;
    const { account: before, subscriptions } = this;
    this.outbox.policy = (this.origin.isLink ? undefined : flow) ?? this.outbox.limits.policy;
    const moves = account !== before;
    const changes = this.admitted && (moves || permissions !== this.rights.permissions);
    if (this.admitted) before.connections--;
    account.connections++;
    this.account = account;
    if (moves && subscriptions.size === 0) this.core.releaseAccount(before);
    this.rights = rights;
    this.isRestricted = permissions?.restrictsPublish === true || maxPayloadBytes !== undefined;
    subscriptions.maxSize = Math.min(
      maxSubscriptions ?? Number.POSITIVE_INFINITY,
      this.limits.maxSubscriptions,
    );
    const responses = permissions?.responses;
    // After a reload that changes nothing of it, what it was asked before can still be answered.
    if (responses === undefined) this.replies = undefined;
    else if (this.replies?.follows(responses) !== true) this.replies = new ReplyPermits(responses);
    this.admitted = true;
    if (moves && subscriptions.size > 0) subscriptions.moveFrom(before);
    else if (changes) subscriptions.review();
  }

  /**
   * A link is never held for a reader here: that would hold up all that the other server has for others. The reader is disconnected
   * once too much is pending. From the half of that on the link only pauses between reads, so that a reader that is merely late, as
   * on a busy machine, gets on.
   */
  override holdFor(outbox: Outbox): boolean {
    if (!this.origin.isLink) return super.holdFor(outbox);
    if (!this.isPausing && outbox.pendingBytes > outbox.limits.maxPendingBytes / 2) this.pause();
    return false;
  }

  override get held(): boolean {
    return this.isPausing || super.held;
  }

  private pause(): void {
    this.isPausing = true;
    this.later(LINK_PAUSE_MS, () => {
      this.isPausing = false;
      this.readOn();
    });
  }

  /** Whether it may subscribe so. A promise where that takes longer. */
  maySubscribe(subject: string, queue?: string): boolean | Promise<boolean> {
    const { permissions } = this.rights;
    return permissions === undefined || permissions.maySubscribe(subject, queue);
  }

  /** Queues a frame to the peer. */
  send(frame: unknown): void {
    if (this.closing || this.outbox.closed) return;
    this.outbox.send(frame);
    this.core.answered(this);
  }

  close(reason: CloseReason): void {
    this.control.close(reason);
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
    this.subscriptions.retire();
  }

  /** Retires it and stops everything that waits, for it or in it. What is pending is lost. */
  dispose(): void {
    this.retire();
    this.releaseAll();
    const { messages, bytes } = this.outbox.close();
    this.dropped(this.lossReason, messages, bytes);
    this.stop();
  }

  /**
   * Calls `then` once, `ms` from now, as the turn allows: the timers of thousands of clients may be due together. Returns
   * what calls it off.
   */
  later(ms: number, then: () => void, clock: Clock = CONNECTION_CLOCK): () => void {
    let isOff = false;
    const contained = (): void => {
      if (isOff) return;
      try {
        then();
      } catch (error) {
        this.fault(error);
      }
    };
    const cancel = clock.after(ms, () => this.core.endings.add(contained, 1));
    return () => {
      isOff = true;
      cancel();
    };
  }

  /** Resolves at once, or as the turn allows. */
  turn(): Promise<void> {
    return new Promise((resolve) => this.core.endings.add(resolve, 1));
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

  protected get isMoving(): boolean {
    return this.changes?.isMoving === true;
  }
}

import type { PeerCertificate } from 'node:tls';
import type { ErrorCode } from '../errors.js';
import type { Session } from '../protocol/codec.js';
import type { Core } from './core.js';
import type { Outbox } from './outbox.js';
import { Subscription } from './subscription.js';

/** Why a connection ended: an error of the one table, or one of the ordinary ways. */
export type CloseReason = ErrorCode | 'QUIT' | 'PEER_CLOSED' | 'PEER_ERROR' | 'WIRE_ERROR';

/** Who is at the other end. */
export interface Identity {
  /** Unique in the process. */
  readonly id: number;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
}

/** How the core sees a connection: what it subscribed to, where its frames go, whom it waits for. */
export class Client {
  readonly id: number;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly outbox: Outbox;
  readonly subscriptions = new Map<string, Subscription>();
  /** Set once by whoever builds the connection, before the first batch. */
  session!: Session<unknown>;
  echo = true;
  receipts = false;
  noResponders = false;
  pedantic = false;
  admitted = true;
  secured = false;
  peerCertificate: PeerCertificate | undefined = undefined;
  closing = false;
  /** Messages it has published and that were routed. */
  published = 0;
  /** A name the peer gave itself. */
  peerName: string | undefined = undefined;
  private readonly core: Core;
  private readonly maxSubscriptions: number;
  private readonly waitingFor = new Set<Outbox>();
  private resume: (() => void) | undefined;

  constructor(identity: Identity, core: Core, outbox: Outbox, maxSubscriptions: number) {
    this.id = identity.id;
    this.remoteAddress = identity.remoteAddress;
    this.remotePort = identity.remotePort;
    this.core = core;
    this.outbox = outbox;
    this.maxSubscriptions = maxSubscriptions;
  }

  /** Ends the connection; the connection that owns this client replaces it. */
  close: (reason: CloseReason) => void = () => {};

  send(frame: unknown): void {
    if (this.closing || this.outbox.closed) return;
    this.outbox.send(frame);
    this.core.answered(this);
  }

  subscribed(sid: string): boolean {
    return this.subscriptions.has(sid);
  }

  get full(): boolean {
    return this.subscriptions.size >= this.maxSubscriptions;
  }

  subscribe(subject: string, sid: string, queue?: string): void {
    if (this.subscriptions.has(sid)) return;
    const subscription = new Subscription(this, subject, sid, queue);
    this.subscriptions.set(sid, subscription);
    this.core.sublist.insert(subscription);
  }

  unsubscribe(sid: string, max = 0): void {
    const subscription = this.subscriptions.get(sid);
    if (subscription === undefined) return;
    subscription.max = max;
    if (max === 0 || subscription.delivered >= max) this.forget(subscription);
  }

  /** Removes a subscription that is over. */
  forget(subscription: Subscription): void {
    this.subscriptions.delete(subscription.sid);
    this.core.sublist.remove(subscription);
  }

  /** Ends its subscriptions, in time proportional to their number; what is queued for it may still be flushed. */
  retire(): void {
    this.closing = true;
    for (const subscription of this.subscriptions.values()) this.core.sublist.remove(subscription);
    this.subscriptions.clear();
  }

  /** Retires it and stops everything that waits, for it or in it. */
  dispose(): void {
    this.retire();
    for (const outbox of this.waitingFor) outbox.holding.delete(this);
    this.waitingFor.clear();
    this.outbox.close();
    this.release();
  }

  /** Holds this publisher until `outbox` has drained. */
  holdFor(outbox: Outbox): void {
    if (this.closing) return;
    this.waitingFor.add(outbox);
    outbox.holding.add(this);
  }

  /** Whether its next batch must wait. */
  get held(): boolean {
    return this.waitingFor.size > 0;
  }

  /** Calls `resume` once nothing holds this publisher any more. */
  whenReleased(resume: () => void): void {
    if (this.held) this.resume = resume;
    else resume();
  }

  /** `outbox` no longer holds this publisher. */
  releasedBy(outbox: Outbox): void {
    this.waitingFor.delete(outbox);
    if (!this.held) this.release();
  }

  private release(): void {
    const { resume } = this;
    this.resume = undefined;
    resume?.();
  }
}

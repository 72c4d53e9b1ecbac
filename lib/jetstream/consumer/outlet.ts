import { ORIGINS } from '../../clients/origin.js';
import type { Outbox } from '../../clients/outbox.js';
import type { PublisherOnHold } from '../../clients/outbox-owner.js';
import type { Publisher } from '../../clients/subscription.js';
import { batchOf, type CommandBatch } from '../../frame/command.js';
import type { Account } from '../../routing/account.js';
import { routeAs } from '../../routing/route-as.js';
import type { Router } from '../../routing/router.js';
import { batchOfLarge, batchOfMessages, isLarge, type OutgoingMessage } from './delivery-batch.js';
import type { Readiness } from './pull-queue.js';
import { readinessOf } from './receivers.js';

const NOTHING = Buffer.alloc(0);

/** What an outlet tells its consumer. */
export interface OutletOwner {
  readonly account: Account;
  /** Receivers have room again. */
  resume(): void;
  /** Messages with these sequences had no receiver after all. @param target where they were to go */
  missed(target: string, sequences: readonly number[]): void;
  /** A fault of ours. */
  failed(error: unknown): void;
}

/**
 * Publishes what a consumer delivers. Messages to the same subject that follow each other are routed as one run. Receivers that
 * have fallen behind are given no more: once they have room the consumer goes on, so none is ever closed for what a consumer sends.
 */
export class Outlet implements Publisher, PublisherOnHold<Outbox> {
  readonly origin = ORIGINS.system;
  readonly echo = true;
  receiverId = 0;
  private readonly router: Router;
  private readonly owner: OutletOwner;
  private target = '';
  private messages: OutgoingMessage[] = [];
  private sequences: number[] = [];
  /** Receivers that are given nothing until they have room. */
  private readonly awaited = new Set<Outbox>();
  /** Those among them for which everything stops. */
  private readonly held = new Set<Outbox>();

  constructor(router: Router, owner: OutletOwner) {
    this.router = router;
    this.owner = owner;
  }

  /** Whether nothing may be delivered, whatever its subject. */
  get isHeld(): boolean {
    return this.held.size > 0;
  }

  /** Whether messages to `target` may be delivered. @param group a queue group that must have a member; undefined: any receiver */
  readiness(target: string, group?: string): Readiness {
    return readinessOf({ account: this.owner.account, subject: target }, group, this.hasRoom);
  }

  /** Queues a message to `target`. */
  deliver(target: string, sequence: number, message: OutgoingMessage): void {
    if (this.messages.length > 0 && (target !== this.target || isLarge(message))) this.flush();
    this.target = target;
    this.messages.push(message);
    this.sequences.push(sequence);
    if (isLarge(message)) this.flush();
  }

  /** Publishes a status, after what was queued. */
  say(target: string, headers: Buffer, reply?: string): void {
    this.flush();
    const message = { subject: target, headers, payload: NOTHING };
    const batch = batchOf(reply === undefined ? message : { ...message, reply });
    this.router.route(this, this.owner.account, batch, 0, 1);
    this.router.endBatch();
  }

  /** Routes what was queued. */
  flush(): void {
    const { messages, sequences, target } = this;
    const [first] = messages;
    if (first === undefined) return;
    this.messages = [];
    this.sequences = [];
    const batch: CommandBatch = isLarge(first) ? batchOfLarge(first) : batchOfMessages(messages);
    const taken = routeAs(this.router, this, this.owner.account, target, batch, 0, messages.length);
    this.router.endBatch();
    if (taken < messages.length) this.owner.missed(target, sequences.slice(taken));
  }

  /** Waits for nothing any more. */
  close(): void {
    for (const outbox of this.awaited) outbox.release(this, outbox.now());
    this.awaited.clear();
    this.held.clear();
  }

  switchReceiver(receiverId: number): void {
    this.receiverId = receiverId;
  }

  holdFor(outbox: Outbox): boolean {
    this.held.add(outbox);
    this.await(outbox);
    return true;
  }

  pace(): boolean {
    return this.isHeld;
  }

  feedsOnly(): boolean {
    return true;
  }

  detachFrom(outbox: Outbox): void {
    this.releasedBy(outbox);
  }

  releasedBy(outbox: Outbox): void {
    outbox.release(this, outbox.now());
    this.awaited.delete(outbox);
    this.held.delete(outbox);
    this.owner.resume();
  }

  fault(error: unknown): void {
    this.owner.failed(error);
  }

  private readonly hasRoom = (outbox: Outbox): boolean => {
    if (outbox.keptBytes <= outbox.limits.lowWaterBytes) return true;
    this.await(outbox);
    return false;
  };

  private await(outbox: Outbox): void {
    if (this.awaited.has(outbox)) return;
    this.awaited.add(outbox);
    outbox.hold(this, outbox.now());
  }
}

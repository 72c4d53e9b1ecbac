import type { Outbox } from '../clients/outbox.js';
import type { Session } from '../dialects/codec.js';
import { NATS_ERRORS } from '../dialects/nats/error-texts.js';
import { ERRORS, type ErrorCode, errorText, SluiceError } from '../domain/errors.js';
import { Client } from '../routing/client.js';
import type { Receipt } from './receipt.js';

const NONE: readonly Outbox[] = [];

/**
 * A client of the core that is in this process. It is held like any other; only that what waits is each message by
 * itself, for those it went to: a program that handles one subscription must not wait for another one of its own.
 */
export class LocalPeer extends Client {
  override readonly isSliced = false;
  private holders: Outbox[] = [];
  private refusal: SluiceError | undefined;
  private readonly untaken = new Set<Receipt>();
  private readonly byHolder = new Map<Outbox, Receipt[]>();
  /** Those of messages that others got as well. */
  private readonly sharedByHolder = new Map<Outbox, Receipt[]>();
  /** Whether the message that is being routed has had several receivers. */
  private isShared = false;

  override switchReceiver(receiverId: number): void {
    if (this.receiverId !== 0) this.isShared = true;
    super.switchReceiver(receiverId);
  }

  override feedsOnly(outbox: Outbox): boolean {
    return !this.isShared && !this.sharedByHolder.has(outbox);
  }

  protected override isStopped(): boolean {
    return this.sharedByHolder.size === 0;
  }

  override holdFor(outbox: Outbox): boolean {
    if (!super.holdFor(outbox)) return false;
    this.holders.push(outbox);
    return true;
  }

  override releasedBy(outbox: Outbox): void {
    super.releasedBy(outbox);
    release(this.byHolder, outbox);
    release(this.sharedByHolder, outbox);
  }

  /** What went to `outbox` alone still waits for it. */
  override detachFrom(outbox: Outbox): void {
    if (this.byHolder.has(outbox)) release(this.sharedByHolder, outbox);
    else this.releasedBy(outbox);
  }

  protected override resumePaced(): void {
    if (this.held) return;
    for (const outbox of [...this.sharedByHolder.keys()]) release(this.sharedByHolder, outbox);
  }

  /** A message waits for the core, which is busy, with its receipt behind it. */
  expect(receipt: Receipt): void {
    this.untaken.add(receipt);
  }

  /** The message before this receipt has been routed, or refused. */
  confirm(receipt: Receipt): void {
    const { refusal, holders, isShared } = this;
    this.refusal = undefined;
    this.isShared = false;
    this.receiverId = 0; // the next message is looked at by itself
    this.untaken.delete(receipt);
    if (holders.length === 0) return receipt.taken(refusal, NONE);
    this.holders = [];
    const holding = holders.filter(
      (outbox) => outbox.holding.has(this) && (!isShared || this.admitsHold(outbox)),
    );
    receipt.taken(refusal, holding);
    const byHolder = isShared ? this.sharedByHolder : this.byHolder;
    for (const outbox of holding) {
      const receipts = byHolder.get(outbox);
      if (receipts === undefined) byHolder.set(outbox, [receipt]);
      else receipts.push(receipt);
    }
  }

  /** The message that is being routed is refused. */
  refuse(code: ErrorCode, about: readonly string[]): void {
    this.refusal = new SluiceError(code, errorText(NATS_ERRORS, code, about) ?? ERRORS[code].about);
  }

  /** Called when it has closed: releases everything that waits. */
  settleAll(refusal: SluiceError): void {
    const waiting = [...this.byHolder.values(), ...this.sharedByHolder.values()];
    const receipts = [...this.untaken, ...waiting.flat()];
    this.untaken.clear();
    this.byHolder.clear();
    this.sharedByHolder.clear();
    for (const receipt of receipts) receipt.over(refusal);
  }
}

function release(byHolder: Map<Outbox, Receipt[]>, outbox: Outbox): void {
  const receipts = byHolder.get(outbox) ?? [];
  byHolder.delete(outbox);
  for (const receipt of receipts) receipt.releasedBy(outbox);
}

/** What the core tells a client in this process. */
export class LocalSession implements Session<Receipt> {
  readonly pingsOut = 0;
  private readonly peer: () => LocalPeer;

  /** @param peer whose session it is; called for each command */
  constructor(peer: () => LocalPeer) {
    this.peer = peer;
  }

  handle(receipt: Receipt): void {
    const peer = this.peer();
    peer.lastActivityAt = Date.now();
    peer.confirm(receipt);
  }

  sendError(code: ErrorCode, ...about: string[]): void {
    this.peer().refuse(code, about);
  }

  open(): void {}
  ready(): void {}
  refusePublish(): void {}
  inform(): void {}
  close(): void {}

  ping(): boolean {
    return false;
  }
}

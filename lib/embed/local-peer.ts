import { ERRORS, type ErrorCode, errorText, SluiceError } from '../errors.js';
import type { Session } from '../protocol/codec.js';
import { Client } from '../routing/client.js';
import type { Outbox } from '../routing/outbox.js';
import type { Receipt } from './receipt.js';

/**
 * A client of the core that is in this process. It is held like any other; only that what waits is each message by
 * itself, for those it went to: a program that handles one subscription must not wait for another one of its own.
 */
export class LocalPeer extends Client {
  private holders: Outbox[] = [];
  private refusal: SluiceError | undefined;
  private readonly untaken = new Set<Receipt>();
  private readonly byHolder = new Map<Outbox, Receipt[]>();

  override holdFor(outbox: Outbox): void {
    super.holdFor(outbox);
    this.holders.push(outbox);
  }

  override releasedBy(outbox: Outbox): void {
    super.releasedBy(outbox);
    const receipts = this.byHolder.get(outbox) ?? [];
    this.byHolder.delete(outbox);
    for (const receipt of receipts) receipt.releasedBy(outbox);
  }

  /** A message waits for the core, which is busy, with its receipt behind it. */
  expect(receipt: Receipt): void {
    this.untaken.add(receipt);
  }

  /** The message before this receipt has been routed, or refused. */
  confirm(receipt: Receipt): void {
    const { refusal, holders } = this;
    this.refusal = undefined;
    if (holders.length > 0) this.holders = [];
    this.untaken.delete(receipt);
    const holding = holders.filter((outbox) => outbox.holding.has(this));
    receipt.taken(refusal, holding);
    for (const outbox of holding) {
      const receipts = this.byHolder.get(outbox);
      if (receipts === undefined) this.byHolder.set(outbox, [receipt]);
      else receipts.push(receipt);
    }
  }

  /** The message that is being routed is refused. */
  refuse(code: ErrorCode, about: readonly string[]): void {
    const { nats = ERRORS[code].about } = ERRORS[code] as { readonly nats?: string };
    this.refusal = new SluiceError(code, errorText(nats, about));
  }

  /** It has closed: nobody need wait for anything. */
  settleAll(refusal: SluiceError): void {
    const receipts = [...this.untaken, ...[...this.byHolder.values()].flat()];
    this.untaken.clear();
    this.byHolder.clear();
    for (const receipt of receipts) receipt.over(refusal);
  }
}

/** What the core tells a client in this process. */
export class LocalSession implements Session<Receipt> {
  readonly pingsOut = 0;
  private readonly peer: LocalPeer;

  constructor(peer: LocalPeer) {
    this.peer = peer;
  }

  handle(receipt: Receipt): void {
    this.peer.lastActivityAt = Date.now();
    this.peer.confirm(receipt);
  }

  sendError(code: ErrorCode, ...about: string[]): void {
    this.peer.refuse(code, about);
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

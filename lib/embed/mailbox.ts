import type { CommandBatch } from '../protocol/command.js';
import { Delivery, type Outgoing } from '../protocol/delivery.js';
import type { Outlet, Renderer } from '../routing/outbox.js';
import { Message, type Respond } from './message.js';

/** Who gets the messages. */
export interface Taker {
  /** Takes one; false: no more for now, until `Mailbox.pump`. */
  take(message: Message): boolean;
  /** There are no more. */
  end(): void;
}

/**
 * The far end of an outbox whose connection is in this process: in the place of an encoder and a wire, it makes
 * messages that own their bytes, and keeps those its taker does not want yet. They are what is pending.
 *
 *   outbox ─write→ [waiting] ─pump, in a tick of its own→ taker
 *                  writableLength
 *
 * So what a taker does or throws never happens within the core.
 */
export class Mailbox implements Renderer, Outlet {
  renderedBytes = 0;
  renderedChunks = 0;
  backedUp = false;
  readonly readableLength = 0;
  readonly errored = null;
  /** Bytes that wait. */
  writableLength = 0;
  readonly writableFinished = false;
  readonly destroyed = false;
  /** Told whenever some were taken. */
  onTaken = (): void => {};
  private readonly taker: Taker;
  private readonly respond: Respond;
  /** Messages after which there are no more; 0: never. */
  private readonly max: number;
  private received = 0;
  private waiting: Message[] = [];
  private first = 0;
  private isScheduled = false;
  private isOver = false;
  /** Whether the taker has to take whatever there is. */
  private isReleased = false;

  constructor(taker: Taker, respond: Respond, max: number) {
    this.taker = taker;
    this.respond = respond;
    this.max = max;
  }

  cork(): void {}
  uncork(): void {}

  write(items: readonly Outgoing<unknown>[]): void {
    for (const item of items)
      if (item instanceof Delivery) for (let row = item.from; row < item.to; row++) this.add(item.batch, row);
    this.schedule();
  }

  /** Hands over as many as are wanted. */
  readonly pump = (): void => {
    this.isScheduled = false;
    const { waiting, taker } = this;
    let wanted = true;
    let bytes = 0;
    while (!this.isOver && this.first < waiting.length && (wanted || this.isReleased)) {
      const message = waiting[this.first++]!;
      bytes += Message.bytesOf(message);
      wanted = taker.take(message);
    }
    if (this.isOver) return; // it was abandoned on the way
    if (this.first === waiting.length) {
      this.waiting = [];
      this.first = 0;
    } else if (this.first > 1_024 && this.first > waiting.length / 2) {
      this.waiting = waiting.slice(this.first);
      this.first = 0;
    }
    if (!this.isReleased && bytes > 0) {
      this.writableLength -= bytes;
      this.onTaken();
    }
    if (this.waiting.length === 0 && this.isDone) {
      this.isOver = true;
      taker.end();
    }
  };

  /** There will be no more: hands over everything, wanted or not, and the end after it. */
  release(): void {
    this.isReleased = true;
    this.writableLength = 0;
    this.schedule();
  }

  /** Forgets what waits, and the taker. */
  abandon(): void {
    this.waiting = [];
    this.first = 0;
    this.isOver = true;
  }

  private get isDone(): boolean {
    return this.isReleased || (this.max > 0 && this.received >= this.max);
  }

  private add(batch: CommandBatch, row: number): void {
    const message = new Message(batch, row, this.respond);
    const bytes = Message.bytesOf(message);
    this.received++;
    this.renderedBytes += bytes;
    this.renderedChunks++;
    this.writableLength += bytes;
    this.waiting.push(message);
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    process.nextTick(this.pump);
  }
}

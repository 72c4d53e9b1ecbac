import { nextTick } from 'node:process';
import type { IoEnd } from '../clients/io-end.js';
import type { CommandBatch } from '../frame/command.js';
import { Delivery, type Outgoing } from '../frame/delivery.js';
import { Message, type Respond } from './message.js';

/** The receiver of the messages. */
export interface MessageConsumer {
  /** Takes one; false: no more for now, until `Mailbox.resume`. */
  take(message: Message): boolean;
  /** There are no more. */
  end(): void;
}

/**
 * The far end of an outbox whose connection is in this process: in the place of an encoder and a wire, it makes
 * messages that own their bytes, and keeps those its taker does not want yet. They are what is pending.
 *
 *   outbox ─write→ [waiting] ─pump, in a tick of its own→ taker
 *                   waitingBytes
 *
 * So what a taker does or throws never happens within the core.
 */
export class Mailbox implements IoEnd {
  renderedBytes = 0;
  renderedChunks = 0;
  readonly isShortOfMemory = false;
  readonly hasFailed = false;
  waitingBytes = 0;
  /** Told whenever some were taken. */
  onTaken = (): void => {};
  private readonly consumer: MessageConsumer;
  private readonly respond: Respond;
  /** Messages after which there are no more; 0: never. */
  private readonly max: number;
  private received = 0;
  /** Those before `first` have been handed over and forgotten. */
  private waiting: (Message | undefined)[] = [];
  private first = 0;
  private isScheduled = false;
  private isWanted = true;
  private isPumping = false;
  private isOver = false;
  /** Whether the taker has to take whatever there is. */
  private isReleased = false;

  constructor(consumer: MessageConsumer, respond: Respond, max: number) {
    this.consumer = consumer;
    this.respond = respond;
    this.max = max;
  }

  flush(): void {}

  credit(): number {
    return this.renderedBytes - this.waitingBytes;
  }

  write(items: readonly Outgoing<unknown>[]): void {
    for (const item of items) {
      if (!(item instanceof Delivery)) continue;
      for (let row = item.from; row < item.to; row++) this.add(item.batch, row);
      item.batch.users--; // its bytes have been copied
    }
    this.schedule();
  }

  /** The taker wants more. */
  resume(): void {
    this.isWanted = true;
    this.pump();
  }

  /** Hands over as many as are wanted. A taker that asks for more meanwhile, or throws, finds everything in order. */
  private readonly pump = (): void => {
    if (this.isPumping) return;
    this.isScheduled = false;
    this.isPumping = true;
    const before = this.first;
    try {
      while (this.first < this.waiting.length && (this.isWanted || this.isReleased)) this.hand();
    } finally {
      this.isPumping = false;
      if (this.first > before) this.forgetHanded();
    }
    if (!this.isOver && this.isDone && this.waiting.length === 0) {
      this.isOver = true;
      this.consumer.end();
    }
  };

  /** There will be no more: hands over everything, wanted or not, and the end after it. */
  release(): void {
    this.isReleased = true;
    this.waitingBytes = 0;
    this.schedule();
  }

  /** Forgets what waits, and the taker. */
  abandon(): void {
    this.waiting = [];
    this.first = 0;
    this.isOver = true;
  }

  private hand(): void {
    const message = this.waiting[this.first];
    this.waiting[this.first++] = undefined;
    if (message === undefined) return;
    if (!this.isReleased) this.waitingBytes -= Message.bytesOf(message);
    this.isWanted = false; // unless it asks for more
    if (this.consumer.take(message)) this.isWanted = true;
  }

  private forgetHanded(): void {
    const { waiting, first } = this;
    if (first === waiting.length) this.waiting = [];
    else if (first > 1_024 && first > waiting.length / 2) this.waiting = waiting.slice(first);
    else return this.onTaken();
    this.first = 0;
    this.onTaken();
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
    this.waitingBytes += bytes;
    this.waiting.push(message);
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    nextTick(this.pump);
  }
}

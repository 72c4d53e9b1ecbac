import { isUtf8 } from 'node:buffer';
import type { IoEnd } from '../../clients/io-end.js';
import { LIVE_TAP_PAYLOAD_BYTES } from '../../domain/limits.js';
import { type CommandBatch, payloadBytes } from '../../frame/command.js';
import { Delivery, type Outgoing } from '../../frame/delivery.js';
import { endOfLetters } from '../../frame/text.js';
import type { TappedMessage, TapReport } from '../../monitor/live/source.js';

/**
 * The far end of an outbox whose messages are shown on a page. It copies the beginning of a few of them and counts the
 * others, so it never has anything pending: no publisher waits for it, whatever it is subscribed to.
 */
export class TapEnd implements IoEnd {
  renderedBytes = 0;
  renderedChunks = 0;
  readonly waitingBytes = 0;
  readonly isShortOfMemory = false;
  readonly hasFailed = false;
  private readonly now: () => number;
  private messages: TappedMessage[] = [];
  private omitted = 0;
  private room = 0;

  /** @param now Unix time in milliseconds */
  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  write(items: readonly Outgoing<unknown>[]): void {
    for (const item of items) {
      if (!(item instanceof Delivery)) continue;
      const { batch, from, to } = item;
      this.renderedBytes += payloadBytes(batch, from, to) + to - from;
      this.renderedChunks++;
      const end = Math.min(to, from + this.room);
      for (let row = from; row < end; row++) this.messages.push(describe(batch, row, this.now()));
      this.room -= end - from;
      this.omitted += to - end;
      batch.users--;
    }
  }

  flush(): void {}

  credit(): number {
    return this.renderedBytes;
  }

  /** Counts messages that did not get this far. */
  omit(messages: number): void {
    this.omitted += messages;
  }

  /** Returns what has come since the last call, and shows `room` messages until the next one. */
  take(room: number): TapReport | undefined {
    const { messages, omitted } = this;
    this.room = room;
    if (messages.length === 0 && omitted === 0) return undefined;
    this.messages = [];
    this.omitted = 0;
    return { messages, omitted };
  }
}

function describe(batch: CommandBatch, row: number, at: number): TappedMessage {
  const payload = batch.payload(row);
  const { text, isText } = excerpt(payload);
  return {
    at,
    subject: batch.subject(row),
    reply: batch.reply(row),
    headers: batch.headers(row)?.toString('utf8', 0, LIVE_TAP_PAYLOAD_BYTES),
    bytes: payload.length,
    text,
    isText,
    isCut: payload.length > LIVE_TAP_PAYLOAD_BYTES,
  };
}

/** The beginning of a payload; cut between two characters where it is UTF-8. */
function excerpt(payload: Buffer): { readonly text: string; readonly isText: boolean } {
  const shown = payload.subarray(0, endOfLetters(payload, LIVE_TAP_PAYLOAD_BYTES));
  const isText = isUtf8(shown);
  return {
    text: isText ? shown.toString('utf8') : payload.toString('hex', 0, LIVE_TAP_PAYLOAD_BYTES / 2),
    isText,
  };
}

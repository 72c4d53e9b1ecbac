/** Those who receive: for good, for a while, slowly, or until they freeze. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ClientOptions } from '../client.js';
import { ReceiptRecord, type Stream } from '../ledger.js';
import { numbered } from '../message.js';
import type { LoadContext } from './context.js';

export interface SubscriberOptions extends ClientOptions {
  readonly name: string;
  readonly subject: string;
  readonly wants: (stream: Stream) => boolean;
  /** Is told of every message as well. */
  readonly compareOrder?: (stream: number, seq: number) => void;
  /** Reads no more than this. */
  readonly bytesPerSecond?: number;
}

/** One subscription of one connection, and what it has got. */
export interface Subscriber {
  readonly client: Client;
  readonly record: ReceiptRecord;
}

export async function subscribe(context: LoadContext, options: SubscriberOptions): Promise<Subscriber> {
  const { name, subject, wants, compareOrder } = options;
  const record = new ReceiptRecord(context.accounting, name, wants);
  const client = await context.connect(options);
  let allowance = Number.POSITIVE_INFINITY;
  client.onMessage = (bytes, start, end) => {
    const message = numbered(bytes, start, end);
    if (message === undefined) {
      context.accounting.blame(
        'corrupted',
        1,
        `${name} got ${bytes.toString('latin1', start, Math.min(end, start + 60))}`,
      );
      return;
    }
    record.take(message.stream, message.seq);
    compareOrder?.(message.stream, message.seq);
    allowance -= end - start;
    if (allowance < 0) client.pause();
  };
  await client.subscribe(subject);
  record.begin();
  const { bytesPerSecond } = options;
  if (bytesPerSecond !== undefined) {
    allowance = 0;
    const timer = setInterval(() => {
      allowance = Math.min(bytesPerSecond / 4, allowance + bytesPerSecond / 20);
      if (context.publishersStop) allowance = Number.POSITIVE_INFINITY;
      if (allowance > 0) client.resume();
    }, 50);
    void client.closed.then(() => clearInterval(timer));
  }
  return { client, record: record };
}

/** Takes what it still has coming, checks that it is all, and leaves. */
export async function leave({ client, record }: Subscriber): Promise<void> {
  const due = record.due();
  await client.ping();
  record.end(due);
  client.end();
}

/** Comes, stays a while, and goes: one half properly, the other with RST. Again and again. */
export function churner(context: LoadContext, options: SubscriberOptions): Promise<void> {
  return context.repeat(options.name, async () => {
    const subscriber = await subscribe(context, options);
    await context.pauseBetween(500, 8_000);
    if (context.faultsAreOver || context.random.chance(0.5)) return leave(subscriber);
    context.injected.cut++;
    subscriber.record.cut('receiver reset by the test');
    subscriber.client.reset();
  });
}

/**
 * Reads for a while, then not at all, until the broker must have cut it off; then reads what the system still held.
 *
 * @param frozenMs how long it does not read: well over the broker's deadline
 */
export function freezer(
  context: LoadContext,
  options: SubscriberOptions,
  frozenMs: number,
  everyMs: readonly [number, number],
): Promise<void> {
  return context.repeat(options.name, async () => {
    await context.pauseBetween(everyMs[0], everyMs[1]);
    if (context.faultsAreOver) return;
    const { client, record } = await subscribe(context, options);
    await context.pauseBetween(200, 2_000);
    context.injected.frozen++;
    client.pause();
    await sleep(frozenMs);
    client.resume();
    const due = record.due();
    // So that a connection that stands after all is seen to: then it has lost nothing.
    const alive = await client.ping().then(
      () => true,
      () => false,
    );
    if (alive) record.end(due);
    else record.cut('receiver cut off as slow');
    client.destroy();
  });
}

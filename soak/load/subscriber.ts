/** Those who receive: for good, for a while, slowly, or until they freeze. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ClientOptions } from '../client.js';
import { ReceiptRecord, type Stream } from '../ledger.js';
import { numbered } from '../message.js';
import type { World } from './world.js';

export interface SubscriberOptions extends ClientOptions {
  readonly name: string;
  readonly subject: string;
  readonly wants: (stream: Stream) => boolean;
  /** Is told of every message as well. */
  readonly twin?: (stream: number, seq: number) => void;
  /** Reads no more than this. */
  readonly bytesPerSecond?: number;
}

/** One subscription of one connection, and what it has got. */
export interface Subscriber {
  readonly client: Client;
  readonly book: ReceiptRecord;
}

export async function subscribe(world: World, options: SubscriberOptions): Promise<Subscriber> {
  const { name, subject, wants, twin } = options;
  const book = new ReceiptRecord(world.accounting, name, wants);
  const client = await world.connect(options);
  let allowance = Number.POSITIVE_INFINITY;
  client.onMessage = (bytes, start, end) => {
    const message = numbered(bytes, start, end);
    if (message === undefined) {
      world.accounting.blame(
        'corrupted',
        1,
        `${name} got ${bytes.toString('latin1', start, Math.min(end, start + 60))}`,
      );
      return;
    }
    book.take(message.stream, message.seq);
    twin?.(message.stream, message.seq);
    allowance -= end - start;
    if (allowance < 0) client.freeze();
  };
  await client.subscribe(subject);
  book.begin();
  const { bytesPerSecond } = options;
  if (bytesPerSecond !== undefined) {
    allowance = 0;
    const timer = setInterval(() => {
      allowance = Math.min(bytesPerSecond / 4, allowance + bytesPerSecond / 20);
      if (world.silent) allowance = Number.POSITIVE_INFINITY;
      if (allowance > 0) client.thaw();
    }, 50);
    void client.closed.then(() => clearInterval(timer));
  }
  return { client, book };
}

/** Takes what it still has coming, checks that it is all, and leaves. */
export async function leave({ client, book }: Subscriber): Promise<void> {
  const due = book.due();
  await client.ping();
  book.end(due);
  client.end();
}

/** Comes, stays a while, and goes: one half properly, the other with RST. Again and again. */
export function churner(world: World, options: SubscriberOptions): Promise<void> {
  return world.keep(options.name, async () => {
    const subscriber = await subscribe(world, options);
    await world.rest(500, 8_000);
    if (world.calm || world.random.chance(0.5)) return leave(subscriber);
    world.deeds.cut++;
    subscriber.book.cut('receiver reset by the test');
    subscriber.client.reset();
  });
}

/**
 * Reads for a while, then not at all, until the broker must have cut it off; then reads what the system still held.
 *
 * @param frozenMs how long it does not read: well over the broker's deadline
 */
export function freezer(
  world: World,
  options: SubscriberOptions,
  frozenMs: number,
  everyMs: readonly [number, number],
): Promise<void> {
  return world.keep(options.name, async () => {
    await world.rest(everyMs[0], everyMs[1]);
    if (world.calm) return;
    const { client, book } = await subscribe(world, options);
    await world.rest(200, 2_000);
    world.deeds.frozen++;
    client.freeze();
    await sleep(frozenMs);
    client.thaw();
    const due = book.due();
    // So that a connection that stands after all is seen to: then it has lost nothing.
    const alive = await client.ping().then(
      () => true,
      () => false,
    );
    if (alive) book.end(due);
    else book.cut('receiver cut off as slow');
    client.destroy();
  });
}

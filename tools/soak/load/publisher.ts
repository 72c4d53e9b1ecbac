/** One who publishes at a steady pace, for as long as the broker lets it, and may be cut now and then. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ClientOptions } from '../client.js';
import { publishFrame } from '../client.js';
import type { Stream } from '../ledger.js';
import { payloadOf } from '../message.js';
import type { LoadContext } from './context.js';

const TICK_MS = 20;
const CONFIRM_MS = 200;
/** Most messages of one tick, so that one who was held does not come back with all it has missed. */
const MOST_A_TICK = 200;

export interface PublisherOptions extends ClientOptions {
  readonly subject: string;
  readonly account?: string;
  readonly messagesPerSecond: number;
  readonly sizes: readonly [fromBytes: number, toBytes: number];
  /** Its connection is cut after so long, in milliseconds, and it comes back as another stream. */
  readonly lifeMs?: readonly [from: number, to: number];
}

/** Publishes until the world is silent; resolves when all it has sent is confirmed. */
export async function publisher(context: LoadContext, options: PublisherOptions): Promise<void> {
  const { lifeMs, subject, account } = options;
  while (!context.publishersStop) {
    const client = await context.connect(options);
    const stream = context.accounting.open(subject, account);
    const until =
      lifeMs === undefined || context.faultsAreOver
        ? Number.POSITIVE_INFINITY
        : Date.now() + context.random.int(lifeMs[0], lifeMs[1]);
    await publishUntil(context, client, stream, options, until);
    if (client.ending !== undefined) context.trouble(`a publisher of ${subject} was ended: ${client.errors}`);
    if (context.publishersStop || client.ending !== undefined) await finish(context, client, stream);
    else cut(context, client, stream, options);
  }
}

async function publishUntil(
  context: LoadContext,
  client: Client,
  stream: Stream,
  options: PublisherOptions,
  until: number,
): Promise<void> {
  const { messagesPerSecond, subject, sizes } = options;
  let due = 0;
  let last = Date.now();
  let confirmedAt = 0;
  while (!context.publishersStop && Date.now() < until && client.ending === undefined) {
    const now = Date.now();
    due = Math.min(MOST_A_TICK, due + ((now - last) * messagesPerSecond) / 1_000);
    last = now;
    const frames: Buffer[] = [];
    for (; due >= 1; due--) {
      const payload = payloadOf(stream.id, ++stream.sent, context.random.int(sizes[0], sizes[1]));
      frames.push(publishFrame(client.protocol, subject, payload));
    }
    if (frames.length > 0) client.send(Buffer.concat(frames));
    if (now - confirmedAt >= CONFIRM_MS) {
      confirmedAt = now;
      const { sent } = stream;
      client.ping().then(
        () => {
          stream.confirmed = Math.max(stream.confirmed, sent);
        },
        () => {}, // cut before the answer: not confirmed
      );
    }
    await client.drained();
    await sleep(TICK_MS);
  }
}

async function finish(context: LoadContext, client: Client, stream: Stream): Promise<void> {
  const { sent } = stream;
  try {
    await client.ping();
    stream.confirmed = sent;
    client.end();
  } catch (error) {
    stream.cut = true;
    context.trouble(`a publisher of ${stream.subject}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Gone with RST, or with FIN in the middle of a frame. */
function cut(context: LoadContext, client: Client, stream: Stream, { subject }: PublisherOptions): void {
  context.injected.cut++;
  stream.cut = true;
  if (context.random.chance(0.5)) client.reset();
  else {
    const frame = publishFrame(client.protocol, subject, payloadOf(stream.id, stream.sent + 1, 400));
    client.end(frame.subarray(0, context.random.int(1, frame.length - 4)));
  }
}

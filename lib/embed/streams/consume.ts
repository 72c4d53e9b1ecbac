import { randomUUID } from 'node:crypto';
import type { Message } from '../message.js';
import { JetStreamError, type StreamApi } from './api.js';
import { Delivery } from './delivery.js';

/** How to consume. */
export interface ConsumeOptions {
  /** Messages that are delivered ahead of the one that is being dealt with, 1 to 1,000,000. Default 64. */
  readonly ahead?: number | undefined;
  /** Aborting it ends the loop, which throws its reason. Default: none. */
  readonly signal?: AbortSignal | undefined;
}

const AHEAD = 64;

/**
 * The messages of a pull consumer, as long as the loop goes on. No more is asked for than the loop takes; when it ends, what was
 * delivered ahead is given back, to be delivered again at once.
 */
export async function* deliveries(
  api: StreamApi,
  stream: string,
  consumer: string,
  { ahead = AHEAD, signal }: ConsumeOptions,
): AsyncGenerator<Delivery, void, undefined> {
  signal?.throwIfAborted();
  const inbox = `_INBOX.${randomUUID()}`;
  const subscription = api.broker.subscribe(inbox, { account: api.account, highWaterMark: ahead });
  const messages = subscription[Symbol.asyncIterator]();
  const end = () => subscription.unsubscribe();
  signal?.addEventListener('abort', end);
  const ask = (batch: number) =>
    api.say(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, JSON.stringify({ batch }), inbox);
  try {
    await api.ask(`CONSUMER.INFO.${stream}.${consumer}`);
    await ask(ahead);
    let asked = ahead;
    for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
      signal?.throwIfAborted();
      const message = next.value;
      if (endsRequest(message)) throw refusalIn(message);
      yield new Delivery(message, api);
      asked--;
      if (asked * 2 > ahead) continue;
      await ask(ahead - asked);
      asked = ahead;
    }
    signal?.throwIfAborted();
  } finally {
    signal?.removeEventListener('abort', end);
    subscription.unsubscribe();
    for (let next = await messages.next(); next.done !== true; next = await messages.next())
      if (!endsRequest(next.value)) await new Delivery(next.value, api).nak();
  }
}

/** Whether it is no message of the stream, but says that the request has ended. */
function endsRequest({ headers, reply }: Message): boolean {
  return reply === undefined && headers?.status !== undefined;
}

function refusalIn({ headers }: Message): JetStreamError {
  return new JetStreamError(headers?.description ?? '', headers?.status ?? 0, 0);
}

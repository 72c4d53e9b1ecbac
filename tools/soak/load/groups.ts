/** Queue groups, and requests with their answers. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../client.js';
import type { GroupRecord } from '../group.js';
import { numbered, payloadOf } from '../message.js';
import type { LoadContext } from './context.js';

const REQUEST_BYTES = 120;
const SERVICE = 'svc.echo';

async function member(context: LoadContext, subject: string, record: GroupRecord): Promise<Client> {
  const client = await context.connect();
  const last = new Map<number, number>();
  client.onMessage = (bytes, start, end) => {
    const message = numbered(bytes, start, end);
    if (message === undefined) context.accounting.blame('corrupted', 1, `${record.name} got something else`);
    else record.take(message.stream, message.seq, last);
  };
  await client.subscribe(subject, '1', record.name);
  return client;
}

/** Members that stay; resolves with what lets them go once nothing more is sent. */
export async function queueGroup(
  context: LoadContext,
  subject: string,
  record: GroupRecord,
  count: number,
): Promise<() => Promise<void>> {
  const clients = await Promise.all(Array.from({ length: count }, () => member(context, subject, record)));
  return async () => {
    for (const client of clients) {
      if (client.ending !== undefined) context.trouble(`a member of ${record.name} was ended`);
      await client.ping();
      client.end();
    }
  };
}

/** A member that is cut now and then and comes back; what it was sent then may be lost. */
export function changingMember(context: LoadContext, subject: string, record: GroupRecord): Promise<void> {
  return context.repeat(record.name, async () => {
    const client = await member(context, subject, record);
    await context.pauseBetween(2_000, 20_000);
    if (context.faultsAreOver) return;
    context.injected.cut++;
    record.cut(Date.now());
    client.reset();
  });
}

/** Those who answer every request with what it says. */
export async function responders(context: LoadContext, count: number): Promise<readonly Client[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const client = await context.connect();
      client.onMessage = (bytes, start, end, frame) => {
        const [, , , reply = ''] = bytes.toString('latin1', frame, start).split(' ');
        client.publish(reply, Buffer.from(bytes.subarray(start, end)));
      };
      await client.subscribe(SERVICE, '1', 'svc');
      return client;
    }),
  );
}

/** What a requester has seen. */
export interface Requests {
  asked: number;
  answered: number;
}

/** Asks at a steady pace until the world is silent; every request must be answered, once. */
export async function requester(context: LoadContext, perSecond: number, counts: Requests): Promise<void> {
  const client = await context.connect();
  const { accounting } = context;
  const stream = accounting.open(SERVICE, 'requests');
  const open = new Set<number>();
  client.onMessage = (bytes, start, end) => {
    const message = numbered(bytes, start, end);
    if (message === undefined || message.stream !== stream.id)
      accounting.blame('corrupted', 1, 'a requester got something else');
    else if (!open.delete(message.seq))
      accounting.blame('duplicates', 1, `request ${message.seq} was answered again`);
    else counts.answered++;
  };
  const inbox = `_INBOX.${stream.id}`;
  await client.subscribe(`${inbox}.*`);
  while (!context.publishersStop && client.ending === undefined) {
    const payload = payloadOf(stream.id, ++stream.sent, REQUEST_BYTES);
    open.add(stream.sent);
    counts.asked++;
    const head = `PUB ${SERVICE} ${inbox}.${stream.sent} ${payload.length}\r\n`;
    client.send(Buffer.concat([Buffer.from(head), payload, Buffer.from('\r\n')]));
    await client.drained();
    await sleep(1_000 / perSecond);
  }
  if (client.ending !== undefined) context.trouble('a requester was ended');
  for (const deadline = Date.now() + 20_000; open.size > 0 && Date.now() < deadline; ) await sleep(50);
  if (open.size > 0) accounting.blame('unexplained', open.size, `${open.size} requests were not answered`);
  client.end();
}

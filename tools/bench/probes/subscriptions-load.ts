/** Load process of the subscriptions probe and of the curves: connections with many subscriptions, and a publisher. */
import { Client } from './client.js';
import { Template } from './frames.js';
import { fail, now, type Span, serve, timed } from './serve.js';
import {
  deliveredFrame,
  numberOf,
  publishFrames,
  sidOf,
  subjectOf,
  subscribeLines,
  type TrieSearch,
  timesOf,
  unsubscribeLines,
} from './subjects.js';

const FRAME_BYTES = deliveredFrame(0, 0).length;
/** Where the sid is. */
const SID = new Template(deliveredFrame(0, 0).replace(` ${sidOf(0)} `, ' ###### '));
const GONE_INBOX = '_INBOX.gone';

/** One connection, with subscriptions for the subjects from number `from` on. */
interface Holder {
  readonly client: Client;
  readonly from: number;
  readonly count: number;
}

/** By their first subjects. */
const holders = new Map<number, Holder>();
/** How many messages on each subject are still to come. */
let due: Uint32Array = new Uint32Array(0);
let missing = 0;
let onAll: () => void = () => {};
let publisher: Client | undefined;
/** What it is to publish next. */
let frames: Buffer | undefined;
/** Requests that nobody was there for. */
let unanswerable = 0;

function frameAt(chunk: Buffer, at: number): string {
  return JSON.stringify(chunk.toString('latin1', at, at + FRAME_BYTES));
}

/** Frames that a connection keeps to compare with, rather than make them again. */
const MOST_KEPT = 64;

async function openHolder(port: number, from: number, count: number): Promise<void> {
  const kept = new Map<number, Buffer>();
  const expected = (n: number): Buffer => {
    let frame = kept.get(n);
    if (frame === undefined) {
      frame = Buffer.from(deliveredFrame(from + n, n), 'latin1');
      if (kept.size < MOST_KEPT) kept.set(n, frame);
    }
    return frame;
  };
  const client = await Client.open({
    port,
    frameBytes: FRAME_BYTES,
    onFrame: (chunk, at) => {
      const n = numberOf(SID.read(chunk, at));
      if (!(n >= 0 && n < count) || expected(n).compare(chunk, at, at + FRAME_BYTES) !== 0) {
        throw new Error(`got ${frameAt(chunk, at)}, which is no message for subscription ${n}`);
      }
      const left = due[from + n] ?? 0;
      if (left === 0) throw new Error(`one message too many: ${frameAt(chunk, at)}`);
      due[from + n] = left - 1;
      if (--missing === 0) onAll();
    },
    onFailure: fail,
  });
  holders.set(from, { client, from, count });
}

function holder(from: number): Holder {
  const found = holders.get(from);
  if (found === undefined) throw new RangeError(`no connection has its subscriptions from ${from} on`);
  return found;
}

async function openPublisher(port: number): Promise<Client> {
  publisher ??= await Client.open({
    port,
    says: `SUB ${GONE_INBOX} 1\r\n`,
    onLine: (line) => {
      if (line === 'NATS/1.0 503') unanswerable++;
      else if (line !== '' && !line.startsWith('HMSG ')) throw new Error(`the broker said ${line}`);
    },
    onFailure: fail,
  });
  return publisher;
}

const duties = {
  /** Opens connections that subscribe to nothing yet. */
  async open(job: { port: number; holders: readonly { from: number; count: number }[] }) {
    for (const { from, count } of job.holders) await openHolder(job.port, from, count);
  },

  /** All of them subscribe; resolves when all have been answered. */
  async subscribe({ from }: { from: readonly number[] }): Promise<Span> {
    const all = from
      .map(holder)
      .map(({ client, count, from }) => ({ client, lines: subscribeLines(from, count) }));
    return timed(async () => {
      await Promise.all(
        all.map(({ client, lines }) => {
          client.send(lines);
          return client.ping();
        }),
      );
    });
  },

  /** Prepares for what is about to be published, by this process or another. */
  async expect({
    port,
    walk,
    publishes,
  }: {
    port: number;
    walk: TrieSearch;
    publishes: boolean;
  }): Promise<void> {
    due = timesOf(walk);
    missing = 0;
    for (const { from, count } of holders.values()) {
      for (let index = from; index < from + count; index++) missing += due[index] ?? 0;
    }
    await openPublisher(port);
    frames = publishes ? publishFrames(walk) : undefined;
  },

  /** Publishes what there is to publish, and resolves when all is in that must come in here. */
  async match(): Promise<Span> {
    return timed(
      () =>
        new Promise((resolve) => {
          onAll = resolve;
          if (frames !== undefined) publisher?.send(frames);
          if (missing === 0) resolve();
        }),
    );
  },

  /** Sees that nothing more comes than what was due. */
  async settle(): Promise<void> {
    await Promise.all([...holders.values()].map(({ client }) => client.ping()));
  },

  /** One connection takes back all its subscriptions. */
  async unsubscribe({ from }: { from: number }): Promise<Span> {
    const { client, count } = holder(from);
    const lines = unsubscribeLines(count);
    return timed(async () => {
      client.send(lines);
      await client.ping();
    });
  },

  /**
   * One connection goes; resolves to the seconds until the broker says of its first, middle and last subject that nobody
   * is there. It is asked again and again.
   */
  async leave({ port, from }: { port: number; from: number }): Promise<number> {
    const { client, count } = holder(from);
    const asker = await openPublisher(port);
    const subjects = [...new Set([0, count >> 1, count - 1])].map((n) => subjectOf(from + n));
    const requests = subjects.map((subject) => `PUB ${subject} ${GONE_INBOX} 0\r\n\r\n`).join('');
    const startedAt = now();
    client.close();
    holders.delete(from);
    for (;;) {
      unanswerable = 0;
      asker.send(requests);
      await asker.ping();
      if (unanswerable === subjects.length) return now() - startedAt;
    }
  },
};

export type SubscriptionsLoad = typeof duties;

serve(duties);

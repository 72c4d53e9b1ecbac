/** Load process of the latency probe: publishers that keep to a schedule, or subscribers that look at the clock. */
import { Client } from './client.js';
import { Template } from './frames.js';
import { countOf, dueAt, dueBy, type Schedule } from './schedule.js';
import { fail, now, type Span, serve, timed } from './serve.js';

const PAYLOAD_BYTES = 16;
/** The number of the message among all messages, and letters. */
const TEXT = '##########abcdef\r\n';

/** What publisher and subscriber of one pair say and hear, with the number of the message. */
export function templatesOf(pair: number) {
  const subject = `latency.${String(pair).padStart(3, '0')}`;
  return {
    subject,
    publish: new Template(`PUB ${subject} ${PAYLOAD_BYTES}\r\n${TEXT}`),
    delivered: new Template(`MSG ${subject} 1 ${PAYLOAD_BYTES}\r\n${TEXT}`),
  };
}

/** Publishers look at the clock so often, in milliseconds: timers of Node would be late by one. */
const NAP_MS = 0.05;
const neverWoken = new Int32Array(new SharedArrayBuffer(4));

/** Not a loop that only looks at the clock: that would take a core from the broker. */
function nap(): void {
  Atomics.wait(neverWoken, 0, 0, NAP_MS);
}

interface Publisher {
  readonly client: Client;
  readonly publish: Template;
  /** Number of its next message. */
  next: number;
}

const publishers: Publisher[] = [];
const clients: Client[] = [];
let schedule: Schedule = { rate: 1, count: 0, pairs: 1 };
let startAt = 0;
/** How late each message of this process was, in seconds: sent by publishers, or received by subscribers. */
let late = new Float64Array(0);
let taken = 0;
let missing = 0;
let onAll: () => void = () => {};

async function openSubscriber(port: number, pair: number): Promise<void> {
  const { subject, delivered } = templatesOf(pair);
  let next = pair;
  const client = await Client.open({
    port,
    says: `SUB ${subject} 1\r\n`,
    frameBytes: delivered.bytes.length,
    onFrame: (chunk, at) => {
      const elapsed = now() - startAt;
      if (next >= schedule.count) throw new Error(`${subject}: a message too many`);
      delivered.check(next, chunk, at);
      late[taken++] = elapsed - dueAt(schedule, next);
      next += schedule.pairs;
      if (--missing === 0) onAll();
    },
    onFailure: fail,
  });
  clients.push(client);
}

async function openPublisher(port: number, pair: number): Promise<void> {
  const client = await Client.open({ port, onFailure: fail });
  clients.push(client);
  publishers.push({ client, publish: templatesOf(pair).publish, next: pair });
}

/** All that is due by now; what one publisher is to send at once goes out in one write, as clients do it. */
function sendDue(due: number): void {
  for (const publisher of publishers) {
    const { client, publish } = publisher;
    let text = '';
    while (publisher.next < due) {
      text += publish.with(publisher.next).toString('latin1');
      late[taken++] = now() - startAt - dueAt(schedule, publisher.next);
      publisher.next += schedule.pairs;
    }
    if (text !== '') client.send(text);
  }
}

const duties = {
  /** Opens this process's publishers and subscribers, each by the number of its pair. */
  async open(job: {
    port: number;
    publishers: readonly number[];
    subscribers: readonly number[];
    schedule: Schedule;
  }) {
    ({ schedule } = job);
    const count = (pairs: readonly number[]): number =>
      pairs.reduce((sum, pair) => sum + countOf(schedule, pair), 0);
    missing = count(job.subscribers);
    late = new Float64Array(missing + count(job.publishers));
    for (const pair of job.subscribers) await openSubscriber(job.port, pair);
    for (const pair of job.publishers) await openPublisher(job.port, pair);
  },

  /**
   * Begins at the given time. Resolves when all is sent and has come in, to how late it was, in seconds after it was due;
   * in the order of time, but for publishers not of one another.
   */
  async run(job: { startAt: number }): Promise<Span & { late: Float64Array }> {
    ({ startAt } = job);
    const span = await timed(
      () =>
        new Promise((resolve) => {
          onAll = resolve;
          if (publishers.length === 0) return;
          const turn = (): void => {
            const due = dueBy(schedule, now() - startAt);
            sendDue(due);
            if (due < schedule.count && now() - startAt < dueAt(schedule, due)) nap();
            if (due < schedule.count) setImmediate(turn);
            else resolve();
          };
          turn();
        }),
    );
    return { ...span, late };
  },

  /** Sees that nothing more comes than what was due. */
  async settle(): Promise<void> {
    await Promise.all(clients.map((client) => client.ping()));
  },
};

export type LatencyLoad = typeof duties;

serve(duties);

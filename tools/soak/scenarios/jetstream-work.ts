/** 10n: what streams and consumers have to do is made to be as much as it can be; a healthy pair beside it must not notice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../client.js';
import { whole } from '../table.js';
import { measureAttacks } from './jetstream-attacks.js';
import { type Context, eventually, type Outcome, type Scenario } from './scenario.js';

const PATIENCE_MS = 120_000;
const MESSAGES = 200_000;
const CONSUMERS = 10_000;
/** Requests that are under way at a time. */
const AT_ONCE = 50;
const NS_PER_S = 1e9;
const LIMITS = { storage: 'memory', max_msgs: -1, max_msgs_per_subject: -1, allow_rollup_hdrs: true };
const FIRST_PLACES = 7;

/** A client that asks JetStream, and counts what it is sent beside the answers. */
class Asker {
  readonly client: Client;
  /** Messages that are no answers, and the reply subject of the last one. */
  delivered = 0;
  lastReply = '';
  private answers = 0;
  private asked = 0;

  private constructor(client: Client) {
    this.client = client;
  }

  static async open(port: number): Promise<Asker> {
    const asker = new Asker(await Client.open(port));
    asker.client.onMessage = (bytes, start, _end, frame) => asker.take(bytes, start, frame);
    await asker.client.subscribe('answers', 'answers');
    await asker.client.subscribe('inbox.*', 'inbox');
    return asker;
  }

  /** Publishes `count` messages without a payload, and waits until they are taken. */
  async publish(count: number, subjectOf: (n: number) => string): Promise<void> {
    let text = '';
    for (let n = 0; n < count; n++) {
      text += `PUB ${subjectOf(n)} 0\r\n\r\n`;
      if (text.length < 65_536 && n < count - 1) continue;
      if (!this.client.send(text)) await this.client.drained();
      text = '';
    }
    await this.client.ping();
  }

  /** Asks without waiting for the answer. */
  send(subject: string, body: object | string, reply = 'answers'): void {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    if (reply === 'answers') this.asked++;
    this.client.send(`PUB ${subject} ${reply} ${text.length}\r\n${text}\r\n`);
  }

  async api(route: string, body: object | string = ''): Promise<void> {
    this.send(`$JS.API.${route}`, body);
    await this.answered();
  }

  async answered(): Promise<void> {
    for (const until = Date.now() + PATIENCE_MS; this.answers < this.asked; await sleep(1))
      if (Date.now() > until) throw new Error(`${this.asked - this.answers} requests were not answered`);
  }

  stream(name: string, config: object = {}): Promise<void> {
    return this.api(`STREAM.CREATE.${name}`, { name, subjects: [`${name}.>`], ...LIMITS, ...config });
  }

  async consumers(stream: string, count: number, configOf: (n: number) => object): Promise<void> {
    for (let n = 0; n < count; n++) {
      const name = `c${n}`;
      const config = { name, ack_policy: 'explicit', inactive_threshold: 3_600 * NS_PER_S, ...configOf(n) };
      this.send(`$JS.API.CONSUMER.CREATE.${stream}.${name}`, { stream_name: stream, config });
      if (n % AT_ONCE === 0 || n === count - 1) await this.answered();
    }
  }

  private take(bytes: Buffer, start: number, frame: number): void {
    const [, , sid = '', reply = ''] = bytes.toString('latin1', frame, start).split(' ');
    if (sid === 'answers') this.answers++;
    else {
      this.delivered++;
      this.lastReply = reply;
    }
  }
}

/** One thing that streams and consumers are made to do. */
interface Work {
  readonly name: string;
  prepare(asker: Asker): Promise<void>;
  act(asker: Asker, port: number): Promise<unknown>;
}

/** Pattern `n` of 2^FIRST_PLACES: each token `a` or `*`, and one of its own at the end. */
function wide(n: number): string {
  const places = Array.from({ length: FIRST_PLACES }, (_, bit) => ((n >> bit) & 1 ? '*' : 'a'));
  return ['WIDE', ...places, n].join('.');
}

async function pullAll(asker: Asker, stream: string): Promise<void> {
  asker.delivered = 0;
  asker.send(`$JS.API.CONSUMER.MSG.NEXT.${stream}.c0`, { batch: MESSAGES }, 'inbox.all');
  if (!(await eventually(PATIENCE_MS, () => asker.delivered >= MESSAGES)))
    throw new Error(`${asker.delivered} of ${MESSAGES} messages came`);
}

const WORKS: readonly Work[] = [
  {
    name: `a pull by ${2 ** FIRST_PLACES} wildcard filters that match none of ${whole(MESSAGES)} messages`,
    async prepare(asker) {
      await asker.stream('WIDE');
      await asker.publish(MESSAGES, (n) => `WIDE.${'a.'.repeat(FIRST_PLACES)}none${n}`);
      await asker.consumers('WIDE', 1, () => ({
        filter_subjects: Array.from({ length: 2 ** FIRST_PLACES }, (_, n) => wide(n)),
      }));
    },
    async act(asker) {
      asker.send('$JS.API.CONSUMER.MSG.NEXT.WIDE.c0', '{"batch":1,"no_wait":true}', 'inbox.none');
      await sleep(3_000);
    },
  },
  {
    name: `a stream of ${whole(MESSAGES)} messages: a rollup of all`,
    async prepare(asker) {
      await asker.stream('ROLL');
      await asker.publish(MESSAGES, (n) => `ROLL.${n}`);
    },
    async act(_, port) {
      const headers = 'NATS/1.0\r\nNats-Rollup: all\r\n\r\n';
      const client = await Client.open(port);
      client.send('CONNECT {"verbose":false,"headers":true}\r\n');
      client.send(`HPUB ROLL.1 ${headers.length} ${headers.length}\r\n${headers}\r\n`);
      await client.ping();
      client.destroy();
      await sleep(2_000);
    },
  },
  {
    name: '… a limit of one message, and its end',
    prepare: (asker) => asker.publish(MESSAGES, (n) => `ROLL.${n}`),
    async act(asker) {
      await asker.api('STREAM.UPDATE.ROLL', { name: 'ROLL', subjects: ['ROLL.>'], ...LIMITS, max_msgs: 1 });
      await sleep(1_000);
      await asker.api('STREAM.DELETE.ROLL');
    },
  },
  {
    name: `${whole(CONSUMERS)} consumers: publishes that remove others, deletes, purges`,
    async prepare(asker) {
      await asker.stream('MANY', { max_msgs: 5_000 });
      await asker.consumers('MANY', CONSUMERS, () => ({}));
    },
    async act(asker) {
      await asker.publish(20_000, (n) => `MANY.${n % 10}`);
      for (let seq = 16_000; seq < 16_200; seq++) asker.send('$JS.API.STREAM.MSG.DELETE.MANY', { seq });
      await asker.api('STREAM.PURGE.MANY', { filter: 'MANY.1' });
      await asker.api('STREAM.PURGE.MANY', { keep: 10 });
      await asker.api('STREAM.DELETE.MANY');
    },
  },
  {
    name: `${whole(CONSUMERS / 10)} consumers that each acknowledge 10 messages kept by interest`,
    async prepare(asker) {
      await asker.stream('KEPT', { retention: 'interest' });
      await asker.consumers('KEPT', CONSUMERS / 10, () => ({ deliver_subject: 'inbox.kept' }));
    },
    async act(asker) {
      asker.delivered = 0;
      const take = asker.client.onMessage;
      let text = '';
      asker.client.onMessage = (...message) => {
        take(...message);
        text += `PUB ${asker.lastReply} 4\r\n+ACK\r\n`;
      };
      await asker.publish(10, (n) => `KEPT.${n}`);
      await eventually(PATIENCE_MS, () => asker.delivered >= CONSUMERS);
      asker.client.onMessage = take;
      asker.client.send(text);
      await sleep(2_000);
      await asker.api('STREAM.DELETE.KEPT');
    },
  },
  {
    name: `${whole(MESSAGES)} messages that wait to be acknowledged: one acknowledgement of all`,
    async prepare(asker) {
      await asker.stream('ACKS');
      await asker.publish(MESSAGES, () => 'ACKS.1');
      await asker.consumers('ACKS', 1, () => ({ ack_policy: 'all', max_ack_pending: -1 }));
      await pullAll(asker, 'ACKS');
    },
    async act(asker) {
      asker.client.send(`PUB ${asker.lastReply} 4\r\n+ACK\r\n`);
      await sleep(1_000);
      await asker.api('STREAM.DELETE.ACKS');
    },
  },
  {
    name: '… and all of them due at once',
    async prepare(asker) {
      await asker.stream('DUE');
      await asker.publish(MESSAGES, () => 'DUE.1');
      await asker.consumers('DUE', 1, () => ({ max_ack_pending: -1, ack_wait: 60 * NS_PER_S }));
      await pullAll(asker, 'DUE');
    },
    async act(asker) {
      await asker.consumers('DUE', 1, () => ({ max_ack_pending: -1, ack_wait: NS_PER_S }));
      await sleep(1_500);
      await pullAll(asker, 'DUE');
    },
  },
];

async function run(context: Context): Promise<Outcome> {
  let asker: Asker | undefined;
  try {
    return await measureAttacks(context, async (port) => {
      const opened = await Asker.open(port);
      asker = opened;
      return WORKS.map(({ name, prepare, act }) => ({
        name,
        prepare: () => prepare(opened),
        act: () => act(opened, port),
        end: () => undefined,
      }));
    });
  } finally {
    asker?.client.destroy();
  }
}

export const jetStreamWork: Scenario = { id: '10n', name: 'a storm of streams and consumers', run };

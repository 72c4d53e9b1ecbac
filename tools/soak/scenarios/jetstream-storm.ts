/** 10m: requests to the JetStream API that are made to cost much; a healthy pair beside them must not notice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../client.js';
import { type JetStreamAttack, measureAttacks } from './jetstream-attacks.js';
import type { Context, Outcome, Scenario } from './scenario.js';

const MAX_BODY = 1_000_000;
/** Time in which all requests of an attack must have their answers, in milliseconds. */
const PATIENCE_MS = 240_000;
const INBOX = '_INBOX.storm';

/** One kind of requests. */
interface Attack {
  readonly name: string;
  /** What is there before, which is measured as well. */
  readonly prepare?: (storm: Storm) => Promise<void>;
  readonly act: (storm: Storm) => Promise<void>;
}

/** A connection that asks without waiting for answers, and then waits for all of them. */
class Storm {
  private readonly client: Client;
  private asked = 0;
  private answered = 0;

  private constructor(client: Client) {
    this.client = client;
  }

  static async open(port: number): Promise<Storm> {
    const client = await Client.open(port);
    const storm = new Storm(client);
    client.onMessage = () => storm.answered++;
    await client.subscribe(INBOX);
    return storm;
  }

  async ask(route: string, body: object | string = ''): Promise<void> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    this.asked++;
    const frame = `PUB $JS.API.${route} ${INBOX} ${Buffer.byteLength(text)}\r\n${text}\r\n`;
    if (!this.client.send(frame)) await this.client.drained();
  }

  /** Resolves once every request has its answer. */
  async answers(): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (this.answered < this.asked) {
      if (this.client.ending !== undefined) throw new Error('the connection of the storm was ended');
      if (Date.now() > deadline) throw new Error(`${this.asked - this.answered} requests without an answer`);
      await sleep(20);
    }
  }

  async publish(subject: string): Promise<void> {
    if (!this.client.send(`PUB ${subject} 0\r\n\r\n`)) await this.client.drained();
  }

  destroy(): void {
    this.client.destroy();
  }
}

async function times(count: number, act: (n: number) => Promise<void>): Promise<void> {
  for (let n = 0; n < count; n++) await act(n);
}

const list = (count: number, of: (n: number) => string) => Array.from({ length: count }, (_, n) => of(n));
const stream = (name: string, config: object = {}) => ({ name, storage: 'memory', ...config });

function createStream(storm: Storm, name: string, config: object = {}): Promise<void> {
  return storm.ask(`STREAM.CREATE.${name}`, stream(name, config));
}

function createConsumer(storm: Storm, streamName: string, name: string, config: object = {}): Promise<void> {
  const given = { durable_name: name, ack_policy: 'explicit', ...config };
  return storm.ask(`CONSUMER.CREATE.${streamName}.${name}`, { stream_name: streamName, config: given });
}

/** Pattern `n` of 2^depth: each token `a` or `*`, and one of its own at the end. */
function pattern(n: number, depth: number): string {
  return `${Array.from({ length: depth }, (_, bit) => ((n >> bit) & 1 ? '*.' : 'a.')).join('')}${n}`;
}

/** A JSON object of about `MAX_BODY` bytes. */
function large(start: string, part: (n: number) => string, end: string): string {
  let text = start;
  for (let n = 0; text.length < MAX_BODY; n++) text += (n === 0 ? '' : ',') + part(n);
  return text + end;
}

const SUBJECTS = 300_000;

const ATTACKS: readonly Attack[] = [
  {
    name: '20 consumers with 10,000 filters each',
    prepare: (storm) => createStream(storm, 'FILTERS', { subjects: ['filters.>'] }),
    act: (storm) =>
      times(20, (n) =>
        createConsumer(storm, 'FILTERS', `c${n}`, { filter_subjects: list(10_000, (i) => `filters.${i}`) }),
      ),
  },
  {
    name: '20 streams with 10,000 subjects each, and 2,000 with one',
    act: async (storm) => {
      await times(20, (n) => createStream(storm, `S${n}`, { subjects: list(10_000, (i) => `s.${n}.${i}`) }));
      await times(2_000, (n) => createStream(storm, `ONE${n}`, { subjects: [`one.${n}`] }));
    },
  },
  {
    name: 'subjects and filters that are {a,*}^13 and one more token',
    act: async (storm) => {
      const subjects = list(8_192, (n) => pattern(n, 13));
      await times(5, (n) =>
        createStream(storm, `P${n}`, { subjects: subjects.map((each) => `${each}.${n}`) }),
      );
      await times(5, (n) => createConsumer(storm, 'FILTERS', `p${n}`, { filter_subjects: subjects }));
    },
  },
  {
    name: '50 bodies of 1 MB: names, shapes and depths',
    act: (storm) =>
      times(50, (n) => {
        const body = [
          large('{"name":"J",', (i) => `"k${i}":1`, '}'),
          large('{"name":"J","x":[', (i) => `{"k${i}":1}`, ']}'),
          large('{"name":"J","metadata":{', (i) => `"k${i}":""`, '}}'),
          large('{"name":"J","subjects":[', (i) => `"j.${i}"`, ']}'),
          `{"name":"J","x":${'['.repeat(MAX_BODY / 2)}${']'.repeat(MAX_BODY / 2)}}`,
        ][n % 5];
        return storm.ask('STREAM.CREATE.J', body);
      }),
  },
  {
    name: '200 pages of 256 streams, and 5,000 requests behind them',
    act: async (storm) => {
      await times(200, () => storm.ask('STREAM.LIST'));
      await times(200, () => storm.ask('STREAM.NAMES', { subject: '*.1' }));
      await times(5_000, () => storm.ask('INFO'));
    },
  },
  {
    name: `20 requests for ${SUBJECTS.toLocaleString('en')} subjects, and 200 direct gets among them`,
    prepare: async (storm) => {
      await createStream(storm, 'KEYS', { subjects: ['keys.>'], allow_direct: true });
      await storm.answers();
      await times(SUBJECTS, (n) => storm.publish(`keys.${(n * 7_919) % SUBJECTS}`));
    },
    act: async (storm) => {
      await times(20, () => storm.ask('STREAM.INFO.KEYS', { subjects_filter: '>' }));
      await times(200, () => storm.ask('DIRECT.GET.KEYS', { last_by_subj: 'keys.*' }));
    },
  },
  {
    name: '10,000 consumers of one stream: made, listed, deleted with it',
    prepare: async (storm) => {
      await createStream(storm, 'MANY', { retention: 'workqueue' });
      for (let n = 0; n < 10_000; n += 1_000) {
        await times(1_000, (i) =>
          createConsumer(storm, 'MANY', `c${n + i}`, { filter_subject: `m.${n + i}` }),
        );
        await storm.answers();
      }
    },
    act: async (storm) => {
      await times(200, () => storm.ask('CONSUMER.NAMES.MANY'));
      await times(50, () => storm.ask('CONSUMER.LIST.MANY'));
      await storm.ask('STREAM.DELETE.MANY');
    },
  },
];

/** What is there before is measured as well. */
async function attackOn(port: number, { name, prepare, act }: Attack): Promise<JetStreamAttack> {
  const storm = await Storm.open(port);
  return {
    name,
    prepare: async () => undefined,
    act: async () => {
      await prepare?.(storm);
      await act(storm);
      await storm.answers();
    },
    end: () => storm.destroy(),
  };
}

function run(context: Context): Promise<Outcome> {
  return measureAttacks(context, (port) => Promise.all(ATTACKS.map((attack) => attackOn(port, attack))));
}

export const jetStreamStorm: Scenario = { id: '10m', name: 'a storm of requests to the JetStream API', run };

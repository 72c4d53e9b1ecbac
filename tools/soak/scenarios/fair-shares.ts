/** 10: one client does as much work as it can cause; a healthy pair beside it must not notice. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningBroker } from '../broker.js';
import { Client } from '../client.js';
import { Inspector } from '../inspector.js';
import { whole } from '../table.js';
import { DelayProbe } from './delay-probe.js';
import { type Context, eventually, Outcome, type Scenario, withBroker } from './scenario.js';

/** Longest that a message of the pair, and a turn of the broker's event loop, may take, in milliseconds. */
const MOST_MS = 100;
const WATCH_MS = 5_000;
const MILLION = 1_000_000;

/** One thing that a client does. */
interface Attack {
  readonly id: string;
  readonly name: string;
  readonly options?: string;
  readonly prepare?: (client: Client, broker: RunningBroker) => Promise<void>;
  /** Whether what `prepare` costs others is measured, too. Default true. */
  readonly measuresPreparation?: false;
  act(client: Client, broker: RunningBroker): Promise<void> | void;
}

async function each(client: Client, count: number, lineOf: (n: number) => string): Promise<void> {
  let text = '';
  for (let n = 0; n < count; n++) {
    text += lineOf(n);
    if (text.length < 512 * 1024 && n < count - 1) continue;
    if (!client.send(text)) await client.drained();
    text = '';
  }
}

/** Pattern `n` of 2^depth: each token `a` or `*`, and `z` at the end. */
function pattern(n: number, depth: number): string {
  return `${Array.from({ length: depth }, (_, bit) => ((n >> bit) & 1 ? '*.' : 'a.')).join('')}z`;
}

const publish = (client: Client, subject: string, count: number) =>
  client.send(`PUB ${subject} 0\r\n\r\n`.repeat(count));
const DEPTH = 17;

const ATTACKS: readonly Attack[] = [
  {
    id: '10a',
    name: 'a million own subscriptions without echo',
    options: '{"verbose":false,"echo":false}',
    prepare: (client) => each(client, MILLION, (n) => `SUB a ${n + 1}\r\n`),
    act: (client) => void publish(client, 'a', 20_000),
  },
  {
    id: '10b',
    name: 'a queue group of 300,000 own members without echo',
    options: '{"verbose":false,"echo":false}',
    prepare: (client) => each(client, 300_000, (n) => `SUB a q ${n + 1}\r\n`),
    act: (client) => void publish(client, 'a', 20_000),
  },
  {
    id: '10c',
    name: 'messages that each match a million own subscriptions',
    prepare: (client) => each(client, MILLION, (n) => `SUB a ${n + 1}\r\n`),
    act: (client) => void publish(client, 'a', 20),
  },
  {
    id: '10d',
    name: `subscriptions to all {a,*}^${DEPTH}.z, and messages that match none`,
    prepare: (client) => each(client, 2 ** DEPTH, (n) => `SUB ${pattern(n, DEPTH)} ${n + 1}\r\n`),
    act: (client) => each(client, 1_000, (n) => `PUB ${'a.'.repeat(DEPTH)}${n} 0\r\n\r\n`),
  },
  {
    id: '10e',
    name: 'the same, and messages that match all',
    prepare: (client) => each(client, 2 ** DEPTH, (n) => `SUB ${pattern(n, DEPTH)} ${n + 1}\r\n`),
    act: (client) => void publish(client, pattern(0, DEPTH), 50),
  },
  {
    id: '10f',
    name: 'a storm of SUB and UNSUB',
    act: (client) => each(client, MILLION, (n) => `SUB s.${n % 1_000}.*.${n} ${n}\r\nUNSUB ${n}\r\n`),
  },
  {
    id: '10g',
    name: 'the end of a connection with a million subscriptions',
    prepare: (client) => each(client, MILLION, (n) => `SUB some.subject.${n} ${n + 1}\r\n`),
    act: async (client, broker) => {
      client.reset();
      await eventually(20_000, async () => (await broker.figure('/varz', 'subscriptions')) <= 1);
    },
  },
  {
    id: '10h',
    name: '200 SIGHUPs beside 3,000 connections',
    measuresPreparation: false,
    prepare: async (_, broker) => {
      for (let n = 0; n < 3_000; n += 100)
        await Promise.all(Array.from({ length: 100 }, () => Client.open(broker.port)));
    },
    act: async (_, broker) => {
      for (let n = 0; n < 200; n++) {
        process.kill(broker.pid, 'SIGHUP');
        await sleep(5);
      }
    },
  },
];

function scenarioOf({ id, name, options, prepare, measuresPreparation, act }: Attack): Scenario {
  const run = async (context: Context): Promise<Outcome> => {
    const inspector = new Inspector();
    return withBroker(context, { toml: '[log]\nlevel = "error"\n', env: inspector.env }, async (broker) => {
      const outcome = new Outcome();
      const probe = await DelayProbe.start(broker);
      const client = await Client.open(broker.port);
      if (options !== undefined) client.send(`CONNECT ${options}\r\n`);
      const settle = async (): Promise<void> => {
        await inspector.look(); // which costs a collection
        await sleep(1_000);
        await inspector.look();
        await sleep(500);
        await probe.look();
      };
      const measure = async (what: string): Promise<void> => {
        const { worstMs } = await probe.look();
        const { loopDelayMs } = await inspector.look();
        outcome.check(`${what}: worst delay of the pair, ms`, whole(worstMs), worstMs <= MOST_MS);
        outcome.check('… of the event loop, ms', whole(loopDelayMs), loopDelayMs <= MOST_MS);
      };
      await settle();
      if (prepare !== undefined) {
        await prepare(client, broker);
        await client.ping();
        if (measuresPreparation !== false) await measure('as it prepares');
        await settle();
      }
      await act(client, broker);
      await sleep(WATCH_MS);
      await measure('as it acts');
      const { sent, received } = await probe.stop();
      outcome.check('messages of the pair that were lost', sent - received, sent === received);
      client.destroy();
      return outcome;
    });
  };
  return { id, name, run };
}

export const fairShares: readonly Scenario[] = ATTACKS.map(scenarioOf);

/** 12: requests to the monitor that take as much as they can, with thousands of connections and a million subscriptions. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../client.js';
import { type Reading, readInThread } from '../http-readers.js';
import { Inspector } from '../inspector.js';
import { mib, whole } from '../table.js';
import { Pair } from './pair.js';
import { type Context, Outcome, type Scenario, withBroker } from './scenario.js';

const CONNECTIONS = 3_000;
const SUBSCRIPTIONS = 1_000_000;
const BATCH = 20_000;
const WATCH_MS = 5_000;
/** What no client may cost a healthy pair, in milliseconds, or beyond its pauses where the machine has other work. */
const MOST_MS = 100;
const MOST_BEYOND_MS = 50;
const TOLERANCE_BYTES = 4 * 2 ** 20;

const SORTS = ['cid', 'subs', 'pending', 'msgs_to', 'bytes_from', 'last', 'idle', 'uptime', 'rtt'];
const ALL: Pick<Reading, 'reads' | 'ms'> = { reads: 'all', ms: WATCH_MS };

const ATTACKS: readonly (Reading & { readonly what: string })[] = [
  {
    what: '200 × /connz?limit=100000&subs=detail pipelined',
    ...{ ...ALL, paths: ['/connz?limit=100000&subs=detail'], connections: 1, pipelined: 200 },
  },
  {
    what: '1,000 × /connz?limit=1&sort=bytes_to pipelined',
    ...{ ...ALL, paths: ['/connz?limit=1&sort=bytes_to'], connections: 1, pipelined: 1_000 },
  },
  {
    what: '10,000 × /connz of different sorts and pages, on 100 connections',
    paths: SORTS.flatMap((sort) =>
      [0, 1_000].map((offset) => `/connz?limit=10&sort=${sort}&offset=${offset}`),
    ),
    ...{ ...ALL, connections: 100, pipelined: 100 },
  },
  {
    what: '3,000 × /varz, /accstatz and /subsz pipelined',
    ...{ ...ALL, paths: ['/varz', '/accstatz', '/subsz'], connections: 1, pipelined: 3_000 },
  },
  {
    what: 'all subscriptions, on 100 connections, none of which reads',
    paths: ['/subsz?subs=1&limit=1000000', '/connz?limit=100000&subs=detail'],
    ...{ connections: 100, pipelined: 10, reads: 'nothing', ms: WATCH_MS },
  },
  {
    what: 'all subscriptions, on 100 connections that read a byte a second',
    paths: ['/subsz?subs=1&limit=1000000', '/connz?limit=100000&subs=1'],
    ...{ connections: 100, pipelined: 10, reads: 'a byte a second', ms: WATCH_MS },
  },
];

/** Connections with a subscription each. */
async function range(port: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let i = 0; i < CONNECTIONS; i++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.resume().write(`CONNECT {"verbose":false}\r\nSUB crowd.${i} 1\r\n`);
    sockets.push(socket);
    if (i % 100 === 0) await once(socket, 'data');
  }
  return sockets;
}

async function run(context: Context): Promise<Outcome> {
  const inspector = new Inspector();
  return withBroker(context, context.peer === undefined ? { env: inspector.env } : {}, async (broker) => {
    const outcome = new Outcome();
    const sockets = await range(broker.port);
    const many = await Client.open(broker.port);
    for (let start = 0; start < SUBSCRIPTIONS; start += BATCH) {
      let text = '';
      for (let i = start; i < start + BATCH; i++) text += `SUB many.${i % 1_000}.${i} ${i + 1}\r\n`;
      many.send(text);
      await many.ping();
    }
    outcome.note('connections, subscriptions', `${whole(CONNECTIONS)}, ${whole(SUBSCRIPTIONS)}`);
    const pair = await Pair.start(broker);
    const usedBefore = context.peer === undefined ? (await inspector.look()).usedBytes : 0;
    await sleep(1_000);
    pair.consumer.watch();
    await sleep(WATCH_MS);
    const idleMs = Math.round(pair.consumer.longestGapMs);
    const mostMs = Math.max(MOST_MS, idleMs + MOST_BEYOND_MS);
    outcome.note('longest pause of a healthy pair without requests, ms', idleMs);
    for (const [i, { what, ...reading }] of ATTACKS.entries()) {
      const key = 'abcdef'.charAt(i);
      pair.consumer.watch();
      const { bytes, answers, refused } = await readInThread(broker.monitorPort, reading);
      const pauseMs = Math.round(pair.consumer.longestGapMs);
      outcome.note(
        `${key}: ${what}`,
        `${whole(answers)} answers, ${whole(refused)} of them 503, ${mib(bytes)}`,
      );
      outcome.check(`… ${key}: longest pause of a healthy pair, ms`, pauseMs, pauseMs <= mostMs);
      outcome.note(`… ${key}: resident memory`, mib(broker.residentBytes));
      await sleep(500);
    }
    await sleep(1_500); // what requests within a second share is kept for that long
    if (context.peer === undefined) {
      const grown = (await inspector.look()).usedBytes - usedBefore;
      outcome.check('memory in use afterwards, more than before', mib(grown), grown <= TOLERANCE_BYTES);
    }
    await pair.judge(outcome);
    for (const socket of sockets) socket.destroy();
    many.destroy();
    return outcome;
  });
}

export const monitor: Scenario = {
  id: '12',
  name: 'requests to the monitor',
  comparable: true,
  run,
};

/** 4: ten thousand connections at a time, half of them cut anywhere; afterwards everything is where it was. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../diff/random.js';
import type { RunningBroker } from '../broker.js';
import { Inspector, resourcesText } from '../inspector.js';
import { HALVES } from '../load/fault-injectors.js';
import { mib, whole } from '../table.js';
import { type Context, eventually, Outcome, type Scenario, withBroker } from './scenario.js';

const CONNECTIONS = 10_000;
const ROUNDS = 3;
/** Connections that are being made at a time. */
const AT_ONCE = 400;
/** Addresses that they come from, as the ports of one would run out. */
const HOSTS = 8;
/** What memory in use may differ by from one round to the next: compiled code, tables that have grown. */
const TOLERANCE_BYTES = 3 * 2 ** 20;

interface Counts {
  readonly connections: number;
  readonly subscriptions: number;
  readonly openFiles: number;
}

async function countsOf(broker: RunningBroker): Promise<Counts> {
  const varz = (await broker.ask('/varz')) as { connections?: number; subscriptions?: number };
  const { num_connections } = (await broker.ask('/connz?limit=1')) as { num_connections?: number };
  return {
    connections: Math.max(varz.connections ?? -1, num_connections ?? -1),
    subscriptions: varz.subscriptions ?? -1,
    openFiles: broker.openFiles,
  };
}

/** One that stays until it is let go; undefined for one that was cut. Never rejects. */
function visit(port: number, index: number, random: Random): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const cuts = random.chance(0.5);
    const socket = connect({ host: '127.0.0.1', port, localAddress: `127.0.0.${2 + (index % HOSTS)}` });
    let text = '';
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(undefined));
    socket.once('connect', () => {
      if (!cuts) {
        socket.write(`CONNECT {"verbose":false}\r\nSUB storm.${index} 1\r\nSUB storm.*.x 2\r\nPING\r\n`);
        return;
      }
      socket.write(random.pick(HALVES), () => {
        if (random.chance(0.5)) socket.resetAndDestroy();
        else socket.end();
      });
    });
    socket.on('data', (chunk) => {
      if (cuts) return;
      text = (text + chunk.toString('latin1')).slice(-8);
      if (text.includes('PONG\r\n')) resolve(socket);
    });
  });
}

/** One round; how many stood at its height. */
async function round(broker: RunningBroker, random: Random): Promise<number> {
  const standing: Socket[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < CONNECTIONS) {
      const socket = await visit(broker.port, next++, random);
      if (socket !== undefined) standing.push(socket);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const { connections } = await countsOf(broker);
  for (const [i, socket] of standing.entries()) {
    if (i % 2 === 0) socket.end();
    else socket.resetAndDestroy();
  }
  return Math.min(connections, standing.length);
}

async function run(context: Context): Promise<Outcome> {
  const inspector = new Inspector();
  const { env } = inspector;
  return withBroker(context, { toml: '[log]\nlevel = "error"\n', env }, async (broker) => {
    const outcome = new Outcome();
    const random = new Random(context.seed);
    await countsOf(broker);
    await sleep(1_000);
    const before = await countsOf(broker);
    const resources = resourcesText(await inspector.look());
    outcome.note('before: connections, subscriptions, open files', textOf(before));
    outcome.note('… handles and timers', resources);
    const used: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const stood = await round(broker, random);
      const back = await eventually(30_000, async () => {
        const { connections, subscriptions, openFiles } = await countsOf(broker);
        return (
          connections === before.connections &&
          subscriptions === before.subscriptions &&
          openFiles <= before.openFiles
        );
      });
      await sleep(6_000); // for what is kept of closed connections for a while
      const now = await inspector.look();
      used.push(now.usedBytes);
      outcome.note(
        `round ${i + 1}: connections made, and standing at its height`,
        `${whole(CONNECTIONS)}, ${whole(stood)}`,
      );
      outcome.check(
        '… afterwards: connections, subscriptions, open files',
        textOf(await countsOf(broker)),
        back,
      );
      outcome.check('… handles and timers', resourcesText(now), resourcesText(now) === resources);
      outcome.note(
        '… memory in use after a collection; resident',
        `${mib(now.usedBytes)}; ${mib(broker.residentBytes)}`,
      );
    }
    const grown = used[ROUNDS - 1]! - used[0]!;
    outcome.check('memory in use, third round against first', mib(grown), grown <= TOLERANCE_BYTES);
    const exit = await broker.stop();
    outcome.check('exit code at SIGTERM', exit, exit === '0');
    return outcome;
  });
}

function textOf({ connections, subscriptions, openFiles }: Counts): string {
  return `${connections}, ${subscriptions}, ${openFiles}`;
}

export const storm: Scenario = { id: '4', name: 'storms of 10,000 connections, half of them cut', run };

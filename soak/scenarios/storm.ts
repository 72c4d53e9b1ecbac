/** 4: ten thousand connections at a time, half of them cut anywhere; afterwards everything is where it was. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../diff/random.js';
import type { RunningBroker } from '../broker.js';
import { HALVES } from '../load/vandals.js';
import { mib, whole } from '../table.js';
import { type Context, eventually, Outcome, type Scenario, withBroker } from './scenario.js';

const CONNECTIONS = 10_000;
const ROUNDS = 3;
/** Connections that are being made at a time. */
const AT_ONCE = 400;
/** Addresses that they come from, as the ports of one would run out. */
const HOSTS = 8;
/** What memory may differ by from one round to the next: what the collector has not got round to. */
const TOLERANCE_BYTES = 32 * 2 ** 20;

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
  return withBroker(context, { toml: '[log]\nlevel = "error"\n' }, async (broker) => {
    const outcome = new Outcome();
    const random = new Random(context.seed);
    await countsOf(broker);
    await sleep(1_000);
    const before = await countsOf(broker);
    const memory: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const stood = await round(broker, random);
      let now = before;
      const back = await eventually(30_000, async () => {
        now = await countsOf(broker);
        return now.connections === before.connections && now.subscriptions === before.subscriptions;
      });
      await eventually(5_000, () => broker.openFiles <= before.openFiles);
      await sleep(8_000);
      now = await countsOf(broker);
      memory.push(broker.residentBytes);
      outcome.note(
        `round ${i + 1}: connections made, and standing at its height`,
        `${whole(CONNECTIONS)}, ${whole(stood)}`,
      );
      const text = `${now.connections}, ${now.subscriptions}, ${now.openFiles}`;
      const same = back && now.openFiles <= before.openFiles;
      outcome.check('… connections, subscriptions, open files afterwards', text, same);
      outcome.note('… memory', mib(broker.residentBytes));
    }
    outcome.note(
      'connections, subscriptions, open files before',
      `${before.connections}, ${before.subscriptions}, ${before.openFiles}`,
    );
    const grown = memory[ROUNDS - 1]! - memory[0]!;
    outcome.check('memory, third round against first', mib(grown), grown <= TOLERANCE_BYTES);
    const exit = await broker.stop();
    outcome.check('exit code at SIGTERM: no handle or timer keeps it', exit, exit === '0');
    return outcome;
  });
}

export const storm: Scenario = { id: '4', name: 'storms of 10,000 connections, half of them cut', run };

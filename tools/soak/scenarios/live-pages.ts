/** 18: live pages beside load: what ten of them take of the processor, and of the line. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds } from '../../bench/procfs.js';
import { median } from '../../bench/stats.js';
import type { RunningBroker } from '../broker.js';
import { Client } from '../client.js';
import { whole } from '../table.js';
import { type Context, Outcome, type Scenario, withBroker } from './scenario.js';

const CONNECTIONS = 1_000;
const SUBJECTS = 1_000;
const PER_SECOND = 100_000;
const TICK_MS = 10;
/** For a page that has been opened, and its first picture. */
const SETTLE_MS = 2_000;
const MEASURE_MS = 6_000;
const ROUNDS = 5;
const PAGES = [0, 1, 10] as const;
/** Most that pages may take of the broker's thread, and what two measurements of the same differ by. */
const MOST_CORES = 0.05;
const NOISE_CORES = 0.03;

/** Live pages as far as the broker sees them: streams of events that are read. */
class Pages {
  bytes = 0;
  private readonly streams: AbortController[] = [];

  async open({ monitorPort }: RunningBroker, count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      const aborting = new AbortController();
      this.streams.push(aborting);
      const { signal } = aborting;
      const answer = await fetch(`http://127.0.0.1:${monitorPort}/live/events`, { signal });
      if (!answer.ok || answer.body === null) throw new Error(`page ${n}: ${answer.status}`);
      void this.read(answer.body);
    }
  }

  close(): void {
    for (const stream of this.streams.splice(0)) stream.abort();
  }

  private async read(body: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const { length } of body) this.bytes += length;
    } catch {
      // closed
    }
  }
}

/** Publishes on all subjects in turn, at a pace. */
class Paced {
  /** Messages a second; 0: none. */
  perSecond = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(client: Client) {
    const frames = Array.from({ length: SUBJECTS }, (_, n) => `PUB load.${n} 16\r\n0123456789abcdef\r\n`);
    const block = Buffer.from(frames.join(''));
    let due = 0;
    let last = performance.now();
    this.timer = setInterval(() => {
      const now = performance.now();
      due = Math.min(due + ((now - last) * this.perSecond) / 1_000, this.perSecond);
      last = now;
      for (; due >= SUBJECTS; due -= SUBJECTS) client.send(block);
    }, TICK_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}

interface Sample {
  /** Of the processor, in cores. */
  readonly cores: number;
  readonly bytesPerPage: number;
}

async function sample(broker: RunningBroker, count: number): Promise<Sample> {
  const pages = new Pages();
  await pages.open(broker, count);
  await sleep(SETTLE_MS);
  const [cpu, bytes, from] = [cpuSeconds(broker.pid) ?? 0, pages.bytes, performance.now()];
  await sleep(MEASURE_MS);
  const elapsed = (performance.now() - from) / 1_000;
  const cores = ((cpuSeconds(broker.pid) ?? 0) - cpu) / elapsed;
  const bytesPerPage = count === 0 ? 0 : (pages.bytes - bytes) / elapsed / count;
  pages.close();
  return { cores, bytesPerPage };
}

/** Connections that do nothing. */
async function idle(port: number): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  for (let n = 0; n < CONNECTIONS; n++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      if (chunk.toString('latin1').endsWith('PING\r\n')) socket.write('PONG\r\n');
    });
    socket.write(`CONNECT {"verbose":false}\r\nSUB idle.${n} 1\r\n`);
    sockets.push(socket);
    if (n % 100 === 0) await once(socket, 'data');
  }
  return sockets;
}

async function run(context: Context): Promise<Outcome> {
  return withBroker(context, {}, async (broker) => {
    const outcome = new Outcome();
    const sockets = await idle(broker.port);
    const publisher = await Client.open(broker.port);
    const load = new Paced(publisher);
    outcome.note('connections, subjects', `${whole(CONNECTIONS)}, ${whole(SUBJECTS)}`);
    for (const perSecond of [PER_SECOND, 0]) {
      load.perSecond = perSecond;
      const samples = new Map<number, Sample[]>(PAGES.map((count) => [count, []]));
      await sample(broker, 1);
      for (let round = 0; round < ROUNDS; round++)
        for (const count of PAGES) samples.get(count)?.push(await sample(broker, count));
      const coresOf = (count: number): readonly number[] =>
        (samples.get(count) ?? []).map(({ cores }) => cores);
      const without = coresOf(0);
      const what = perSecond === 0 ? 'without messages' : `${whole(perSecond)} messages/s`;
      outcome.note(`${what}, no page: cores`, (median(without) ?? 0).toFixed(3));
      for (const count of PAGES.slice(1)) {
        const more = median(coresOf(count).map((cores, n) => cores - (without[n] ?? 0))) ?? 0;
        const bytes = median((samples.get(count) ?? []).map(({ bytesPerPage }) => bytesPerPage)) ?? 0;
        const pages = count === 1 ? '1 page' : `${count} pages`;
        outcome.check(`… ${pages}: more cores`, more.toFixed(3), more <= MOST_CORES + NOISE_CORES);
        outcome.note(`… ${pages}: KiB a second to each`, (bytes / 1_024).toFixed(1));
      }
    }
    load.stop();
    publisher.destroy();
    for (const socket of sockets) socket.destroy();
    return outcome;
  });
}

export const livePages: Scenario = { id: '18', name: 'ten live pages', run };

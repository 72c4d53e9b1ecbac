/** 17: what WebSockets take, compressed and not: memory of each connection, CPU time of each message; then all are gone. */
import { cpuSeconds } from '../../bench/procfs.js';
import type { RunningBroker } from '../broker.js';
import { Client } from '../client.js';
import { type Insides, Inspector } from '../inspector.js';
import { mib, whole } from '../table.js';
import { type Context, eventually, Outcome, type Scenario, withBroker } from './scenario.js';

const CLIENTS = 200;
const MESSAGES = 500;
/** How much heap and external memory may differ by once all are gone. */
const TOLERANCE_BYTES = 4 * 2 ** 20;
const KINDS = { plain: false, compressed: true } as const;

/** What one kind of connections took. */
interface Cost {
  /** Heap and external memory of a connection that has sent and received nothing but its greeting. */
  readonly idleBytes: number;
  /** … once it has received all messages. */
  readonly usedBytes: number;
  /** Resident memory of the process for each then: what zlib takes is in none of the others. */
  readonly residentBytes: number;
  /** CPU time of the broker for a message to one client, in microseconds. */
  readonly cpuMicros: number;
  /** Bytes over TCP for such a message. */
  readonly wireBytes: number;
}

/** Text such as programs send: 1 KiB of JSON, never the same. */
function payload(n: number): Buffer {
  const rows = Array.from({ length: 12 }, (_, i) => ({
    id: n * 12 + i,
    sensor: `hall-${(n * 7 + i) % 24}`,
    temperature: ((n * 37 + i * 11) % 400) / 10,
    state: 'ok',
  }));
  return Buffer.from(JSON.stringify(rows).padEnd(1_024, ' ').slice(0, 1_024));
}

function takenBytes({ heapBytes, externalBytes }: Insides): number {
  return heapBytes + externalBytes;
}

/** 200 come, receive every message, and go. */
async function visit(broker: RunningBroker, inspector: Inspector, compression: boolean): Promise<Cost> {
  const before = await inspector.look();
  const residentBefore = broker.residentBytes;
  let received = 0;
  const clients: Client[] = [];
  for (let n = 0; n < CLIENTS; n++) {
    const client = await Client.open(broker.websocketPort, { websocket: { compression } });
    client.onMessage = () => void received++;
    await client.subscribe('compressed');
    clients.push(client);
  }
  const idle = await inspector.look();
  const publisher = await Client.open(broker.port);
  const [cpuBefore, wireBefore] = [cpuSeconds(broker.pid) ?? 0, wireBytes(clients)];
  for (let n = 0; n < MESSAGES; n++) {
    publisher.publish('compressed', payload(n));
    await publisher.ping(); // one by one, each a message of a WebSocket
  }
  const due = MESSAGES * CLIENTS;
  if (!(await eventually(60_000, () => received >= due))) throw new Error(`${received} of ${due} came`);
  const cpuMicros = (((cpuSeconds(broker.pid) ?? 0) - cpuBefore) / due) * 1e6;
  const wire = (wireBytes(clients) - wireBefore) / due;
  publisher.destroy();
  const used = await inspector.look();
  const residentUsed = broker.residentBytes;
  for (const client of clients) client.destroy();
  return {
    idleBytes: (takenBytes(idle) - takenBytes(before)) / CLIENTS,
    usedBytes: (takenBytes(used) - takenBytes(before)) / CLIENTS,
    residentBytes: (residentUsed - residentBefore) / CLIENTS,
    cpuMicros,
    wireBytes: wire,
  };
}

function wireBytes(clients: readonly Client[]): number {
  return clients.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
}

async function run(context: Context): Promise<Outcome> {
  const inspector = new Inspector();
  const { env } = inspector;
  return withBroker(context, { websocket: true, env }, async (broker) => {
    const outcome = new Outcome();
    const gone = () => eventually(30_000, async () => (await broker.figure('/varz', 'connections')) === 0);
    // What is loaded, compiled and kept for good comes with the first ones.
    for (const kind of Object.values(KINDS)) await visit(broker, inspector, kind);
    await gone();
    const before = await inspector.look();
    for (const [kind, compression] of Object.entries(KINDS)) {
      const cost = await visit(broker, inspector, compression);
      outcome.note(`${kind}: heap and external memory of a connection, idle`, kib(cost.idleBytes));
      outcome.note(`… after ${whole(MESSAGES)} messages of 1 KiB`, kib(cost.usedBytes));
      outcome.note('… resident memory of a connection then', kib(cost.residentBytes));
      outcome.note('… CPU time of the broker for a message', `${cost.cpuMicros.toFixed(1)} µs`);
      outcome.note('… bytes over TCP for a message', whole(cost.wireBytes));
      outcome.check('… all closed', `${CLIENTS}`, await gone());
    }
    const after = await inspector.look();
    outcome.note(
      'heap after a collection, before and after',
      `${mib(before.heapBytes)}, ${mib(after.heapBytes)}`,
    );
    const external = `${mib(before.externalBytes)}, ${mib(after.externalBytes)}`;
    outcome.note('external memory, before and after', external);
    for (const key of ['heapBytes', 'externalBytes'] as const) {
      const grown = after[key] - before[key];
      outcome.check(
        `${key === 'heapBytes' ? 'heap' : 'external memory'}, grown by`,
        mib(grown),
        grown <= TOLERANCE_BYTES,
      );
    }
    outcome.note('resident memory, at the end', mib(broker.residentBytes));
    return outcome;
  });
}

function kib(bytes: number): string {
  return `${(bytes / 1_024).toFixed(1)} KiB`;
}

export const websocketMemory: Scenario = {
  id: '17',
  name: '200 WebSocket clients, compressed and not, come and go',
  run,
};

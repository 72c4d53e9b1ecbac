/**
 * `node build/bench/idle.js [connections]`: what idle connections cost a broker in resident memory. Prints a line per
 * dialect and ends with 1 where a connection costs more than {@link MOST_BYTES}. Not a measurement of time.
 *
 * The broker and this process each need as many open files as there are connections.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningBroker, sluice, start } from './brokers.js';
import type { Dialect } from './cells.js';
import { tidyUpOnExit } from './processes.js';

/** Bytes of resident memory that an idle connection may cost, the kernel's own not counted. */
const MOST_BYTES = 32 * 1024;
const DEFAULT_CONNECTIONS = 10_000;
/** Connections that are opened at a time. */
const AT_A_TIME = 250;
/** Time for the broker to be done with what it was asked, in milliseconds. */
const REST_MS = 2_000;

/** What a client says, and what it waits for to be sure that it has been heard. */
const INTRODUCTIONS: Readonly<Record<Dialect, { readonly says: string; readonly hears: string }>> = {
  nats: { says: 'CONNECT {"verbose":false,"pedantic":false}\r\nSUB idle 1\r\nPING\r\n', hears: 'PONG\r\n' },
  line: { says: 'SUB idle\nPING\n', hears: 'PONG\n' },
};

/** Resident memory of a process, in bytes; undefined where the platform does not say. */
function residentBytes(pid: number): number | undefined {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined;
  }
}

/** A client that has been heard, and says nothing any more. */
async function introduced(port: number, dialect: Dialect): Promise<Socket> {
  const { says, hears } = INTRODUCTIONS[dialect];
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  socket.write(says);
  for (let heard = ''; !heard.endsWith(hears); ) heard += String((await once(socket, 'data'))[0]);
  return socket.on('error', () => {}).resume();
}

async function cost(
  { pid, ports }: RunningBroker,
  dialect: Dialect,
  count: number,
): Promise<number | undefined> {
  const sockets: Socket[] = [];
  const open = async (many: number): Promise<void> => {
    const port = ports[dialect];
    sockets.push(...(await Promise.all(Array.from({ length: many }, () => introduced(port, dialect)))));
  };
  await open(AT_A_TIME); // what is compiled and loaded once is not theirs
  await sleep(REST_MS);
  const before = residentBytes(pid);
  for (let left = count; left > 0; left -= AT_A_TIME) await open(Math.min(left, AT_A_TIME));
  await sleep(REST_MS);
  const after = residentBytes(pid);
  for (const socket of sockets) socket.destroy();
  return before === undefined || after === undefined ? undefined : (after - before) / count;
}

tidyUpOnExit('idle');
const count = Number(process.argv[2] ?? DEFAULT_CONNECTIONS);
if (!Number.isInteger(count) || count < 1) {
  console.error(`not a number of connections: ${process.argv[2]}`);
  process.exit(2);
}
for (const dialect of ['nats', 'line'] as const) {
  const broker = await start(sluice());
  const each = await cost(broker, dialect, count);
  await broker.stop();
  const kib = each === undefined ? 'unknown' : `${(each / 1024).toFixed(1)} KiB`;
  console.log(
    `${dialect}: ${count} idle connections with a subscription, ${kib} each (at most ${MOST_BYTES / 1024} KiB)`,
  );
  if (each !== undefined && each > MOST_BYTES) process.exitCode = 1;
}

/** A thread with HTTP clients of the monitor that pipeline, and that read all, nothing or a byte a second. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

export interface Reading {
  /** Paths that are asked for, one after the other, in turns over all connections. */
  readonly paths: readonly string[];
  readonly connections: number;
  /** Requests on each connection, all sent at once. */
  readonly pipelined: number;
  readonly reads: 'all' | 'nothing' | 'a byte a second';
  /** After this they leave, in milliseconds. */
  readonly ms: number;
}

/** What came back. */
export interface Read {
  readonly bytes: number;
  readonly answers: number;
  /** Of these, those that were answered 503. */
  readonly refused: number;
}

/** Reads in a thread of its own, so that what is measured in this one is not disturbed. */
export function readInThread(port: number, reading: Reading): Promise<Read> {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { port, reading } });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

async function read(port: number, { paths, connections, pipelined, reads, ms }: Reading): Promise<Read> {
  const sum = { bytes: 0, answers: 0, refused: 0 };
  const sockets: Socket[] = [];
  let at = 0;
  for (let c = 0; c < connections; c++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    let requests = '';
    for (let r = 0; r < pipelined; r++)
      requests += `GET ${paths[at++ % paths.length]} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    socket.write(requests);
    if (reads === 'all') {
      socket.on('data', (chunk: Buffer) => {
        sum.bytes += chunk.length;
        const text = chunk.toString('latin1');
        sum.answers += text.split('HTTP/1.1 ').length - 1;
        sum.refused += text.split('HTTP/1.1 503').length - 1;
      });
    } else if (reads === 'a byte a second') {
      socket.on('readable', () => {});
      const timer = setInterval(() => {
        sum.bytes += (socket.read(1) as Buffer | null)?.length ?? 0;
      }, 1_000);
      socket.once('close', () => clearInterval(timer));
    } else socket.pause();
    sockets.push(socket);
  }
  await sleep(ms);
  for (const socket of sockets) socket.destroy();
  return sum;
}

if (!isMainThread) {
  const { port, reading } = workerData as { readonly port: number; readonly reading: Reading };
  parentPort?.postMessage(await read(port, reading));
}

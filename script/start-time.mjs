#!/usr/bin/env node
/**
 * How long sluice takes from exec to the first byte of INFO, next to a bare `node -e 0` in the same run.
 * Usage: node script/start-time.mjs [SPAWNS] [CLI]; default 20 spawns of dist/cli.js. The two take turns.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const spawns = Number(process.argv[2] ?? 20);
const cli = process.argv[3] ?? fileURLToPath(new URL('../dist/cli.js', import.meta.url));

/** A port that was free a moment ago. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** One try to read the first byte of INFO; resolves with whether it came. */
function greeted(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (came) => {
      socket.destroy();
      resolve(came);
    };
    socket.once('data', () => end(true));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}

async function timeSluice() {
  const port = await freePort();
  const words = [cli, '-a', '127.0.0.1', '-p', String(port), '--no-line'];
  const start = performance.now();
  const child = spawn(process.execPath, words, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  let isOver = false;
  void exited.then(() => {
    isOver = true;
  });
  while (!(await greeted(port))) {
    if (isOver) throw new Error('sluice ended before it was ready');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const ms = performance.now() - start;
  child.kill('SIGTERM');
  await exited;
  return ms;
}

async function timeNode() {
  const start = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  return performance.now() - start;
}

function report(what, times) {
  const sorted = times.toSorted((a, b) => a - b);
  const show = (ms) => `${ms.toFixed(0)} ms`.padStart(7);
  const median = sorted[Math.floor(sorted.length / 2)];
  console.log(
    `${what.padEnd(24)} min ${show(sorted[0])}  median ${show(median)}  max ${show(sorted.at(-1))}`,
  );
}

const times = { sluice: [], node: [] };
for (let i = 0; i < spawns; i++) {
  times.node.push(await timeNode());
  times.sluice.push(await timeSluice());
}
report('sluice, to INFO', times.sluice);
report('node -e 0, to its end', times.node);

#!/usr/bin/env node
/**
 * Measures the start of the sluice command: the time from exec to the first byte of INFO, the CPU time used until then, and
 * the private memory half a second later. With several commands, of other checkouts for instance, they take turns, with a
 * bare `node` among them, so that what else the machine does disturbs all alike. CPU and memory are read from /proc (Linux).
 * Usage: node script/start-time.mjs [SPAWNS] [CLI…]; default 20 spawns of dist/cli.js.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const [count, ...given] = process.argv.slice(2);
const spawns = Number(count ?? 20);
const commands =
  given.length > 0
    ? given.map((each) => resolve(each))
    : [fileURLToPath(new URL('../dist/cli.js', import.meta.url))];

/** Where they start: a folder without a config.toml. */
const folder = mkdtempSync(join(tmpdir(), 'start-time-'));

/** How long a broker is left alone before its memory is read. */
const IDLE_MS = 500;

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

/** CPU time of all threads so far, in milliseconds; NaN where the system does not tell. */
function cpuMs(pid) {
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(tasks)) return Number.NaN;
  const each = readdirSync(tasks).map((task) => readFileSync(`${tasks}/${task}/schedstat`, 'utf8'));
  return each.reduce((sum, line) => sum + Number(line.split(' ')[0]), 0) / 1e6;
}

/** Memory that no other process shares, in MiB; NaN where the system does not tell. */
function privateMib(pid) {
  const file = `/proc/${pid}/smaps_rollup`;
  if (!existsSync(file)) return Number.NaN;
  const found = [...readFileSync(file, 'utf8').matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gm)];
  return found.reduce((sum, [, kib]) => sum + Number(kib), 0) / 1024;
}

/** One start. `ready` resolves once the process is up, and rejects if it ends before. */
async function measure(words, ready) {
  const start = performance.now();
  const child = spawn(process.execPath, words, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  await ready(child, exited);
  const ms = performance.now() - start;
  const cpu = cpuMs(child.pid);
  await sleep(IDLE_MS);
  const memory = privateMib(child.pid);
  child.kill('SIGTERM');
  await exited;
  return { ms, cpu, memory };
}

async function measureSluice(command) {
  const port = await freePort();
  return measure([command, '-a', '127.0.0.1', '-p', String(port), '--no-line'], async (child, exited) => {
    child.stdout.resume();
    let isOver = false;
    void exited.then(() => {
      isOver = true;
    });
    while (!(await greeted(port))) {
      if (isOver) throw new Error(`${command} ended before it was ready`);
      await sleep(1);
    }
  });
}

const BARE = "process.stdout.write('up'); setInterval(() => {}, 1e6);";
const measureNode = () => measure(['-e', BARE], (child) => once(child.stdout, 'data'));

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

function report(what, starts) {
  const show = (key, digits) => {
    const values = starts.map((each) => each[key]);
    return `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`;
  };
  console.log(
    `${what}\n  time ${show('ms', 0)} ms, CPU ${show('cpu', 1)} ms, private memory ${show('memory', 1)} MiB`,
  );
}

const starts = new Map([...commands, 'bare node'].map((each) => [each, []]));
for (let i = 0; i < spawns; i++) {
  for (const [each, found] of starts)
    found.push(await (each === 'bare node' ? measureNode() : measureSluice(each)));
}
rmSync(folder, { recursive: true });
console.log(`median (min to max) of ${spawns} starts`);
for (const [each, found] of starts) report(each, found);

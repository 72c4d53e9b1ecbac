/** Brokers for the checks of the live page, and traffic for them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PATIENCE_MS = 20_000;
const LOAD = fileURLToPath(new URL('load.mjs', import.meta.url));
const USERS = `
[[authorization.users]]
user = "ann"
password = "correct"

[[authorization.users]]
user = "eve"
password = "correct"
permissions = { publish = ["greet.>"], subscribe = ["sensors.>"] }
`;

const running = new Set();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

function start(script, words) {
  const child = spawn(process.execPath, [script, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

export async function stop(child) {
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

/** Waits for a condition that is looked at every now and then. */
export async function until(what, holds) {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const value = await holds();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await sleep(50);
  }
}

/**
 * Starts the broker of `command`, with a monitor and no line listener.
 * @param ports where it listens; undefined: anywhere
 */
export async function startBroker(command, directory, { users = false, ports = {} } = {}) {
  const file = join(directory, `page-${running.size}.toml`);
  const listener = (port = 0) => `listener = "127.0.0.1:${port}"`;
  writeFileSync(
    file,
    `server_name = "orders-eu-1"
line = { ${listener()} }
nats = { ${listener(ports.nats)} }
monitor = { ${listener(ports.monitor)} }
flow = { write_deadline = "10m" }
${users ? USERS : ''}`,
  );
  const child = start(command, ['-c', file]);
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      log += text;
    });
  const portOf = (dialect) =>
    until(
      `the broker listens for ${dialect}: ${log}`,
      () => new RegExp(`"port":(\\d+),"dialect":"${dialect}"`).exec(log)?.[1],
    );
  const [monitor, nats] = [await portOf('monitor'), await portOf('nats')];
  return {
    child,
    monitor: Number(monitor),
    nats: Number(nats),
    url: `http://127.0.0.1:${monitor}/`,
    log: () => log,
  };
}

export function startLoad({ nats }, ...words) {
  return start(LOAD, [String(nats), ...words]);
}

/** A NATS client that subscribes; `text` is all that it has been sent. */
export async function subscriber({ nats }, subject) {
  const socket = connect(nats, '127.0.0.1');
  const client = { text: '', socket };
  socket.setEncoding('utf8').on('data', (text) => {
    client.text += text;
  });
  socket.write(`CONNECT {"verbose":false}\r\nSUB ${subject} 1\r\nPING\r\n`);
  await until('it has subscribed', () => client.text.includes('PONG'));
  return client;
}

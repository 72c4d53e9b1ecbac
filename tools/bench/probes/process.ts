/** The broker as a process: how soon it is there, and what it takes while nobody wants anything. */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Contender, cleanEnvironment, freePorts } from '../brokers.js';
import { adopt, emptyFolder, stop } from '../processes.js';
import { residentBytes, scheduledSeconds } from '../procfs.js';
import { type Probe, probe, type Size } from './probe.js';

const HOST = '127.0.0.1';
/** Between two tries to connect: a port that is not open yet refuses at once. */
const RETRY_MS = 1;
const READY_MS = 10_000;
const STOP_MS = 6_000;
const GREETING = 'CONNECT {"verbose":false,"pedantic":false}\r\nPING\r\n';
/** After the start, what is left to do is done; then idleness is watched for so long. In milliseconds. */
const TIMES: Readonly<Record<Size, { readonly restMs: number; readonly watchMs: number }>> = {
  quick: { restMs: 200, watchMs: 400 },
  full: { restMs: 1_000, watchMs: 2_000 },
};

/** Whether it answers a PING; waits for the answer, unless it cannot come any more. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect({ port, host: HOST, noDelay: true }).setEncoding('latin1');
    socket.on('connect', () => socket.write(GREETING));
    socket.on('data', (text: string) => {
      said += text;
      if (said.includes('\r\nPONG\r\n')) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(said.includes('\r\nPONG\r\n')));
  });
}

/** Seconds from now until it answers. */
async function untilAnswers(port: number, ended: () => boolean): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    if (await answers(port)) return (performance.now() - startedAt) / 1000;
    if (ended()) throw new Error('it ended before it answered');
    if (performance.now() - startedAt > READY_MS) throw new Error(`no answer within ${READY_MS / 1000} s`);
    await sleep(RETRY_MS);
  }
}

async function withProcess<T>(
  contender: Contender,
  work: (pid: number, startSeconds: number) => Promise<T>,
): Promise<T> {
  const [nats = 0, line = 0] = await freePorts(2);
  const [file = '', ...args] = contender.command(nats, line, []);
  const options = { cwd: emptyFolder(), env: cleanEnvironment(), stdio: 'ignore' } as const;
  let ended = false;
  const child = adopt(spawn(file, args, options));
  child.once('exit', () => {
    ended = true;
  });
  child.once('error', () => {
    ended = true;
  });
  try {
    const seconds = await untilAnswers(nats, () => ended);
    return await work(child.pid ?? 0, seconds);
  } finally {
    await stop(child, STOP_MS);
  }
}

export function processProbe(): Probe {
  return probe({
    id: 'process',
    group: 'process',
    title: 'start, then idle (sluice is to start within 0.150 s)',
    seconds: 1.1,
    rounds: 3,
    quantities: () => [
      { key: 'start', quantity: 'start to first PONG', unit: 'seconds', better: 'lower' },
      { key: 'memory', quantity: 'idle memory', unit: 'bytes', better: 'lower' },
      { key: 'cpu', quantity: 'idle CPU', unit: 'cores', better: 'lower' },
    ],
    round: ({ contender, size, put }) =>
      withProcess(contender, async (pid, startSeconds) => {
        const { restMs, watchMs } = TIMES[size];
        put('start', startSeconds);
        await sleep(restMs);
        const [before, from] = [scheduledSeconds(pid), performance.now()];
        await sleep(watchMs);
        const [after, to] = [scheduledSeconds(pid), performance.now()];
        put('memory', residentBytes(pid));
        put(
          'cpu',
          before === undefined || after === undefined ? undefined : ((after - before) / (to - from)) * 1000,
        );
      }),
  });
}

/** 7a: hundreds of clients that send a byte a second and answer nothing. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pair } from './pair.js';
import { type Context, Outcome, type Scenario, seconds, withBroker } from './scenario.js';

const CLIENTS = 300;
const WATCH_MS = 15_000;
const BYTES = 'CONNECT {"verbose":false,"pedantic":false,"name":"a very slow one"}\r\nPUB a 100000\r\n';
const USERS =
  '[authorization]\nno_auth_user = "in"\ntimeout = "2s"\n[[authorization.users]]\nuser = "in"\npassword = "in"\n';
const TOKEN = '[authorization]\nuser = "in"\npassword = "in"\ntimeout = "2s"\n';
const PINGS = '[nats]\nping_interval = "1s"\nping_max = 2\n';

/** Drips until it is closed; resolves with when that was, in milliseconds, or undefined after `WATCH_MS`. */
function drip(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const from = Date.now();
    const socket: Socket = connect(port, '127.0.0.1');
    let at = 0;
    const timer = setInterval(() => {
      if (Date.now() - from > WATCH_MS) socket.destroy();
      else socket.write(BYTES[at++ % BYTES.length] ?? ' ');
    }, 1_000);
    socket.on('data', () => {});
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(timer);
      resolve(Date.now() - from < WATCH_MS ? Date.now() - from : undefined);
    });
  });
}

async function attack(context: Context, outcome: Outcome, toml: string, what: string): Promise<void> {
  await withBroker(context, { toml, user: 'in' }, async (broker) => {
    const pair = await Pair.start(broker, { user: 'in' });
    const ends = await Promise.all(Array.from({ length: CLIENTS }, () => drip(broker.port)));
    const closed = ends.filter((end) => end !== undefined);
    outcome.check(
      `${what}: closed by the broker`,
      `${closed.length} of ${CLIENTS}`,
      closed.length === CLIENTS,
    );
    outcome.note('… the last after', closed.length === 0 ? 'never' : seconds(Math.max(...closed)));
    await sleep(200);
    await pair.judge(outcome);
  });
}

async function run(context: Context): Promise<Outcome> {
  const outcome = new Outcome();
  await attack(context, outcome, PINGS + TOKEN, 'authentication timeout of 2 s');
  await attack(context, outcome, PINGS + USERS, 'nobody need log in, PING every 1 s, 2 unanswered');
  return outcome;
}

export const slowloris: Scenario = { id: '7a', name: 'slowloris: a byte a second', run };

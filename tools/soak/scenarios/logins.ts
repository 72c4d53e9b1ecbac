/** 11: a burst of right logins from one address, then a flood of wrong ones, beside logins from another address. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashSync } from 'bcryptjs';
import { Pair } from './pair.js';
import { type Context, Outcome, type Scenario, seconds, withBroker } from './scenario.js';

const COST = 11;
const BURST = 60;
const OTHERS = 5;
/** Wrong logins at a time, and how long they go on. */
const FLOOD = 200;
const FLOOD_MS = 5_000;
const [HERE, THERE] = ['127.0.0.2', '127.0.0.3'];
/** Lines of the log that one address may cause: five at once, then one in five seconds. */
const MAX_LINES = 20;

interface Login {
  readonly ms: number;
  readonly isIn: boolean;
}

/** Users that have a bcrypt hash each, as none of them shall be known from another one's login. */
function usersOf(prefix: string, count: number): string {
  return Array.from({ length: count }, (_, n) => {
    const name = `${prefix}${n}`;
    return `[[authorization.users]]\nuser = "${name}"\npassword = "${hashSync(name, COST)}"\n`;
  }).join('');
}

/** Logs in, and leaves. Never rejects. */
function logIn(port: number, localAddress: string, user: string, pass = user): Promise<Login> {
  return new Promise((resolve) => {
    const from = performance.now();
    const socket = connect({ host: '127.0.0.1', port, localAddress });
    let text = '';
    socket.on('error', () => {});
    socket.on('close', () => resolve({ ms: performance.now() - from, isIn: text.includes('PONG\r\n') }));
    socket.on('connect', () => {
      socket.write(`CONNECT ${JSON.stringify({ verbose: false, user, pass })}\r\nPING\r\n`);
    });
    socket.on('data', (chunk) => {
      text = (text + chunk.toString('latin1')).slice(-100);
      if (/PONG\r\n|-ERR/.test(text)) socket.destroy();
    });
  });
}

/** Logins from another address, one after the other. */
async function logInThere(port: number, prefix: string): Promise<Login[]> {
  const logins: Login[] = [];
  for (let n = 0; n < OTHERS; n++) {
    logins.push(await logIn(port, THERE, `${prefix}${n}`));
    await sleep(100);
  }
  return logins;
}

function judge(outcome: Outcome, what: string, logins: readonly Login[]): void {
  const letIn = logins.filter(({ isIn }) => isIn).length;
  outcome.check(`${what}: let in`, `${letIn} of ${logins.length}`, letIn === logins.length);
  outcome.note('… the slowest', seconds(Math.max(...logins.map(({ ms }) => ms))));
}

async function flood(port: number): Promise<Login[]> {
  const until = Date.now() + FLOOD_MS;
  const logins: Login[] = [];
  const worker = async (_: unknown, n: number): Promise<void> => {
    while (Date.now() < until) logins.push(await logIn(port, HERE, `unknown ${n}`, `wrong ${logins.length}`));
  };
  await Promise.all(Array.from({ length: FLOOD }, worker));
  return logins;
}

async function run(context: Context): Promise<Outcome> {
  const plain = '[[authorization.users]]\nuser = "in"\npassword = "in"\n';
  const toml = [plain, usersOf('burst', BURST), usersOf('first', OTHERS), usersOf('second', OTHERS)].join('');
  return withBroker(context, { toml, user: 'in' }, async (broker) => {
    const { port } = broker;
    const outcome = new Outcome();
    const pair = await Pair.start(broker, { user: 'in' });
    const all = Array.from({ length: BURST }, (_, n) => logIn(port, HERE, `burst${n}`));
    const others = await logInThere(port, 'first');
    judge(outcome, `${BURST} users at once, bcrypt of cost ${COST}`, await Promise.all(all));
    judge(outcome, '… from another address meanwhile', others);
    await pair.judge(outcome);
    const second = await Pair.start(broker, { user: 'in' });
    const wrong = flood(port);
    await sleep(1_000);
    const meanwhile = await logInThere(port, 'second');
    const refused = await wrong;
    const letIn = refused.filter(({ isIn }) => isIn).length;
    outcome.check(`wrong logins, ${FLOOD} at a time: let in`, `${letIn} of ${refused.length}`, letIn === 0);
    judge(outcome, '… right ones from another address meanwhile', meanwhile);
    await second.judge(outcome);
    const lines = broker.errors.split('login refused').length - 1;
    outcome.check('… lines of the log about them', lines, lines > 0 && lines <= MAX_LINES);
    return outcome;
  });
}

export const logins: Scenario = { id: '11', name: 'logins: a burst, and a flood of wrong ones', run };

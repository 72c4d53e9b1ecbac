/** 7b: peers whose cable is pulled, in a network of their own; elsewhere, peers whose process is stopped. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { adopt } from '../../bench/processes.js';
import { Pair } from './pair.js';
import { type Context, eventually, Outcome, type Scenario, seconds, withBroker } from './scenario.js';

const HOLDER = fileURLToPath(new URL('../holder.js', import.meta.url));
const CONNECTIONS = 50;
const NAME = `sluice${process.pid}`;
const [HERE, THERE] = ['10.213.77.1', '10.213.77.2'];
const TOML = '[nats]\nping_interval = "1s"\nping_max = 2\n[flow]\nwrite_deadline = "5s"\n';

interface Network {
  /** Runs a command inside. */
  readonly words: readonly string[];
  readonly host: string;
  pull(holder: ChildProcess): void;
  remove(): void;
}

function ip(...words: readonly string[]): void {
  execFileSync('ip', words, { stdio: 'ignore' });
}

/** Two ends of a cable; undefined where that is not allowed. */
function network(): Network | undefined {
  const [near, far] = [`${NAME.slice(-8)}a`, `${NAME.slice(-8)}b`];
  const remove = (): void => {
    try {
      ip('netns', 'del', NAME);
    } catch {
      // it was never made
    }
  };
  try {
    ip('netns', 'add', NAME);
    ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far);
    ip('link', 'set', far, 'netns', NAME);
    ip('addr', 'add', `${HERE}/30`, 'dev', near);
    ip('link', 'set', near, 'up');
    ip('netns', 'exec', NAME, 'ip', 'addr', 'add', `${THERE}/30`, 'dev', far);
    ip('netns', 'exec', NAME, 'ip', 'link', 'set', far, 'up');
  } catch {
    remove();
    return undefined;
  }
  return {
    words: ['ip', 'netns', 'exec', NAME],
    host: HERE,
    pull: () => ip('netns', 'exec', NAME, 'ip', 'link', 'set', far, 'down'),
    remove,
  };
}

/** The next best: the processes at the other end are stopped; their system still acknowledges what comes. */
const STOPPED: Network = {
  words: [],
  host: '127.0.0.1',
  pull: (holder) => void holder.kill('SIGSTOP'),
  remove: () => {},
};

async function run(context: Context): Promise<Outcome> {
  if (process.platform === 'win32') return Outcome.skip('it needs POSIX');
  const cable = network();
  const { words, host, pull, remove } = cable ?? STOPPED;
  try {
    return await withBroker(
      context,
      { toml: TOML, ...(cable === undefined ? {} : { also: host }) },
      async (broker) => {
        const outcome = new Outcome();
        const pair = await Pair.start(broker);
        const before = await broker.figure('/varz', 'connections');
        const [file = '', ...rest] = [
          ...words,
          process.execPath,
          HOLDER,
          host,
          `${broker.port}`,
          `${CONNECTIONS}`,
        ];
        const holder = adopt(spawn(file, rest, { stdio: ['ignore', 'pipe', 'ignore'] }));
        await Promise.race([once(holder.stdout, 'data'), sleep(15_000)]);
        await sleep(4_000);
        const standing = (await broker.figure('/varz', 'connections')) - before;
        outcome.note(
          'how',
          cable === undefined
            ? 'processes stopped: no network namespaces here'
            : 'a link set down in a network namespace',
        );
        outcome.check(
          'connections that stand before, PINGs answered for 4 s',
          standing,
          standing === CONNECTIONS,
        );
        pull(holder);
        const from = Date.now();
        const gone = await eventually(
          20_000,
          async () => (await broker.figure('/varz', 'connections')) <= before,
        );
        outcome.check(
          'closed as stale after, with a PING each second and 2 unanswered',
          seconds(Date.now() - from),
          gone,
        );
        holder.kill('SIGKILL');
        await pair.judge(outcome);
        return outcome;
      },
    );
  } finally {
    remove();
  }
}

export const cable: Scenario = { id: '7b', name: 'half-open peers: the cable is pulled', run };

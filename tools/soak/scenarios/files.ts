/** 7d: more connections than the process may have open files. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../client.js';
import { Pair } from './pair.js';
import { type Context, Outcome, type Scenario, withBroker } from './scenario.js';

const OPEN_FILES = 80;
const CONNECTIONS = 300;

async function run(context: Context): Promise<Outcome> {
  if (process.platform === 'win32') return Outcome.skip('it needs a POSIX shell');
  const under = ['sh', '-c', `ulimit -n ${OPEN_FILES}; exec "$0" "$@"`];
  return withBroker(context, { under }, async (broker) => {
    const outcome = new Outcome();
    const pair = await Pair.start(broker);
    const sockets: Socket[] = [];
    let served = 0;
    let refused = 0;
    let dropped = 0;
    for (let i = 0; i < CONNECTIONS; i++) {
      const socket = connect(broker.port, '127.0.0.1');
      let text = '';
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
      });
      socket.on('close', () => {
        if (text.includes('maximum connections exceeded')) refused++;
        else dropped++;
      });
      socket.once('data', () => {
        if (text.startsWith('INFO')) served++;
      });
      sockets.push(socket);
    }
    await sleep(4_000);
    outcome.note('open files allowed, connections tried', `${OPEN_FILES}, ${CONNECTIONS}`);
    outcome.note('greeted', served);
    outcome.note('told that there are too many', refused);
    outcome.note('closed without a word', dropped);
    outcome.check('open files of the broker', broker.openFiles, broker.openFiles <= OPEN_FILES);
    for (const socket of sockets) socket.destroy();
    await sleep(2_000);
    const late = await Client.open(broker.port, { patienceMs: 10_000 }).catch(() => undefined);
    outcome.check(
      'a new connection afterwards',
      late === undefined ? 'fails' : 'is served',
      late !== undefined,
    );
    late?.destroy();
    await pair.judge(outcome);
    return outcome;
  });
}

export const files: Scenario = { id: '7d', name: 'EMFILE: no file descriptors left', run };

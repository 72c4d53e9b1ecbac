/** 8: SIGTERM while ten publish and ten subscribe, and the same with one that has stopped reading. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningBroker } from '../broker.js';
import { Client } from '../client.js';
import { numbered } from '../message.js';
import { whole } from '../table.js';
import { type Context, Outcome, type Scenario, seconds, withBroker } from './scenario.js';
import { MessagePublisher } from './traffic.js';

const CLIENTS = 10;
const MESSAGE_BYTES = 512;
const PER_SECOND = 1_000;
const LOAD_MS = 4_000;
const DEADLINE_MS = 4_000;
/** What starting to shut down and ending the process may take beyond the deadline on a busy machine. */
const SLACK_MS = 3_000;

/** Gets what all publishers send; of each stream every number in order. */
class Listener {
  readonly last = new Map<number, number>();
  wrong = 0;
  client!: Client;

  static async open(broker: RunningBroker): Promise<Listener> {
    const listener = new Listener();
    listener.client = await Client.open(broker.port);
    listener.client.onMessage = (bytes, start, end) => {
      const message = numbered(bytes, start, end);
      if (message === undefined || message.seq !== (listener.last.get(message.stream) ?? 0) + 1)
        listener.wrong++;
      if (message !== undefined) listener.last.set(message.stream, message.seq);
    };
    await listener.client.subscribe('down.>');
    return listener;
  }
}

async function run(context: Context, freezes: boolean): Promise<Outcome> {
  return withBroker(context, { toml: `[shutdown]\ndeadline = "${DEADLINE_MS}ms"\n` }, async (broker) => {
    const outcome = new Outcome();
    const listeners = await Promise.all(Array.from({ length: CLIENTS }, () => Listener.open(broker)));
    const givers: MessagePublisher[] = [];
    for (let i = 0; i < CLIENTS; i++)
      givers.push(await MessagePublisher.open(broker, `down.${i}`, MESSAGE_BYTES, PER_SECOND, i + 1));
    const stuck = freezes ? await Listener.open(broker) : undefined;
    const asking = setInterval(() => {
      for (const giver of givers) giver.confirm();
    }, 50);
    await sleep(LOAD_MS / 2);
    stuck?.client.pause();
    await sleep(LOAD_MS / 2);

    const from = Date.now();
    const confirmedBefore = givers.reduce((sum, { confirmed }) => sum + confirmed, 0);
    broker.signal('SIGTERM');
    const exit = await broker.exited;
    const elapsedMs = Date.now() - from;
    clearInterval(asking);
    await Promise.all(listeners.map(({ client }) => client.closed));
    await sleep(300);

    const confirmed = givers.reduce((sum, giver) => sum + giver.confirmed, 0);
    let lost = 0;
    for (const { last } of listeners)
      for (const [i, giver] of givers.entries())
        lost += Math.max(0, giver.confirmed - (last.get(i + 1) ?? 0));
    outcome.note(
      'confirmed by PONG before SIGTERM, and until the end',
      `${whole(confirmedBefore)}, ${whole(confirmed)}`,
    );
    outcome.check(`of these not delivered to one of ${CLIENTS}`, lost, lost === 0);
    const wrong = listeners.reduce((sum, listener) => sum + listener.wrong, 0);
    outcome.check('out of order, doubled or corrupted', wrong, wrong === 0);
    const fins = listeners.filter(({ client }) => client.ending === 'fin').length;
    outcome.check('subscribers whose connection ended with FIN', `${fins} of ${CLIENTS}`, fins === CLIENTS);
    const ends = givers.filter(({ client }) => client.ending === 'fin').length;
    outcome.note('publishers, who never stopped writing, likewise', `${ends} of ${CLIENTS}`);
    outcome.check('exit code', exit, exit === '0');
    const inTime = elapsedMs < DEADLINE_MS + SLACK_MS;
    outcome.check(
      `time to the exit; shutdown.deadline is ${seconds(DEADLINE_MS)}`,
      seconds(elapsedMs),
      inTime,
    );
    for (const { client } of [...listeners, ...givers]) client.destroy();
    stuck?.client.destroy();
    return outcome;
  });
}

export const shutdown: Scenario = {
  id: '8',
  name: 'SIGTERM under load',
  run: (context) => run(context, false),
};
export const shutdownFrozen: Scenario = {
  id: '8b',
  name: 'SIGTERM under load, one subscriber frozen',
  run: (context) => run(context, true),
};

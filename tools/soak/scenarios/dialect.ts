/** 15: a dialect that a program brings along. One of its readers is frozen, other clients of it do all that is wrong. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RunningBroker } from '../broker.js';
import { numbered } from '../message.js';
import { mib, whole } from '../table.js';
import { Pair } from './pair.js';
import { type Context, eventually, Outcome, type Scenario, seconds, withBroker } from './scenario.js';
import { MessagePublisher } from './traffic.js';

const PROGRAM = fileURLToPath(new URL('../dialect-broker.js', import.meta.url));
const HOST = '127.0.0.1';
const SUBJECT = 'chaos.toy';
const MESSAGE_BYTES = 1_024;
const MESSAGES_PER_SECOND = 2_000;
const FROZEN_MS = 8_000;
const EACH_FAULT = 50;
/** What of the dialect's own takes memory is bounded by `flow.max_pending`, 1 MiB; the rest is the collector's. */
const GROWTH_BYTES = 64 * 2 ** 20;

type Policy = 'pause' | 'drop' | 'disconnect';

/** What each of the faulty clients sends, and whether the broker has to end its connection for it. */
const FAULTS: readonly { readonly what: string; readonly bytes: string; readonly ends: boolean }[] = [
  { what: 'what is no JSON', bytes: '\0\x16\x03 not json\n', ends: true },
  { what: 'a line without an end', bytes: 'x'.repeat(70 * 1024), ends: true },
  { what: 'what makes the decoder throw', bytes: '{"fail":"decoder"}\n', ends: true },
  { what: 'what makes the session throw', bytes: '{"fail":"session"}\n', ends: true },
  { what: 'half a line, then a reset', bytes: '{"sub":"', ends: false },
];

/** A client of the dialect that reads numbered messages. */
class ToyReader {
  readonly socket: Socket;
  received = 0;
  last = 0;
  wrong = 0;
  private rest = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1').on('data', (text: string) => {
      const lines = (this.rest + text).split('\n');
      this.rest = lines.pop() ?? '';
      for (const line of lines) this.take(JSON.parse(line) as { readonly text?: string });
    });
  }

  static async open(port: number): Promise<ToyReader> {
    const reader = new ToyReader(await dial(port));
    reader.socket.write(`{"sub":"${SUBJECT}"}\n`);
    return reader;
  }

  private take({ text }: { readonly text?: string }): void {
    if (text === undefined) return;
    const bytes = Buffer.from(text, 'latin1');
    const seq = numbered(bytes, 0, bytes.length)?.seq;
    this.received++;
    if (seq === undefined || seq !== this.last + 1) this.wrong++;
    this.last = seq ?? this.last;
  }
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, HOST).on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** How many of the connections that sent this were ended by the broker. */
async function misbehave(port: number, bytes: string, ends: boolean): Promise<number> {
  let ended = 0;
  for (let i = 0; i < EACH_FAULT; i++) {
    const socket = await dial(port);
    const closed = once(socket.resume(), 'close');
    socket.write(bytes);
    if (ends) ended += await Promise.race([closed.then(() => 1), sleep(5_000, 0)]);
    else socket.resetAndDestroy();
    socket.destroy();
  }
  return ended;
}

interface Row {
  readonly type: string;
  readonly port: number;
  /** Why it closed; undefined: it is open. */
  readonly reason?: string;
  readonly sluice?: {
    readonly policy: string;
    readonly dropped?: { readonly policy?: { readonly messages: number } };
  };
}

async function rowOf(broker: RunningBroker, port: number): Promise<Row | undefined> {
  const { connections } = (await broker.ask('/connz?state=all&limit=100000')) as {
    readonly connections?: readonly Row[];
  };
  return connections?.find((row) => row.port === port);
}

async function run(context: Context, policy: Policy): Promise<Outcome> {
  return withBroker(context, { program: PROGRAM, words: [policy] }, async (broker) => {
    const outcome = new Outcome();
    const pair = await Pair.start(broker);
    const healthy = await ToyReader.open(broker.linePort);
    const frozen = await ToyReader.open(broker.linePort);
    const { localPort = 0 } = frozen.socket;
    const publisher = await MessagePublisher.open(broker, SUBJECT, MESSAGE_BYTES, MESSAGES_PER_SECOND);
    await eventually(5_000, () => healthy.received > 0 && frozen.received > 0);
    const bytesBefore = broker.residentBytes;
    const shown = await rowOf(broker, localPort);
    outcome.check('its connections in /connz', `${shown?.type}`, shown?.type === 'toy');
    outcome.check('… their flow policy', `${shown?.sluice?.policy}`, shown?.sluice?.policy === policy);

    frozen.socket.pause();
    const frozenAt = Date.now();
    for (const { what, bytes, ends } of FAULTS) {
      const ended = await misbehave(broker.linePort, bytes, ends);
      const due = ends ? EACH_FAULT : 0;
      outcome.check(`connections ended of ${EACH_FAULT} that send ${what}`, ended, ended === due);
    }
    let row = await rowOf(broker, localPort);
    for (
      ;
      row?.reason === undefined && Date.now() - frozenAt < FROZEN_MS;
      row = await rowOf(broker, localPort)
    )
      await sleep(200);
    const isCut = row?.reason?.startsWith('Slow Consumer') === true;
    outcome.check(
      'frozen reader cut off after',
      isCut ? seconds(Date.now() - frozenAt) : 'not cut off',
      isCut,
    );
    const dropped = row?.sluice?.dropped?.policy?.messages ?? 0;
    outcome.check('messages dropped for it before that', whole(dropped), dropped > 0 === (policy === 'drop'));
    outcome.check(
      'memory, growth',
      mib(broker.residentBytes - bytesBefore),
      broker.residentBytes < bytesBefore + GROWTH_BYTES,
    );

    await publisher.stop();
    await eventually(10_000, () => healthy.last >= publisher.sent);
    const lost = publisher.sent - healthy.last + healthy.wrong;
    const of = `${lost} of ${publisher.sent}`;
    outcome.check('a healthy reader of the dialect: messages lost or out of order', of, lost === 0);
    await pair.judge(outcome);
    for (const { socket } of [healthy, frozen]) socket.destroy();
    publisher.client.destroy();
    return outcome;
  });
}

export const dialects: readonly Scenario[] = (['pause', 'drop', 'disconnect'] as const).map((policy, i) => ({
  id: `15${'abc'.charAt(i)}`,
  name: `a dialect of the program, flow policy ${policy}: one reader frozen, others send what is wrong`,
  run: (context) => run(context, policy),
}));

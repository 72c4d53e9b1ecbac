/** `sluice sub` and `sluice tap`: messages as they arrive. */
import { CLOCK } from '../../domain/clock.js';
import type { Client, Message } from '../client/client.js';
import { connectFor } from '../client/connect.js';
import { hiddenLine, jsonLine, plainLines } from '../view/message.js';
import { hasColours, Output } from '../view/output.js';
import { parseRate, ShownRate } from '../view/shown-rate.js';
import type { Options } from './options.js';
import { subjectIn } from './words.js';

/** Default rate of a tap on a terminal, and the default number of payload bytes it shows. */
const TAP_RATE = 50;
const TAP_BYTES = 160;

const LINE_END = Buffer.from('\n');

/** Resolves when the command is interrupted. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

/** What writes a message, as the flags have it. */
export function printerFor(options: Options, output: Output, mostBytes: number): (message: Message) => void {
  if (options.isOn('raw'))
    return ({ payload }) => {
      output.write(payload);
      output.write(LINE_END);
    };
  if (options.isOn('json') || !output.isTerminal)
    return (message) => output.write(jsonLine(message, new Date(), mostBytes));
  const look = { hasColours: hasColours(), mostBytes };
  return (message) => output.write(plainLines(message, new Date(), look));
}

/** Says on a terminal that there is nothing yet but that all is well. */
function announceListening(subject: string): void {
  if (process.stderr.isTTY) process.stderr.write(`listening on ${subject}; Ctrl-C ends it\n`);
}

async function until(client: Client, ends: readonly Promise<unknown>[], output: Output): Promise<number> {
  try {
    await Promise.race([client.lost, ...ends]);
  } finally {
    await output.end();
  }
  client.close();
  return 0;
}

/** `sluice sub`. Resolves to the exit code. Throws SluiceError USAGE, UNREACHABLE, REFUSED. */
export async function sub(options: Options): Promise<number> {
  const [word = ''] = options.expectWords(1, 1);
  const subject = subjectIn(word, options, 'pattern');
  const max = options.count('max', 1);
  const queue = options.text('queue');
  if (queue !== undefined && !/^[^\s]+$/.test(queue)) throw options.wrong(`--queue ${queue}: has blanks`);
  const stop = interrupted();
  const output = new Output();
  const show = printerFor(options, output, Number.POSITIVE_INFINITY);
  const client = await connectFor(options, 'sub');
  let count = 0;
  const enough = new Promise<void>((resolve) => {
    const take = (message: Message) => {
      show(message);
      if (++count === max) resolve();
    };
    client.subscribe(subject, take, { queue, max });
  });
  await Promise.race([client.flush(), stop]);
  announceListening(subject);
  return until(client, [stop, enough], output);
}

/** `sluice tap`. Resolves to the exit code. Throws SluiceError USAGE, UNREACHABLE, REFUSED. */
export async function tap(options: Options): Promise<number> {
  const [word = ''] = options.expectWords(1, 1);
  const subject = subjectIn(word, options, 'pattern');
  const rate = options.read('max', parseRate, 'a number of messages a second, as in 20/s; 0: all');
  const bytes = options.count('bytes', 0);
  const stop = interrupted();
  const output = new Output();
  const form = options.isOn('json') || !output.isTerminal ? 'json' : 'plain';
  const isPlain = form === 'plain';
  const show = printerFor(options, output, bytes ?? (isPlain ? TAP_BYTES : Number.POSITIVE_INFINITY));
  const shown = new ShownRate(rate ?? (isPlain ? TAP_RATE : 0), CLOCK, (count) =>
    output.write(hiddenLine(count, form, isPlain && hasColours())),
  );
  const client = await connectFor(options, 'tap');
  client.subscribe(subject, (message) => {
    if (shown.admit()) show(message);
  });
  await Promise.race([client.flush(), stop]);
  announceListening(subject);
  const ended = Promise.race([client.lost, stop]).finally(() => shown.flush());
  return until(client, [ended], output);
}

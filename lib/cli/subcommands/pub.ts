/** `sluice pub`. */
import { CLOCK } from '../../domain/clock.js';
import { SluiceError } from '../../domain/errors.js';
import type { Client } from '../client/client.js';
import { connectFor } from '../client/connect.js';
import { grouped } from '../view/numbers.js';
import { Progress } from '../view/progress.js';
import { allOf, linesOf } from './input.js';
import type { Options } from './options.js';
import { headersIn, subjectIn } from './words.js';

/** Largest message there may be, in bytes, where a broker does not say. */
const MOST_BYTES = 67_108_864;

/** All but the payload. */
interface Addressing {
  readonly subject: string;
  readonly reply?: string;
  readonly headers?: Buffer;
}

/** Bytes of a payload that the broker takes, with these headers. */
export function roomFor({ info }: Pick<Client, 'info'>, headers: Buffer | undefined): number {
  const { max_payload: most } = info;
  return (typeof most === 'number' ? most : MOST_BYTES) - (headers?.length ?? 0);
}

/** A REFUSED about a payload. */
function tooLarge(what: string, bytes: number, room: number): SluiceError {
  return new SluiceError(
    'REFUSED',
    `${what}: ${grouped(bytes)} bytes, the broker takes ${grouped(room)} at most`,
  );
}

/** The payload of one message: the word, standard input for `-`, or nothing. */
export async function payloadIn(word: string | undefined, room: number): Promise<Buffer> {
  const payload =
    word === '-'
      ? await allOf(process.stdin, room, (bytes) => tooLarge('standard input, so far', bytes, room))
      : Buffer.from(word ?? '');
  if (payload.length > room) throw tooLarge('the payload', payload.length, room);
  return payload;
}

function addressingIn(options: Options, subject: string): Addressing {
  const reply = options.text('reply');
  const headers = headersIn(options);
  return {
    subject: subjectIn(subject, options, 'literal'),
    ...(reply === undefined ? {} : { reply: subjectIn(reply, options, 'literal') }),
    ...(headers && { headers }),
  };
}

/** What there is to publish, one payload after the other. */
async function* payloadsIn(options: Options, room: number, word: string | undefined): AsyncGenerator<Buffer> {
  if (options.isOn('lines')) {
    yield* linesOf(process.stdin, room, ({ number, bytes }) => tooLarge(`line ${number}`, bytes, room));
    return;
  }
  const size = options.bytes('size');
  if (size !== undefined && size > room) throw tooLarge('--size', size, room);
  const payload = size === undefined ? await payloadIn(word, room) : Buffer.alloc(size, 'x');
  const count = options.count('count', 1) ?? 1;
  for (let i = 0; i < count; i++) yield payload;
}

function check(options: Options, word: string | undefined): void {
  const sources = [word !== undefined, options.isOn('lines'), options.text('size') !== undefined];
  if (sources.filter(Boolean).length > 1)
    throw options.wrong('several payloads, allowed: one of a word, --size and --lines');
  if (options.isOn('lines') && options.text('count') !== undefined)
    throw options.wrong('--count: does not go with --lines');
  options.bytes('size');
}

/** Resolves to the exit code. Throws SluiceError USAGE, UNREACHABLE, REFUSED. */
export async function perform(options: Options): Promise<number> {
  const [subject = '', word] = options.expectWords(1, 2, 'one word too many; is the payload in quotes?');
  const addressing = addressingIn(options, subject);
  check(options, word);
  const count = options.count('count', 1) ?? 1;
  const client = await connectFor(options, 'pub');
  const total = options.isOn('lines') ? undefined : count;
  const progress = process.stderr.isTTY
    ? new Progress(total, CLOCK, (text) => process.stderr.write(text))
    : undefined;
  try {
    for await (const payload of payloadsIn(options, roomFor(client, addressing.headers), word)) {
      if (!client.publish({ ...addressing, payload })) await client.drained();
      progress?.count(payload.length);
    }
    await client.flush();
  } catch (error) {
    progress?.wipe();
    throw error;
  }
  client.close();
  progress?.end();
  return 0;
}

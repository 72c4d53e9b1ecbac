import type { Transform } from 'node:stream';
import { expect } from 'chai';
import fc from 'fast-check';
import * as web from 'sluice/codecs/web';
import * as codecs from '../../lib/codecs.js';
import { textOf } from '../../lib/frame/text.js';
import { encode, type Plain, plain } from '../support/codec.js';
import { expectSame, transformed } from '../support/decoder-table.js';
import { parsed, through } from '../support/parsed.js';
import { seeded } from '../support/random.js';
import { inPartsOf, inRandomParts, type Parts } from '../support/splits.js';
import { filler } from '../support/wire.js';

const RUNS = { numRuns: 150 };

/** Any bytes but blanks and line ends, half of them plain letters, as the text that stands for them. */
const word = fc
  .array(fc.oneof(fc.constantFrom(...Buffer.from('ab.*>1é日')), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 9,
  })
  .map((octets) => Buffer.from(octets.map((octet) => ([9, 10, 13, 32].includes(octet) ? 65 : octet))))
  .map((octets) => textOf(octets, 0, octets.length));

const octets = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
const payload = fc.oneof(
  { weight: 6, arbitrary: octets },
  { weight: 2, arbitrary: fc.constantFrom('\r\n', 'MSG a 1 1\r\nx\r\n').map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.integer({ min: 65_000, max: 70_000 }).map(filler) },
);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** Text without line ends. */
const text = fc.string({ unit: 'binary', maxLength: 20 }).map((given) =>
  Buffer.from(given)
    .toString()
    .replace(/[\r\n]/g, '|'),
);
const topic = fc
  .array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 })
  .map((tokens) => tokens.map((token) => token.replace(/[\p{Cc}\s.*>]/gu, '_')).join('.'));
const json = fc
  .dictionary(fc.string({ maxLength: 5 }), fc.jsonValue())
  .map((object) => JSON.parse(JSON.stringify(object)) as object);

/** A frame of this `op`, fields that are undefined left out. */
function frame(
  op: string,
  fields: Readonly<Record<string, fc.Arbitrary<unknown>>> = {},
): fc.Arbitrary<object> {
  return fc.record(fields).map((all) => ({
    op,
    ...Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
  }));
}

const err = fc.stringMatching(/^[A-Za-z](?:[ -~]*[a-z])?$/);
const common = [frame('PING'), frame('PONG'), frame('+OK'), frame('-ERR', { message: err })] as const;

const DIRECTIONS = [
  {
    name: 'a NATS client',
    frames: fc.oneof(
      { weight: 4, arbitrary: frame('PUB', { subject: word, reply: optional(word), payload }) },
      {
        weight: 3,
        arbitrary: frame('PUB', {
          subject: word,
          reply: optional(word),
          headers: octets.filter(({ length }) => length > 0),
          payload,
        }),
      },
      frame('SUB', { subject: word, queue: optional(word), sid: word }),
      frame('UNSUB', { sid: word, max: optional(fc.integer({ min: 1, max: 999_999_999 })) }),
      frame('CONNECT', {
        options: fc
          .record(
            { verbose: fc.boolean(), name: text, protocol: fc.integer({ min: 0, max: 9 }) },
            { requiredKeys: [] },
          )
          .map((options) => ({ ...options })),
      }),
      ...common,
    ),
    parser: codecs.natsParser,
    decoder: codecs.natsDecoder,
    webDecoder: web.natsDecoder,
    render: codecs.renderNats,
    encoder: codecs.natsEncoder,
    webEncoder: web.natsEncoder,
  },
  {
    name: 'a NATS server',
    frames: fc.oneof(
      {
        weight: 6,
        arbitrary: frame('MSG', {
          subject: word,
          sid: word,
          reply: optional(word),
          headers: optional(octets),
          payload,
        }),
      },
      frame('INFO', { info: json }),
      ...common,
    ),
    parser: codecs.natsServerParser,
    decoder: codecs.natsServerDecoder,
    webDecoder: web.natsServerDecoder,
    render: codecs.renderNats,
    encoder: codecs.natsEncoder,
    webEncoder: web.natsEncoder,
  },
  {
    name: 'a line client',
    frames: fc.oneof(
      {
        weight: 4,
        arbitrary: frame('PUB', {
          subject: topic,
          payload: text.map((given) => Buffer.from(given === '' ? 'x' : given)),
        }),
      },
      frame('SUB', { topic }),
      frame('UNSUB', { topic }),
      frame('AUTH', { user: optional(topic), secret: topic }),
      ...['PING', 'HELP', 'QUIT'].map((op) => frame(op)),
    ),
    parser: codecs.lineParser,
    decoder: codecs.lineDecoder,
    webDecoder: web.lineDecoder,
    render: codecs.renderLineCommand,
    encoder: codecs.lineClientEncoder,
    webEncoder: web.lineClientEncoder,
  },
  {
    name: 'a line server',
    frames: fc.oneof(
      { weight: 4, arbitrary: frame('UPDATE', { topic, text }) },
      frame('OK', { verb: fc.constantFrom('SUB', 'UNSUB', 'PUB'), topic }),
      frame('OK', { verb: fc.constant('AUTH') }),
      frame('ERR', { reason: text }),
      frame('HELP', { text: text.map((given) => `help ${given}`) }),
      ...['PONG', 'QUIT'].map((op) => frame(op)),
    ),
    parser: codecs.lineServerParser,
    decoder: codecs.lineServerDecoder,
    webDecoder: web.lineServerDecoder,
    render: codecs.renderLine,
    encoder: codecs.lineEncoder,
    webEncoder: web.lineEncoder,
  },
] as const;

type WebStream = TransformStream<unknown, Uint8Array & object>;

function waysOf(wire: Buffer, seed: number): readonly Parts[] {
  return [[wire], inPartsOf(wire, wire.length > 2_000 ? 251 : 1), inRandomParts(wire, seeded(seed))];
}

const seed = fc.integer({ min: 0, max: 1e9 });
const scrap = fc.constantFrom<string | Buffer>(
  ...[
    'MSG ',
    'HMSG ',
    'INFO ',
    '-ERR ',
    '+OK',
    'PING',
    'PONG',
    'PUB ',
    'SUB ',
    'CONNECT',
    ' ',
    ' ',
    '\t',
    '\r\n',
    '\n',
    '\r',
  ],
  ...[
    'OK ',
    'OK SUB',
    'UPDATE ',
    'ERR',
    'AUTH',
    'HELP',
    'QUIT',
    'UNSUB',
    '0',
    '1',
    '2',
    '12',
    'a',
    'b.c',
    '{}',
    '{',
    'é',
    '\0',
  ],
  ...[
    'MSG a 1 2\r\nhi\r\n',
    'HMSG a 1 2 3\r\nabc\r\n',
    'UPDATE a b\n',
    'OK PUB a\r\n',
    'PUB a 0\r\n\r\n',
    'x'.repeat(30),
  ],
  Buffer.of(255),
  Buffer.of(0xc3),
);
const soup = fc
  .array(scrap, { maxLength: 14 })
  .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part as string))));
const LIMITS = { maxControlLineBytes: 40, maxPayloadBytes: 1_000, maxLineBytes: 40, maxTopicBytes: 20 };

describe('codec properties, in both directions', () => {
  for (const { name, frames, parser, decoder, webDecoder, render, encoder, webEncoder } of DIRECTIONS) {
    const decodersOf = (options?: object) => ({
      parse: (parts: Parts) => parsed((parser as (given?: object) => codecs.Parser<object>)(options), parts),
      stream: (parts: Parts) => transformed((decoder as (given?: object) => Transform)(options), parts),
      webStream: async (parts: Parts): Promise<Plain[]> => {
        const stream = (webDecoder as unknown as (given?: object) => WebStream)(options);
        return (await through(stream, parts)).map(plain);
      },
    });

    it(`what ${name} sends is read as it was written, by parser, stream and Web Stream, however it is cut`, async () => {
      const { parse, stream, webStream } = decodersOf();
      const property = fc.asyncProperty(fc.array(frames, { maxLength: 8 }), seed, async (sent, cut) => {
        const wanted = sent.map(plain);
        const wire = Buffer.concat(sent.map((each) => render(each as never)));
        for (const parts of waysOf(wire, cut)) {
          expectSame(parse(parts), wanted, parts);
          expectSame(await stream(parts), wanted, parts);
          expectSame(await webStream(parts), wanted, parts);
        }
      });
      await fc.assert(property, RUNS);
    });

    it(`what ${name} sends is written alike by renderer, stream and Web Stream`, async () => {
      const property = fc.asyncProperty(fc.array(frames, { maxLength: 8 }), async (sent) => {
        const wire = Buffer.concat(sent.map((each) => render(each as never)));
        expect((await encode(encoder(), sent)).equals(wire)).to.equal(true);
        const chunks = await through(webEncoder() as unknown as WebStream, sent);
        expect(Buffer.concat(chunks).equals(wire)).to.equal(true);
      });
      await fc.assert(property, RUNS);
    });

    it(`any nonsense from ${name} is the same nonsense to parser, stream and Web Stream, however it is cut`, async () => {
      const { parse, stream, webStream } = decodersOf(LIMITS);
      const property = fc.asyncProperty(soup, seed, async (wire, cut) => {
        const wanted = parse([wire]);
        for (const parts of waysOf(wire, cut)) {
          expectSame(parse(parts), wanted, parts);
          expectSame(await stream(parts), wanted, parts);
          expectSame(await webStream(parts), wanted, parts);
        }
      });
      await fc.assert(property, { numRuns: 400 });
    });
  }
});

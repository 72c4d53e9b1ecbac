import { isUtf8 } from 'node:buffer';
import { expect } from 'chai';
import fc from 'fast-check';
import { lineDecoder, lineEncoder, natsDecoder, natsEncoder } from '../../lib/codecs.js';
import type { CommandBatch } from '../../lib/frame/command.js';
import { Delivery } from '../../lib/frame/delivery.js';
import { batchesOf, commandsOf, decode, encode, type Plain, plain, publishRuns } from '../support/codec.js';
import { seeded } from '../support/random.js';
import {
  type Message,
  type PublishLine,
  publishWire,
  referenceLineRun,
  referenceNatsRun,
} from '../support/reference-runs.js';
import { inPartsOf, inRandomParts, type Parts } from '../support/splits.js';
import { bytes, filler, nats } from '../support/wire.js';

const RUNS = { numRuns: 150 };

/** A word of a control line: no blanks, no line ends, anything else. */
const word = fc
  .array(fc.constantFrom('a', 'B', '0', '7', '.', '*', '>', 'é', '日', '-', '$', '\0', '\x7f'), {
    minLength: 1,
    maxLength: 12,
  })
  .map((letters) => letters.join(''));

/** Payloads: what the protocols themselves are made of, any bytes, and now and then more than one read holds. */
const payload = fc.oneof(
  { weight: 4, arbitrary: fc.uint8Array({ maxLength: 40 }).map((octets) => Buffer.from(octets)) },
  {
    weight: 4,
    arbitrary: fc
      .array(fc.constantFrom(0x0a, 0x0d, 0x20, 0x41, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xff), { maxLength: 40 })
      .map((octets) => Buffer.from(octets)),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('PUB a 1\r\nx\r\n', 'x\nUPDATE a y\n', '').map((text) => bytes(text)),
  },
  { weight: 2, arbitrary: fc.integer({ min: 80, max: 300 }).map(filler) },
  { weight: 1, arbitrary: fc.integer({ min: 65_000, max: 90_000 }).map(filler) },
);

const publishLine: fc.Arbitrary<PublishLine> = fc.record({
  verb: fc.constant(''),
  blanks: fc.array(fc.constantFrom(' ', ' ', ' ', '  ', '\t', ' \t '), { minLength: 1, maxLength: 4 }),
  trailing: fc.constantFrom('', '', '', ' ', '\t '),
  end: fc.constantFrom('\r\n', '\r\n', '\r\n', '\n'),
  zeros: fc.constantFrom(0, 0, 1, 3),
});

const message: fc.Arbitrary<Message> = fc
  .record({
    subject: word,
    reply: fc.option(word, { nil: undefined }),
    headers: fc.option(
      fc.uint8Array({ minLength: 1, maxLength: 30 }).map((octets) => Buffer.from(octets)),
      {
        nil: undefined,
      },
    ),
    payload,
    line: fc.option(publishLine, { nil: undefined }),
    lowerCase: fc.boolean(),
  })
  .map(({ lowerCase, line, ...rest }) => {
    const verb = rest.headers === undefined ? 'PUB' : 'HPUB';
    return {
      ...rest,
      line: line === undefined ? undefined : { ...line, verb: lowerCase ? verb.toLowerCase() : verb },
    };
  });

/** A command with its bytes. */
interface Sent {
  readonly wire: Buffer;
  readonly command: Plain;
  readonly message?: Message;
}

const natsCommand: fc.Arbitrary<Sent> = fc.oneof(
  {
    weight: 6,
    arbitrary: message.map((sent) => ({ wire: publishWire(sent), command: published(sent), message: sent })),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Sent>(
      { wire: nats.ping, command: { op: 'PING' } },
      { wire: bytes('pong and more\n'), command: { op: 'PONG' } },
      {
        wire: nats.connect('{"verbose":false}'),
        command: plain({ op: 'CONNECT', options: { verbose: false } }),
      },
      { wire: nats.unsub('é', 3), command: { op: 'UNSUB', sid: 'é', max: 3 } },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(word, word).map(([subject, sid]) => ({
      wire: bytes('sub \t', subject, '  ', sid, '\r\n'),
      command: { op: 'SUB', subject, sid },
    })),
  },
);

function published({ subject, reply, headers, payload: body }: Message): Plain {
  return plain({
    op: 'PUB',
    subject,
    ...(reply === undefined ? {} : { reply }),
    ...(headers === undefined ? {} : { headers }),
    payload: body,
  });
}

/** The same bytes as one read, in tiny reads, and in reads of random sizes. */
function threeWays(wire: Buffer, seed: number): readonly Parts[] {
  return [[wire], inPartsOf(wire, wire.length > 4_000 ? 37 : 1), inRandomParts(wire, seeded(seed))];
}

/** Runs of a batch as the core would hand them on. */
function deliveries(batch: CommandBatch, sid: string, shared: boolean): Delivery[] {
  return publishRuns(batch).map(([from, to]) => new Delivery(batch, from, to, sid, shared));
}

const seed = fc.integer({ min: 0, max: 1e9 });

describe('codec properties', () => {
  it('random NATS commands are the same commands however they are cut', async () => {
    const property = fc.asyncProperty(fc.array(natsCommand, { maxLength: 12 }), seed, async (sent, cut) => {
      const wire = bytes(...sent.map((one) => one.wire));
      for (const parts of threeWays(wire, cut))
        expect(await decode(natsDecoder(), parts)).to.deep.equal(sent.map(({ command }) => command));
    });
    await fc.assert(property, RUNS);
  });

  it('runs come out as the reference implementation writes them: spliced or formatted, headers kept or left out, in pieces or not', async () => {
    const sids = fc.constantFrom('1', '22', 'a-long-sid', 'é');
    const property = fc.asyncProperty(
      fc.array(natsCommand, { maxLength: 40 }),
      sids,
      seed,
      fc.boolean(),
      async (sent, sid, cut, shared) => {
        const messages = sent.flatMap(({ message: one }) => (one === undefined ? [] : [one]));
        for (const parts of threeWays(bytes(...sent.map(({ wire }) => wire)), cut)) {
          const batches = await batchesOf(natsDecoder(), parts);
          const runs = batches.map((batch) => deliveries(batch, sid, shared));
          for (const headers of [true, false]) {
            const written = await encode(natsEncoder({ headers }), runs);
            const wanted = referenceNatsRun(messages, sid, headers);
            if (!written.equals(wanted))
              expect(written.toString('latin1')).to.equal(wanted.toString('latin1'));
          }
          for (const end of ['\n', '\r\n'] as const) {
            const written = await encode(lineEncoder({ crlf: end === '\r\n' }), runs);
            const wanted = referenceLineRun(messages, end);
            if (!written.equals(wanted))
              expect(written.toString('latin1')).to.equal(wanted.toString('latin1'));
          }
        }
      },
    );
    await fc.assert(property, RUNS);
  });

  it('long shared runs come out as the reference implementation writes them', async () => {
    const property = fc.asyncProperty(
      fc.array(message, { minLength: 24, maxLength: 60 }),
      async (messages) => {
        const batches = await batchesOf(natsDecoder(), [bytes(...messages.map(publishWire))]);
        const runs = batches.flatMap((batch) => deliveries(batch, '9', true));
        // Twice each: the second takes what the first rendered.
        for (const headers of [true, false, true, false])
          expect(
            (await encode(natsEncoder({ headers }), runs)).equals(referenceNatsRun(messages, '9', headers)),
          ).to.equal(true);
        for (const crlf of [true, false, true, false])
          expect(
            (await encode(lineEncoder({ crlf }), runs)).equals(
              referenceLineRun(messages, crlf ? '\r\n' : '\n'),
            ),
          ).to.equal(true);
      },
    );
    await fc.assert(property, { numRuns: 15 });
  });

  it('no payload can forge a line', async () => {
    const property = fc.asyncProperty(
      fc.array(message, { minLength: 1, maxLength: 10 }),
      fc.boolean(),
      async (messages, crlf) => {
        const batches = await batchesOf(natsDecoder(), [bytes(...messages.map(publishWire))]);
        const end = crlf ? '\r\n' : '\n';
        const frames = messages.map(({ subject: topic, payload: text }) => ({ op: 'UPDATE', topic, text }));
        for (const items of [batches.flatMap((batch) => deliveries(batch, 'x', false)), frames]) {
          const written = await encode(lineEncoder({ crlf }), items);
          expect(isUtf8(written)).to.equal(true);
          const lines = written.toString().split(end);
          expect(lines.pop()).to.equal('');
          expect(lines.length).to.equal(messages.length);
          for (const [i, line] of lines.entries()) {
            expect(line.startsWith(`UPDATE ${messages[i]!.subject} `)).to.equal(true);
            expect(/[\r\n]/.test(line)).to.equal(false);
          }
        }
      },
    );
    await fc.assert(property, RUNS);
  });

  it('what the encoder writes the decoder reads: commands → wire → commands → wire', async () => {
    const property = fc.asyncProperty(fc.array(natsCommand, { maxLength: 12 }), seed, async (sent, cut) => {
      const batches = await batchesOf(natsDecoder(), [bytes(...sent.map(({ wire }) => wire))]);
      const wire = await encode(natsEncoder(), batches);
      for (const parts of threeWays(wire, cut)) {
        const again = await batchesOf(natsDecoder(), parts);
        expect(commandsOf(again)).to.deep.equal(sent.map(({ command }) => command));
        expect((await encode(natsEncoder(), again)).equals(wire)).to.equal(true);
      }
    });
    await fc.assert(property, RUNS);
  });

  it('any nonsense is the same nonsense to the NATS decoder however it is cut', async () => {
    const scraps = fc.constantFrom(
      ...[
        'PUB',
        'pub ',
        'HPUB',
        'SUB ',
        'UNSUB',
        'PING',
        'PONG',
        '+OK',
        '-ERR',
        'CONNECT',
        'INFO',
        ' ',
        ' ',
        '\t',
        '\r\n',
      ],
      ...[
        '\r\n',
        '\r\n',
        '\n',
        '\r',
        '0',
        '1',
        '2',
        '12',
        '-',
        'a',
        'b.c',
        '*',
        '{}',
        '{',
        '"',
        'null',
        'é',
        '\0',
      ],
      ...['PUB a 2\r\nhi\r\n', 'PUB a b 0\r\n\r\n', 'HPUB a 2 3\r\nabc\r\n', 'SUB a 1\r\n', 'PING\r\n'],
      ' '.repeat(30),
      'x'.repeat(30),
    );
    const soup = fc.array(scraps, { maxLength: 14 }).map((parts) => bytes(...parts));
    const options = { maxControlLineBytes: 40, maxPayloadBytes: 1_000 };
    const property = fc.asyncProperty(soup, seed, async (wire, cut) => {
      const [whole, ...others] = threeWays(wire, cut);
      const commands = await decode(natsDecoder(options), whole!);
      expect(commands.slice(0, -1).map(({ op }) => op)).not.to.include('FAULT');
      for (const parts of others) expect(await decode(natsDecoder(options), parts)).to.deep.equal(commands);
    });
    await fc.assert(property, { numRuns: 1_500 });
  });

  it('any nonsense is the same nonsense to the line decoder however it is cut', async () => {
    const scraps = fc.constantFrom<string | Buffer>(
      ...[
        'PUB',
        'pub ',
        'SUB ',
        'UNSUB ',
        'PING',
        'HELP',
        'QUIT',
        'AUTH',
        ' ',
        ' ',
        '\t',
        '\n',
        '\n',
        '\n',
        '\r\n',
        '\r',
      ],
      ...['a', 'b.c', '*', 'a.>', '..', 'é', '\0', 'PUB a b c\n', 'SUB a\r\n', 'x'.repeat(12)],
      ...[[255], [255, 251, 1], [255, 250], [255, 240], [255, 255], [250], [0xc3], [0xa9], [0x80]].map(
        (octets) => Buffer.from(octets),
      ),
    );
    const soup = fc.array(scraps, { maxLength: 14 }).map((parts) => bytes(...parts));
    const property = fc.asyncProperty(soup, seed, async (wire, cut) => {
      const [whole, ...others] = threeWays(wire, cut);
      const commands = await decode(lineDecoder({ maxLineBytes: 40 }), whole!);
      for (const parts of others)
        expect(await decode(lineDecoder({ maxLineBytes: 40 }), parts)).to.deep.equal(commands);
    });
    await fc.assert(property, { numRuns: 1_500 });
  });
});

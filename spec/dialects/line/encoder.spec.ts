import { expect } from 'chai';
import { type LineFrame, lineDecoder, lineEncoder, natsDecoder } from '../../../lib/codecs.js';
import { batchOf } from '../../../lib/frame/command.js';
import { Delivery, Receipt } from '../../../lib/frame/delivery.js';
import { batchesOf, batchOfWire, encode } from '../../support/codec.js';
import { inPartsOf } from '../../support/splits.js';
import { bytes, filler, headerBlock, line, nats } from '../../support/wire.js';

const ENDS = [
  { end: '\n', crlf: false, name: 'LF' },
  { end: '\r\n', crlf: true, name: 'CRLF' },
] as const;

type Wire = ReturnType<typeof line>;

const frames: readonly (readonly [name: string, frame: LineFrame, wire: (to: Wire) => Buffer])[] = [
  ['OK SUB', { op: 'OK', verb: 'SUB', topic: 'a.*' }, (to) => to.ok('SUB', 'a.*')],
  ['OK UNSUB', { op: 'OK', verb: 'UNSUB', topic: 'a' }, (to) => to.ok('UNSUB', 'a')],
  ['OK PUB', { op: 'OK', verb: 'PUB', topic: 'grüße' }, (to) => to.ok('PUB', 'grüße')],
  ['OK AUTH', { op: 'OK', verb: 'AUTH' }, (to) => to.ok('AUTH')],
  ['ERR', { op: 'ERR', reason: 'missing topic' }, (to) => to.err('missing topic')],
  ['PONG', { op: 'PONG' }, (to) => to.word('PONG')],
  ['QUIT', { op: 'QUIT' }, (to) => to.word('QUIT')],
  [
    'UPDATE',
    { op: 'UPDATE', topic: 'a', text: 'any text  as is ' },
    (to) => to.update('a', 'any text  as is '),
  ],
  ['UPDATE of bytes', { op: 'UPDATE', topic: 'a', text: bytes('héllo') }, (to) => to.update('a', 'héllo')],
  ['UPDATE of nothing', { op: 'UPDATE', topic: 'a', text: '' }, (to) => to.update('a', '')],
  [
    'UPDATE with line ends',
    { op: 'UPDATE', topic: 'a', text: 'x\r\nOK PUB a\ny\r' },
    (to) => to.update('a', 'x\\r\\nOK PUB a\\ny\\r'),
  ],
  [
    'UPDATE of bytes with line ends and no UTF-8',
    { op: 'UPDATE', topic: 'a', text: Buffer.of(0x61, 0x0a, 0xff, 0x0d, 0xc3) },
    (to) => to.update('a', 'a\\n\ufffd\\r\ufffd'),
  ],
  ['a topic with a line end', { op: 'OK', verb: 'SUB', topic: 'a\nb' }, (to) => to.ok('SUB', 'a\\nb')],
  [
    'an UPDATE topic with a line end',
    { op: 'UPDATE', topic: 'a\r\nb', text: 'x' },
    (to) => to.update('a\\r\\nb', 'x'),
  ],
  ['a reason with a line end', { op: 'ERR', reason: 'a\r\nb' }, (to) => to.err('a\\r\\nb')],
];

/** Payloads of another dialect, and what a line subscriber reads. */
const payloads: readonly (readonly [name: string, payload: Buffer, text: string])[] = [
  ['ASCII', bytes('hello'), 'hello'],
  ['nothing', bytes(''), ''],
  ['blanks', bytes('  a  '), '  a  '],
  ['UTF-8', bytes('héllo 日本 \u{1f600}'), 'héllo 日本 \u{1f600}'],
  ['a byte order mark', bytes('\ufeffa'), '\ufeffa'],
  ['a NUL and an escape', bytes('\0\x1b[31m'), '\0\x1b[31m'],
  ['LF', bytes('a\nb'), 'a\\nb'],
  ['CR', bytes('a\rb'), 'a\\rb'],
  ['CRLF at both ends', bytes('\r\na\r\n'), '\\r\\na\\r\\n'],
  ['a forged line', bytes('x\nUPDATE a forged\n'), 'x\\nUPDATE a forged\\n'],
  ['nothing but LF', bytes('\n\n\n\n'), '\\n\\n\\n\\n'],
  ['a lone continuation byte', Buffer.of(0x61, 0x80, 0x62), 'a\ufffdb'],
  ['a cut-off character', Buffer.of(0x61, 0xe2, 0x82), 'a\ufffd'],
  ['an overlong LF', Buffer.of(0x61, 0xc0, 0x8a, 0x62), 'a\ufffd\ufffdb'],
  ['a character cut by an LF', Buffer.of(0xe2, 0x82, 0x0a, 0xac), '\ufffd\\n\ufffd'],
  ['nothing but 255, telnet’s command', Buffer.alloc(9, 255), '\ufffd'.repeat(9)],
  ['UTF-8 and LF', bytes('é\né'), 'é\\né'],
];

describe('lineEncoder', () => {
  for (const { end, crlf, name: endName } of ENDS) {
    const to = line(end);

    describe(`with ${endName}`, () => {
      for (const [name, frame, wire] of frames) {
        it(name, async () => {
          expect((await encode(lineEncoder({ crlf }), [frame])).toString()).to.equal(wire(to).toString());
        });
      }

      it('all frames in one array', async () => {
        const written = await encode(lineEncoder({ crlf }), [frames.map(([, frame]) => frame)]);
        expect(written.equals(bytes(...frames.map(([, , wire]) => wire(to))))).to.equal(true);
      });

      it('HELP is a few lines that tell every verb', async () => {
        const text = (await encode(lineEncoder({ crlf }), [{ op: 'HELP' }])).toString();
        const lines = text.split(end);
        expect(lines.pop()).to.equal('');
        expect(lines.length).to.be.within(4, 12);
        for (const one of lines) expect(one).to.match(/^[\x20-\x7e]{1,100}$/);
        for (const verb of ['SUB', 'UNSUB', 'PUB', 'PING', 'QUIT'])
          expect(
            lines.some((one) => one.startsWith(`${verb} `)),
            verb,
          ).to.equal(true);
        expect(lines.find((one) => one.startsWith('PUB '))).to.match(
          /; PUB, the topic and one blank: an empty one$/,
        );
      });

      for (const [name, payload, text] of payloads) {
        it(`a message of ${name}`, async () => {
          const batch = batchOf({ subject: 'a.b', reply: 'r', payload });
          const run = new Delivery(batch, 0, 1, 'a.*', false);
          expect((await encode(lineEncoder({ crlf }), [run])).toString()).to.equal(
            to.update('a.b', text).toString(),
          );
        });
      }

      it('all of them in one run', async () => {
        const wire = bytes(...payloads.map(([, payload]) => nats.pub('a', payload)));
        const batch = await batchOfWire(natsDecoder(), wire);
        const run = new Delivery(batch, 0, batch.length, 'a', true);
        const written = await encode(lineEncoder({ crlf }), [run]);
        expect(written.toString()).to.equal(
          bytes(...payloads.map(([, , text]) => to.update('a', text))).toString(),
        );
      });

      it('a run of the line dialect itself, and its receipts', async () => {
        const batch = await batchOfWire(lineDecoder(), bytes('SUB a\nPUB a x\nPUB ü y  z \nPUB b c\rd\n'));
        const written = await encode(lineEncoder({ crlf }), [
          new Receipt(batch, 1, 4),
          new Delivery(batch, 1, 4, '>', false),
        ]);
        expect(written.toString()).to.equal(
          bytes(
            to.ok('PUB', 'a'),
            to.ok('PUB', 'ü'),
            to.ok('PUB', 'b'),
            to.update('a', 'x'),
            to.update('ü', 'y  z '),
            to.update('b', 'c\\rd'),
          ).toString(),
        );
      });

      it('replies and headers do not show', async () => {
        const block = headerBlock(['A', 'b']);
        const wire = bytes(
          nats.hpub('a', block, 'hi', { reply: 'r' }),
          nats.hpub('a', block, ''),
          nats.pub('a', 'x', { reply: 'r' }),
        );
        const batch = await batchOfWire(natsDecoder(), wire);
        const written = await encode(lineEncoder({ crlf }), [new Delivery(batch, 0, 3, 'a', false)]);
        expect(written.toString()).to.equal(
          bytes(to.update('a', 'hi'), to.update('a', ''), to.update('a', 'x')).toString(),
        );
      });

      for (const [name, payload, text] of [
        ['that is ASCII', bytes('x'.repeat(100_000)), 'x'.repeat(100_000)],
        ['of line ends', Buffer.alloc(100_000, 10), '\\n'.repeat(100_000)],
        ['of no UTF-8', Buffer.alloc(100_000, 255), '\ufffd'.repeat(100_000)],
        ['whose characters the reads cut', bytes('日'.repeat(33_334)), '日'.repeat(33_334)],
      ] as const) {
        it(`a message in pieces ${name}`, async () => {
          const block = headerBlock(['A', 'b']);
          const [batch] = await batchesOf(natsDecoder(), inPartsOf(nats.hpub('a', block, payload), 20_000));
          expect(batch!.pieces!.length).to.be.above(1);
          const written = await encode(lineEncoder({ crlf }), [
            new Delivery(batch!, 0, 1, 'a', false),
            { op: 'PONG' },
          ]);
          expect(written.equals(bytes(to.update('a', text), to.word('PONG')))).to.equal(true);
        });
      }
    });
  }

  it('a large shared run is rendered once for each line end', async () => {
    const batch = await batchOfWire(
      natsDecoder(),
      bytes(...Array.from({ length: 60 }, (_, i) => nats.pub(`s.${i}`, `${i}`))),
    );
    const chunksOf = (crlf: boolean, sid: string): Buffer[] => {
      const encoder = lineEncoder({ crlf });
      encoder.borrows = true;
      const chunks: Buffer[] = [];
      encoder.on('data', (chunk: Buffer) => chunks.push(chunk));
      encoder.write(new Delivery(batch, 0, 60, sid, true));
      return chunks;
    };
    const [lf, lfToo, cr] = [chunksOf(false, 'a'), chunksOf(false, 'b'), chunksOf(true, 'a')];
    expect(lfToo[0]).to.equal(lf[0]);
    for (const [chunks, end] of [
      [lf, '\n'],
      [cr, '\r\n'],
    ] as const) {
      const wire = bytes(...Array.from({ length: 60 }, (_, i) => line(end).update(`s.${i}`, `${i}`)));
      expect(Buffer.concat(chunks).equals(wire)).to.equal(true);
    }
  });

  it('an order of CRLF holds from its place on', async () => {
    const encoder = lineEncoder();
    const chunks: Buffer[] = [];
    encoder.on('data', (chunk: Buffer) => chunks.push(chunk));
    encoder.write([{ op: 'PONG' }, { op: 'CRLF' }, { op: 'PONG' }]);
    encoder.write([{ op: 'UPDATE', topic: 'a', text: filler(3) }]);
    expect(Buffer.concat(chunks).toString()).to.equal('PONG\nPONG\r\nUPDATE a \0\x01\x02\r\n');
  });

  it('what is no frame is an error of the stream, not of the writer', async () => {
    const encoder = lineEncoder();
    const failed = new Promise((resolve) => encoder.once('error', resolve));
    encoder.write({ op: 'SUB', topic: 'a' });
    expect(await failed).to.have.property('code', 'INTERNAL');
  });
});

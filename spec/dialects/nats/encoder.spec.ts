import { expect } from 'chai';
import { type NatsFrame, natsDecoder, natsEncoder } from '../../../lib/codecs.js';
import { batchOf } from '../../../lib/frame/command.js';
import { Delivery, Receipt } from '../../../lib/frame/delivery.js';
import { batchesOf, batchOfWire, decode, encode, plain, publishRuns } from '../../support/codec.js';
import { natsCases } from '../../support/fixtures/nats.cases.js';
import { inPartsOf } from '../../support/splits.js';
import { bytes, filler, headerBlock, nats } from '../../support/wire.js';

const BLOCK = headerBlock(['A', 'b']);

const frames: readonly (readonly [name: string, frame: NatsFrame, wire: Buffer])[] = [
  [
    'INFO',
    { op: 'INFO', info: { server_id: 'x', headers: true } },
    nats.info('{"server_id":"x","headers":true}'),
  ],
  [
    'CONNECT',
    { op: 'CONNECT', options: { verbose: false, name: 'é' } },
    nats.connect('{"verbose":false,"name":"é"}'),
  ],
  ['PING', { op: 'PING' }, nats.ping],
  ['PONG', { op: 'PONG' }, nats.pong],
  ['+OK', { op: '+OK' }, nats.ok],
  ['-ERR', { op: '-ERR', message: 'Slow Consumer' }, nats.err('Slow Consumer')],
  ['SUB', { op: 'SUB', subject: 'a.*', sid: '1' }, nats.sub('a.*', '1')],
  ['SUB with a queue group', { op: 'SUB', subject: 'a', queue: 'q', sid: '1' }, nats.sub('a', '1', 'q')],
  ['UNSUB', { op: 'UNSUB', sid: '1' }, nats.unsub('1')],
  ['UNSUB with a max', { op: 'UNSUB', sid: '1', max: 3 }, nats.unsub('1', 3)],
  ['PUB', { op: 'PUB', subject: 'a', payload: 'hi' }, nats.pub('a', 'hi')],
  ['PUB of bytes', { op: 'PUB', subject: 'a', payload: filler(256) }, nats.pub('a', filler(256))],
  ['PUB, its size in bytes', { op: 'PUB', subject: 'é', payload: 'é日' }, nats.pub('é', 'é日')],
  ['PUB of nothing', { op: 'PUB', subject: 'a', payload: '' }, nats.pub('a', '')],
  [
    'PUB with a reply',
    { op: 'PUB', subject: 'a', reply: 'r', payload: 'hi' },
    nats.pub('a', 'hi', { reply: 'r' }),
  ],
  ['HPUB', { op: 'PUB', subject: 'a', headers: BLOCK, payload: 'hi' }, nats.hpub('a', BLOCK, 'hi')],
  [
    'HPUB with a reply',
    { op: 'PUB', subject: 'a', reply: 'r', headers: BLOCK, payload: '' },
    nats.hpub('a', BLOCK, '', { reply: 'r' }),
  ],
  ['MSG', { op: 'MSG', subject: 'a', sid: '7', payload: 'hi' }, nats.msg('a', '7', 'hi')],
  [
    'MSG with a reply',
    { op: 'MSG', subject: 'a', sid: '7', reply: 'r', payload: filler(9) },
    nats.msg('a', '7', filler(9), { reply: 'r' }),
  ],
  [
    'HMSG',
    { op: 'MSG', subject: 'a', sid: '7', headers: BLOCK, payload: 'hi' },
    nats.hmsg('a', '7', BLOCK, 'hi'),
  ],
  [
    'HMSG with a reply',
    { op: 'MSG', subject: 'a', sid: '7', reply: 'r', headers: BLOCK, payload: 'hi' },
    nats.hmsg('a', '7', BLOCK, 'hi', { reply: 'r' }),
  ],
  [
    'a large MSG',
    { op: 'MSG', subject: 'a', sid: '7', payload: filler(300_000) },
    nats.msg('a', '7', filler(300_000)),
  ],
];

describe('natsEncoder', () => {
  describe('plain frames', () => {
    for (const [name, frame, wire] of frames) {
      it(name, async () => {
        expect((await encode(natsEncoder(), [frame])).toString('latin1')).to.equal(wire.toString('latin1'));
      });
    }

    it('all of them, one write each', async () => {
      const wire = bytes(...frames.map(([, , expected]) => expected));
      const written = await encode(
        natsEncoder(),
        frames.map(([, frame]) => frame),
      );
      expect(written.equals(wire)).to.equal(true);
    });

    it('all of them, one array', async () => {
      const wire = bytes(...frames.map(([, , expected]) => expected));
      expect((await encode(natsEncoder(), [frames.map(([, frame]) => frame)])).equals(wire)).to.equal(true);
    });

    it('without headers where there are to be none', async () => {
      const written = await encode(natsEncoder({ headers: false }), [
        { op: 'MSG', subject: 'a', sid: '7', reply: 'r', headers: BLOCK, payload: 'hi' },
        { op: 'PUB', subject: 'a', headers: BLOCK, payload: '' },
        { op: 'MSG', subject: 'a', sid: '7', payload: 'hi' },
      ]);
      const wire = bytes(
        nats.msg('a', '7', 'hi', { reply: 'r' }),
        nats.pub('a', ''),
        nats.msg('a', '7', 'hi'),
      );
      expect(written.toString()).to.equal(wire.toString());
    });

    it('with headers or without, as was said before them', async () => {
      const message = { op: 'MSG', subject: 'a', sid: '7', headers: BLOCK, payload: 'hi' };
      const run = batchOf({ subject: 'a', headers: BLOCK, payload: bytes('hi') });
      const delivery = new Delivery(run, 0, 1, '7', false);
      const order = (on: boolean) => ({ op: 'HEADERS', on });
      const items = [message, order(false), message, delivery, order(true), delivery];
      for (const written of [await encode(natsEncoder(), items), await encode(natsEncoder(), [items])]) {
        const wire = bytes(
          nats.hmsg('a', '7', BLOCK, 'hi'),
          nats.msg('a', '7', 'hi'),
          nats.msg('a', '7', 'hi'),
          nats.hmsg('a', '7', BLOCK, 'hi'),
        );
        expect(written.toString()).to.equal(wire.toString());
      }
    });

    it('an empty array writes nothing', async () => {
      expect((await encode(natsEncoder(), [[], []])).length).to.equal(0);
    });

    for (const wrong of [{ op: 'FAULT', code: 'PARSER_ERROR' }, { op: 'NO SUCH' }, {}]) {
      it(`${JSON.stringify(wrong)} is an error of the stream, not of the writer`, async () => {
        const encoder = natsEncoder();
        let thrown: unknown;
        const failed = new Promise((resolve) => encoder.once('error', resolve));
        try {
          encoder.write(wrong);
        } catch (error) {
          thrown = error;
        }
        expect(thrown).to.equal(undefined);
        expect(await failed).to.have.property('code', 'INTERNAL');
      });
    }
  });

  describe('what the decoder made', () => {
    for (const [about, rows] of Object.entries(natsCases)) {
      for (const { name, wire, commands, canonical, options } of rows) {
        if (canonical) {
          it(`${about}: ${name}: is written as it came`, async () => {
            expect((await encode(natsEncoder(), commands)).equals(wire)).to.equal(true);
            const batches = await batchesOf(natsDecoder(options), inPartsOf(wire, 999));
            expect(
              (
                await encode(
                  natsEncoder(),
                  batches.flatMap((batch) => [...batch]),
                )
              ).equals(wire),
            ).to.equal(true);
            expect((await encode(natsEncoder(), batches)).equals(wire), 'batches').to.equal(true);
          });
        } else {
          it(`${about}: ${name}: is read again as it was`, async () => {
            const written = await encode(natsEncoder(), commands);
            expect(await decode(natsDecoder(), [written])).to.deep.equal(commands.map(plain));
          });
        }
      }
    }
  });

  describe('runs', () => {
    const messages = [
      nats.pub('foo', 'hi'),
      nats.pub('bar.baz', 'é', { reply: '_INBOX.1' }),
      nats.hpub('foo', BLOCK, 'hi'),
      nats.hpub('foo', BLOCK, '', { reply: 'r' }),
      nats.pub('x', filler(300)),
      nats.pub('y', ''),
    ];
    const full = bytes(
      nats.msg('foo', '7', 'hi'),
      nats.msg('bar.baz', '7', 'é', { reply: '_INBOX.1' }),
      nats.hmsg('foo', '7', BLOCK, 'hi'),
      nats.hmsg('foo', '7', BLOCK, '', { reply: 'r' }),
      nats.msg('x', '7', filler(300)),
      nats.msg('y', '7', ''),
    );
    const stripped = bytes(
      nats.msg('foo', '7', 'hi'),
      nats.msg('bar.baz', '7', 'é', { reply: '_INBOX.1' }),
      nats.msg('foo', '7', 'hi'),
      nats.msg('foo', '7', '', { reply: 'r' }),
      nats.msg('x', '7', filler(300)),
      nats.msg('y', '7', ''),
    );

    for (const shared of [false, true]) {
      it(`of canonical publishes, ${shared ? 'shared' : 'not shared'}`, async () => {
        const batch = await batchOfWire(natsDecoder(), bytes(...messages));
        const run = new Delivery(batch, 0, batch.length, '7', shared);
        expect((await encode(natsEncoder(), [run])).toString('latin1')).to.equal(full.toString('latin1'));
        const plainClient = natsEncoder({ headers: false });
        expect((await encode(plainClient, [run])).toString('latin1')).to.equal(stripped.toString('latin1'));
      });
    }

    it('of part of a batch', async () => {
      const batch = await batchOfWire(natsDecoder(), bytes(nats.ping, ...messages, nats.ping));
      const runs = [new Delivery(batch, 2, 3, '7', true), new Delivery(batch, 5, 7, '7', true)];
      const wire = bytes(
        nats.msg('bar.baz', '7', 'é', { reply: '_INBOX.1' }),
        nats.msg('x', '7', filler(300)),
        nats.msg('y', '7', ''),
      );
      expect((await encode(natsEncoder(), [runs])).equals(wire)).to.equal(true);
    });

    const forms: readonly (readonly [
      name: string,
      sent: Buffer | string,
      kept: Buffer | string,
      stripped?: Buffer | string,
    ])[] = [
      ['size digits as they came', 'PUB a 002\r\nhi\r\n', 'MSG a 7 002\r\nhi\r\n'],
      [
        'header size digits as they came',
        bytes('HPUB a 018 0020\r\n', BLOCK, 'hi\r\n'),
        bytes('HMSG a 7 018 0020\r\n', BLOCK, 'hi\r\n'),
        nats.msg('a', '7', 'hi'),
      ],
      ['runs of blanks put right', 'PUB  a \t r  2 \r\nhi\r\n', nats.msg('a', '7', 'hi', { reply: 'r' })],
      ['LF put right', 'PUB a 2\nhi\r\n', nats.msg('a', '7', 'hi')],
      ['tabs put right', 'PUB\ta\t2\r\nhi\r\n', nats.msg('a', '7', 'hi')],
      ['any case', 'pUb a 2\r\nhi\r\n', nats.msg('a', '7', 'hi')],
      [
        'any case, headers',
        bytes('hpub a 18 20\r\n', BLOCK, 'hi\r\n'),
        nats.hmsg('a', '7', BLOCK, 'hi'),
        nats.msg('a', '7', 'hi'),
      ],
      ['headers of no bytes', 'HPUB a 0 2\r\nhi\r\n', nats.msg('a', '7', 'hi')],
      [
        'headers of no bytes, a reply, nothing',
        'HPUB a r 0 0\r\n\r\n',
        nats.msg('a', '7', '', { reply: 'r' }),
      ],
      ['a NUL in the subject', 'PUB a\0b 1\r\nx\r\n', 'MSG a\0b 7 1\r\nx\r\n'],
    ];
    for (const [name, sent, kept, without = kept] of forms) {
      it(name, async () => {
        const batch = await batchOfWire(natsDecoder(), bytes(sent));
        const run = new Delivery(batch, 0, 1, '7', false);
        expect((await encode(natsEncoder(), [run])).toString('latin1')).to.equal(
          bytes(kept).toString('latin1'),
        );
        const written = await encode(natsEncoder({ headers: false }), [run]);
        expect(written.toString('latin1')).to.equal(bytes(without).toString('latin1'));
      });
    }

    it('of a message that came in pieces', async () => {
      const payload = filler(200_000);
      const wire = bytes(nats.pub('a', payload, { reply: 'r' }));
      const [batch] = await batchesOf(natsDecoder(), inPartsOf(wire, 60_000));
      expect(batch!.pieces!.length).to.be.above(1);
      const written = await encode(natsEncoder(), [new Delivery(batch!, 0, 1, '7', true), { op: 'PING' }]);
      expect(written.equals(bytes(nats.msg('a', '7', payload, { reply: 'r' }), nats.ping))).to.equal(true);
    });

    for (const headerBytes of [18, 60_000, 150_000]) {
      it(`of a message in pieces with ${headerBytes} bytes of headers`, async () => {
        const block = headerBlock(['A', 'x'.repeat(headerBytes - 17)]);
        expect(block.length).to.equal(headerBytes);
        const payload = filler(100_000);
        const [batch] = await batchesOf(natsDecoder(), inPartsOf(nats.hpub('a', block, payload), 33_333));
        expect(batch!.pieces!.length).to.be.above(1);
        const run = new Delivery(batch!, 0, 1, '7', true);
        expect((await encode(natsEncoder(), [run])).equals(nats.hmsg('a', '7', block, payload))).to.equal(
          true,
        );
        const written = await encode(natsEncoder({ headers: false }), [run]);
        expect(written.equals(nats.msg('a', '7', payload))).to.equal(true);
      });
    }

    it('of a message in pieces that is all headers', async () => {
      const block = headerBlock(['A', 'x'.repeat(100_000)]);
      const [batch] = await batchesOf(natsDecoder(), inPartsOf(nats.hpub('a', block, ''), 33_333));
      const run = new Delivery(batch!, 0, 1, '7', false);
      expect((await encode(natsEncoder(), [run])).equals(nats.hmsg('a', '7', block, ''))).to.equal(true);
      const written = await encode(natsEncoder({ headers: false }), [run]);
      expect(written.toString()).to.equal(nats.msg('a', '7', '').toString());
    });

    it('each with the sid of its subscription, whatever sid the one before had', async () => {
      const sids = ['1', '22', '1', '', 'é', '333', 'x'.repeat(20), 'y'.repeat(21), 'éé', '4', '4', '55'];
      const batch = await batchOfWire(natsDecoder(), nats.pub('a.b', 'hi'));
      const runs = sids.map((sid) => new Delivery(batch, 0, 1, sid, false));
      const expected = bytes(...sids.map((sid) => nats.msg('a.b', sid, 'hi')));
      expect((await encode(natsEncoder(), runs)).toString()).to.equal(expected.toString());
    });

    it('pieces go out by reference', async () => {
      const [batch] = await batchesOf(natsDecoder(), inPartsOf(nats.pub('a', filler(200_000)), 65_536));
      const encoder = natsEncoder();
      const chunks: Buffer[] = [];
      encoder.on('data', (chunk: Buffer) => chunks.push(chunk));
      encoder.write(new Delivery(batch!, 0, 1, '7', false));
      const largest = Math.max(...chunks.map(({ length }) => length));
      expect(chunks.find(({ length }) => length === largest)!.buffer).to.equal(batch!.pieces![1]!.buffer);
    });

    it('of messages the broker made itself', async () => {
      const block = bytes('NATS/1.0 503\r\n\r\n');
      const batches = [
        batchOf({ subject: 'a', payload: bytes('hi') }),
        batchOf({ subject: 'é', reply: 'r', payload: bytes('é') }),
        batchOf({ subject: 'a', headers: block, payload: Buffer.alloc(0) }),
        batchOf({ subject: 'a', reply: 'r', headers: block, payload: filler(120) }),
      ];
      const runs = batches.map((batch) => new Delivery(batch, 0, 1, '7', false));
      expect((await encode(natsEncoder(), [runs])).toString('latin1')).to.equal(
        bytes(
          nats.msg('a', '7', 'hi'),
          nats.msg('é', '7', 'é', { reply: 'r' }),
          nats.hmsg('a', '7', block, ''),
          nats.hmsg('a', '7', block, filler(120), { reply: 'r' }),
        ).toString('latin1'),
      );
      expect((await encode(natsEncoder({ headers: false }), [runs])).toString('latin1')).to.equal(
        bytes(
          nats.msg('a', '7', 'hi'),
          nats.msg('é', '7', 'é', { reply: 'r' }),
          nats.msg('a', '7', ''),
          nats.msg('a', '7', filler(120), { reply: 'r' }),
        ).toString('latin1'),
      );
    });

    it('large shared runs are rendered once for all who get the same bytes', async () => {
      const count = 100;
      const wire = bytes(...Array.from({ length: count }, (_, i) => nats.hpub(`s.${i}`, BLOCK, `${i}`)));
      const batch = await batchOfWire(natsDecoder(), wire);
      const chunksOf = (sid: string, headers: boolean): Buffer[] => {
        const encoder = natsEncoder({ headers });
        encoder.borrows = true;
        const chunks: Buffer[] = [];
        encoder.on('data', (chunk: Buffer) => chunks.push(chunk));
        encoder.write(new Delivery(batch, 0, count, sid, true));
        return chunks;
      };
      const kept = (sid: string) =>
        bytes(...Array.from({ length: count }, (_, i) => nats.hmsg(`s.${i}`, sid, BLOCK, `${i}`)));
      const plain = (sid: string) =>
        bytes(...Array.from({ length: count }, (_, i) => nats.msg(`s.${i}`, sid, `${i}`)));
      const [first, second, otherSid, noHeaders, again] = [
        chunksOf('1', true),
        chunksOf('1', true),
        chunksOf('22', true),
        chunksOf('1', false),
        chunksOf('22', true),
      ];
      expect(second[0]).to.equal(first[0]);
      expect(again[0]).to.equal(otherSid[0]);
      expect(Buffer.concat(first).equals(kept('1'))).to.equal(true);
      expect(Buffer.concat(otherSid).equals(kept('22'))).to.equal(true);
      expect(Buffer.concat(noHeaders).equals(plain('1'))).to.equal(true);
    });

    it('overlapping shared runs of one batch are each rendered for themselves', async () => {
      const batch = await batchOfWire(
        natsDecoder(),
        bytes(...Array.from({ length: 60 }, (_, i) => nats.pub(`s.${i}`, `${i}`))),
      );
      for (const [from, to] of [
        [0, 60],
        [10, 60],
        [0, 50],
        [10, 50],
        [0, 60],
      ] as const) {
        const wire = Array.from({ length: to - from }, (_, i) =>
          nats.msg(`s.${from + i}`, '1', `${from + i}`),
        );
        const written = await encode(natsEncoder(), [new Delivery(batch, from, to, '1', true)]);
        expect(written.toString(), `${from} to ${to}`).to.equal(bytes(...wire).toString());
      }
    });

    it('nothing already handed on is ever written again', async () => {
      const batch = await batchOfWire(natsDecoder(), bytes(...messages));
      const encoders = Array.from({ length: 8 }, (_, i) => ({
        encoder: natsEncoder(),
        sid: `${i}`,
        chunks: [] as Buffer[],
      }));
      for (const { encoder, chunks } of encoders) encoder.on('data', (chunk: Buffer) => chunks.push(chunk));
      for (let round = 0; round < 500; round++)
        for (const { encoder, sid } of encoders) encoder.write(new Delivery(batch, 0, 6, sid, true));
      for (const { encoder, sid, chunks } of encoders) {
        encoder.destroy();
        const once = Buffer.from(full.toString('latin1').replaceAll(' 7 ', ` ${sid} `), 'latin1');
        const all = Buffer.concat(Array.from({ length: 500 }, () => once));
        expect(Buffer.concat(chunks).equals(all)).to.equal(true);
      }
    });

    it('gathers the small items of an array in one chunk', () => {
      const encoder = natsEncoder();
      const chunks: Buffer[] = [];
      encoder.on('data', (chunk: Buffer) => chunks.push(chunk));
      const batch = batchOf({ subject: 'a', payload: bytes('hi') });
      encoder.write([
        new Receipt(batch, 0, 1),
        new Delivery(batch, 0, 1, '1', false),
        new Delivery(batch, 0, 1, '2', false),
      ]);
      expect(chunks.map(String)).to.deep.equal(['+OK\r\nMSG a 1 2\r\nhi\r\nMSG a 2 2\r\nhi\r\n']);
    });
  });

  it('receipts are one +OK for each publish', async () => {
    const wire = bytes(...Array.from({ length: 5 }, () => nats.pub('a', 'b')));
    const batch = await batchOfWire(natsDecoder(), wire);
    const written = await encode(natsEncoder(), [
      new Receipt(batch, 1, 4),
      { op: 'PONG' },
      new Receipt(batch, 0, 1),
    ]);
    expect(written.toString()).to.equal('+OK\r\n+OK\r\n+OK\r\nPONG\r\n+OK\r\n');
    expect(publishRuns(batch)).to.deep.equal([[0, 5]]);
  });
});

import type { Transform } from 'node:stream';
import { expect } from 'chai';
import {
  type LineClientFrame,
  type LineFrame,
  lineClientEncoder,
  lineDecoder,
  lineEncoder,
  type NatsFrame,
  natsEncoder,
  natsServerDecoder,
  renderLine,
  renderLineCommand,
  renderNats,
} from '../../lib/codecs.js';
import { batchesOf, encode } from '../support/codec.js';
import { lineServerCases } from '../support/fixtures/line-server.cases.js';
import { natsCases } from '../support/fixtures/nats.cases.js';
import { natsServerCases } from '../support/fixtures/nats-server.cases.js';
import { inPartsOf } from '../support/splits.js';
import { bytes, headerBlock, line, nats, type Part } from '../support/wire.js';

interface Row {
  readonly name: string;
  readonly wire: Buffer;
  readonly commands: readonly object[];
  readonly canonical?: true;
}

/** Rows whose wire is what the commands are written as. */
function canonicalRows(...tables: readonly Readonly<Record<string, readonly Row[]>>[]): readonly Row[] {
  return tables.flatMap((table) => Object.values(table).flat()).filter(({ canonical }) => canonical === true);
}

function describeRendering(
  name: string,
  rows: readonly Row[],
  render: (frame: never) => Buffer,
  encoder: () => Transform,
): void {
  describe(name, () => {
    for (const row of rows) {
      it(row.name, async () => {
        const one = bytes(...row.commands.map((frame) => render(frame as never)));
        expect(one.equals(row.wire), 'rendered').to.equal(true);
        expect((await encode(encoder(), row.commands)).equals(row.wire), 'one by one').to.equal(true);
        expect((await encode(encoder(), [row.commands])).equals(row.wire), 'as an array').to.equal(true);
      });
    }
  });
}

const clientRows: readonly Row[] = (['\n', '\r\n'] as const).flatMap((end) => {
  const to = line(end);
  const first = end === '\n' ? [] : [{ op: 'CRLF' }];
  const row = (name: string, wire: Part, command: object) => ({
    name: `${name}, ${JSON.stringify(end)}`,
    wire: bytes(wire),
    commands: [...first, command],
  });
  return [
    row('SUB', to.sub('a.*'), { op: 'SUB', topic: 'a.*' }),
    row('UNSUB', to.unsub('é'), { op: 'UNSUB', topic: 'é' }),
    row('PUB', to.pub('a', ' x  y '), { op: 'PUB', subject: 'a', payload: bytes(' x  y ') }),
    row('PUB of text', to.pub('a', 'é'), { op: 'PUB', subject: 'a', payload: 'é' }),
    row('PUB of line ends', to.pub('a', 'x\\r\\nQUIT\\n'), {
      op: 'PUB',
      subject: 'a',
      payload: 'x\r\nQUIT\n',
    }),
    row('PUB of no UTF-8', to.pub('a', '\ufffd'), { op: 'PUB', subject: 'a', payload: Buffer.of(255) }),
    row('PUB of a Uint8Array', to.pub('a', 'x'), { op: 'PUB', subject: 'a', payload: Uint8Array.of(120) }),
    row('SUB of a line end', to.sub('a\\nQUIT'), { op: 'SUB', topic: 'a\nQUIT' }),
    row('AUTH of a token', to.word('AUTH t'), { op: 'AUTH', secret: 't' }),
    row('AUTH of a user', to.word('AUTH u p'), { op: 'AUTH', user: 'u', secret: 'p' }),
    row('PING', to.word('PING'), { op: 'PING' }),
    row('HELP', to.word('HELP'), { op: 'HELP' }),
    row('QUIT', to.word('QUIT'), { op: 'QUIT' }),
  ];
});

describe('renderers without a stream', () => {
  describeRendering(
    'renderNats and natsEncoder',
    canonicalRows(natsCases, natsServerCases),
    renderNats,
    natsEncoder,
  );
  describeRendering('renderLine and lineEncoder', canonicalRows(lineServerCases), renderLine, lineEncoder);

  describe('renderLineCommand and lineClientEncoder', () => {
    for (const { name, wire, commands } of clientRows) {
      it(name, async () => {
        const crlf = commands.length > 1;
        const rendered = renderLineCommand(commands.at(-1) as Exclude<LineClientFrame, { op: 'CRLF' }>, {
          crlf,
        });
        expect(rendered.toString()).to.equal(wire.toString());
        expect((await encode(lineClientEncoder(), commands)).equals(wire), 'one by one').to.equal(true);
        expect((await encode(lineClientEncoder(), [commands])).equals(wire), 'as an array').to.equal(true);
        const told = await encode(lineClientEncoder({ crlf }), commands.slice(-1));
        expect(told.equals(wire), 'told its line end').to.equal(true);
      });
    }

    it('takes the batches of a lineDecoder', async () => {
      const wire = bytes('SUB a\nPUB a x\r\nPING\r\n');
      const batches = await batchesOf(lineDecoder(), inPartsOf(wire, 4));
      expect((await encode(lineClientEncoder(), batches)).toString()).to.equal('SUB a\nPUB a x\r\nPING\r\n');
    });

    for (const wrong of [
      { op: 'FAULT', code: 'INVALID_TOPIC' },
      { op: 'UPDATE', topic: 'a', text: 'b' },
      { op: '?' },
    ]) {
      it(`fails of ${JSON.stringify(wrong)}, and does not throw`, async () => {
        const encoder = lineClientEncoder();
        const failed = new Promise((resolve) => encoder.once('error', resolve));
        encoder.write(wrong);
        expect(await failed).to.have.property('code', 'INTERNAL');
      });
    }
  });

  it('takes Uint8Arrays and text wherever there are bytes', () => {
    const block = headerBlock(['A', 'b']);
    const message = { subject: 'a', headers: Uint8Array.from(block) };
    for (const payload of ['é', Uint8Array.from(Buffer.from('é')), Buffer.from('é')]) {
      const pub: NatsFrame = { op: 'PUB', ...message, payload };
      expect(renderNats(pub).equals(nats.hpub('a', block, 'é'))).to.equal(true);
      const msg: NatsFrame = { op: 'MSG', sid: '1', ...message, payload };
      expect(renderNats(msg).equals(nats.hmsg('a', '1', block, 'é'))).to.equal(true);
      const update: LineFrame = { op: 'UPDATE', topic: 'a', text: payload };
      expect(renderLine(update).equals(line().update('a', 'é'))).to.equal(true);
    }
  });

  it('the arrays of a natsServerDecoder pass through a natsEncoder as they were', async () => {
    const wire = bytes(nats.info('{"a":1}'), nats.msg('a', '1', 'x'), nats.hmsg('a', '1', '', 'y'), nats.ok);
    const arrays: unknown[] = [];
    const decoder = natsServerDecoder().on('data', (frames) => arrays.push(frames));
    for (const part of inPartsOf(wire, 7)) decoder.write(part);
    await new Promise<void>((resolve) => decoder.once('end', resolve).end());
    expect((await encode(natsEncoder(), arrays)).equals(wire)).to.equal(true);
  });

  it('HELP without a text is all of the help', () => {
    const texts = renderLine({ op: 'HELP' }).toString().split('\n').slice(0, -1);
    const again = texts.map((text) => renderLine({ op: 'HELP', text }));
    expect(Buffer.concat(again).equals(renderLine({ op: 'HELP' }))).to.equal(true);
    expect(texts.length).to.be.above(3);
  });
});

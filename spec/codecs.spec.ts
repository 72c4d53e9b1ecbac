import { Readable, Transform, Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import * as codecs from '../lib/codecs.js';
import {
  CommandBatch,
  lineClientEncoder,
  lineDecoder,
  lineEncoder,
  natsDecoder,
  natsEncoder,
} from '../lib/codecs.js';
import { commandsOf, plain } from './support/codec.js';
import { bytesInUse } from './support/memory.js';
import { bytesKept } from './support/retained-bytes.js';
import { inPartsOf } from './support/splits.js';
import { bytes, filler, line, nats } from './support/wire.js';

const WIRE = {
  nats: bytes(
    nats.connect('{"verbose":false}'),
    nats.sub('a', '1'),
    nats.pub('a', 'x'),
    nats.pub('b', filler(99)),
    nats.ping,
  ),
  line: bytes(line().sub('a'), line().pub('a', 'x'), line().pub('b', 'y z'), line().word('PING')),
};
const COMMANDS = {
  nats: [
    { op: 'CONNECT', options: { verbose: false } },
    { op: 'SUB', subject: 'a', sid: '1' },
    { op: 'PUB', subject: 'a', payload: bytes('x') },
    { op: 'PUB', subject: 'b', payload: filler(99) },
    { op: 'PING' },
  ].map(plain),
  line: [
    { op: 'SUB', topic: 'a' },
    { op: 'PUB', subject: 'a', payload: bytes('x') },
    { op: 'PUB', subject: 'b', payload: bytes('y z') },
    { op: 'PING' },
  ].map(plain),
};

const decoders = [
  { name: 'natsDecoder', make: natsDecoder, wire: WIRE.nats, commands: COMMANDS.nats },
  { name: 'lineDecoder', make: lineDecoder, wire: WIRE.line, commands: COMMANDS.line },
] as const;

const encoders = [
  {
    name: 'natsEncoder',
    make: natsEncoder,
    frame: { op: 'MSG', subject: 'a', sid: '1', payload: 'x'.repeat(100) },
    wire: nats.msg('a', '1', 'x'.repeat(100)),
  },
  {
    name: 'lineEncoder',
    make: lineEncoder,
    frame: { op: 'UPDATE', topic: 'a', text: 'x'.repeat(100) },
    wire: line().update('a', 'x'.repeat(100)),
  },
  {
    name: 'lineClientEncoder',
    make: lineClientEncoder,
    frame: { op: 'PUB', subject: 'a', payload: 'x'.repeat(100) },
    wire: line().pub('a', 'x'.repeat(100)),
  },
] as const;

/** What any program expects of a Transform. */
function expectTransform(stream: Transform): void {
  for (const method of [
    'pipe',
    'unpipe',
    'read',
    'write',
    'end',
    'destroy',
    'on',
    'once',
    'cork',
    'pause',
    'resume',
    'setEncoding',
  ])
    expect(stream, method).to.have.property(method).that.is.a('function');
  expect(stream).to.have.property(Symbol.asyncIterator as unknown as string);
  for (const flag of ['readable', 'writable'] as const) expect(stream[flag], flag).to.equal(true);
  expect(stream.destroyed).to.equal(false);
}

describe('sluice/codecs', () => {
  it('exports streams, parsers and renderers of both dialects, and what decoders yield', () => {
    expect(Object.keys(codecs).sort()).to.deep.equal([
      'CommandBatch',
      'Decoder',
      'MessageEncoder',
      'batchOfCommands',
      'isLiteralSubject',
      'isValidSubject',
      'leafDecoder',
      'leafEncoder',
      'leafParser',
      'lineClientEncoder',
      'lineDecoder',
      'lineEncoder',
      'lineParser',
      'lineServerDecoder',
      'lineServerParser',
      'natsDecoder',
      'natsEncoder',
      'natsParser',
      'natsServerDecoder',
      'natsServerParser',
      'renderLeaf',
      'renderLine',
      'renderLineCommand',
      'renderNats',
    ]);
  });

  it('is what the package hands out under that name', async () => {
    const published = (await import('sluice/codecs')) as object;
    expect(Object.keys(published).sort()).to.deep.equal(Object.keys(codecs).sort());
  });

  for (const { name, make, wire, commands } of decoders) {
    describe(name, () => {
      it('gives something with the shape of a Transform, objects out', () => {
        const decoder = make();
        expectTransform(decoder);
        expect([decoder.writableObjectMode, decoder.readableObjectMode]).to.deep.equal([false, true]);
        decoder.destroy();
      });

      it('gives each caller a decoder of its own', async () => {
        const [one, other] = [make(), make()];
        one.write(wire.subarray(0, 10));
        other.end(wire);
        expect(commandsOf(await other.toArray())).to.deep.equal(commands);
        one.end(wire.subarray(10));
        expect(commandsOf(await one.toArray())).to.deep.equal(commands);
      });

      it('works with for await', async () => {
        const found: unknown[] = [];
        for await (const batch of Readable.from(inPartsOf(wire, 7)).pipe(make())) {
          expect(batch).to.be.instanceOf(CommandBatch);
          for (const command of batch) found.push(plain(command));
        }
        expect(found).to.deep.equal(commands);
      });

      it('works with pipeline, one read and one batch at a time', async () => {
        const found: unknown[] = [];
        await pipeline(
          Readable.from(inPartsOf(wire, 5)),
          make(),
          new Writable({
            objectMode: true,
            highWaterMark: 1,
            write(batch: CommandBatch, _encoding, done) {
              for (const command of batch) found.push(plain(command as object));
              setImmediate(done);
            },
          }),
        );
        expect(found).to.deep.equal(commands);
      });

      it('works with pipe', async () => {
        const sink = new Writable({
          objectMode: true,
          write: (batch: CommandBatch, _encoding, done) => {
            found.push(...commandsOf([batch]));
            done();
          },
        });
        const found: unknown[] = [];
        Readable.from(inPartsOf(wire, 3)).pipe(make()).pipe(sink);
        await finished(sink);
        expect(found).to.deep.equal(commands);
      });

      it('yields batches that are iterable, more than once, and countable', async () => {
        const [batch] = (await Readable.from([wire]).pipe(make()).toArray()) as CommandBatch[];
        expect(commandsOf([batch!])).to.deep.equal(commands);
        expect([...batch!].map((command) => plain(command as object))).to.deep.equal(commands);
        expect(batch!.length).to.equal(commands.length);
        expect(plain(batch!.at(batch!.length - 1) as object)).to.deep.equal({ op: 'PING' });
      });

      it('takes strings and Uint8Arrays', async () => {
        const decoder = make();
        decoder.write('PI');
        decoder.write(new Uint8Array(Buffer.from('NG\r\nPING\n')));
        decoder.end();
        const ops = commandsOf(await decoder.toArray()).map(({ op }) => op);
        expect(ops.filter((op) => op !== 'CRLF')).to.deep.equal(['PING', 'PING']);
      });

      it('holds its writer back while nothing is read', async () => {
        const decoder = make();
        const reads = 1 + Math.ceil(decoder.writableHighWaterMark / wire.length);
        let accepted = true;
        for (let i = 0; i < reads + 5; i++) accepted = decoder.write(wire);
        await new Promise(setImmediate);
        expect(accepted).to.equal(false);
        // A batch or two made, the rest still the bytes they were: so the socket before it stops being read.
        expect(decoder.readableLength).to.be.within(1, 2);
        expect(decoder.writableLength).to.be.at.least(decoder.writableHighWaterMark);
        decoder.end();
        expect((await decoder.toArray()).length).to.equal(reads + 5);
      });

      it('drops an unfinished command at the end, and ends', async () => {
        const decoder = make();
        decoder.end(Buffer.concat([wire, wire.subarray(0, 3)]));
        expect(commandsOf(await decoder.toArray())).to.deep.equal(commands);
      });

      it('ends at once where nothing came', async () => {
        const decoder = make();
        decoder.end();
        expect(await decoder.toArray()).to.deep.equal([]);
      });

      it('closes when it is destroyed in the middle, and tells why', async () => {
        const decoder = make();
        decoder.write(wire.subarray(0, 20));
        const why = new Error('enough');
        const failed = new Promise((resolve) => decoder.once('error', resolve));
        const closed = new Promise((resolve) => decoder.once('close', resolve));
        decoder.destroy(why);
        expect(await failed).to.equal(why);
        await closed;
        expect(decoder.destroyed).to.equal(true);
      });

      it('is destroyed by a pipeline whose source fails', async () => {
        const decoder = make();
        const source = new Readable({ read() {} });
        source.push(wire);
        const outcome = pipeline(
          source,
          decoder,
          new Writable({ objectMode: true, write: (_batch, _encoding, done) => done() }),
        );
        setImmediate(() => source.destroy(new Error('reset')));
        let reason: unknown;
        await outcome.catch((error: unknown) => {
          reason = error;
        });
        expect(reason).to.have.property('message', 'reset');
        expect(decoder.destroyed).to.equal(true);
      });
    });
  }

  for (const { name, make, frame, wire } of encoders) {
    describe(name, () => {
      it('gives a Transform, objects in', () => {
        const encoder = make();
        expect(encoder).to.be.instanceOf(Transform);
        expectTransform(encoder);
        expect([encoder.writableObjectMode, encoder.readableObjectMode]).to.deep.equal([true, false]);
        encoder.destroy();
      });

      it('works with for await', async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of Readable.from([frame, [frame, frame], frame]).pipe(make()))
          chunks.push(chunk as Buffer);
        expect(Buffer.concat(chunks).equals(bytes(wire, wire, wire, wire))).to.equal(true);
      });

      it('works with pipeline into a slow reader', async () => {
        const chunks: Buffer[] = [];
        await pipeline(
          Readable.from(Array.from({ length: 500 }, () => frame)),
          make({ highWaterBytes: 1_000 }),
          new Writable({
            highWaterMark: 100,
            write(chunk: Buffer, _encoding, done) {
              chunks.push(chunk);
              setImmediate(done);
            },
          }),
        );
        expect(Buffer.concat(chunks).equals(bytes(...Array.from({ length: 500 }, () => wire)))).to.equal(
          true,
        );
      });

      it('holds its writer back in bytes while nothing is read, and lets it go on once something is', async () => {
        const encoder = make({ highWaterBytes: 1_000 });
        let written = 1;
        while (encoder.write(frame)) written++;
        await new Promise(setImmediate);
        // Rendered up to the mark, one item more at most; the rest waits as the objects it is.
        expect(encoder.readableLength).to.be.within(1_000, 1_000 + wire.length);
        expect(encoder.writableLength).to.equal(encoder.writableHighWaterMark);
        const drained = new Promise((resolve) => encoder.once('drain', resolve));
        const chunks: Buffer[] = [];
        encoder.on('data', (chunk: Buffer) => chunks.push(chunk));
        await drained;
        encoder.end();
        await finished(encoder);
        expect(Buffer.concat(chunks).length).to.equal(written * wire.length);
      });

      it('has a mark of 64 KiB by default', () => {
        const encoder = make();
        expect(encoder.readableHighWaterMark).to.equal(65_536);
        encoder.destroy();
      });

      it('keeps nothing of what has been taken', async () => {
        const encoder = make();
        let taken = 0;
        encoder.on('data', (chunk: Buffer) => {
          taken += chunk.length;
        });
        const frames = Array.from({ length: 1_000 }, () => frame);
        encoder.write(frames);
        const before = bytesInUse();
        for (let i = 0; i < 200; i++) encoder.write(frames);
        expect(await bytesKept(before, 4_194_304)).to.be.at.most(4_194_304);
        expect(taken).to.equal(201_000 * wire.length);
      });

      it('rejects a pipeline that feeds it no frame, and only that', async () => {
        const healthy = make();
        let reason: unknown;
        await pipeline(
          Readable.from([frame, { op: '?' }]),
          make(),
          new Writable({ write: (_chunk, _encoding, done) => done() }),
        ).catch((error: unknown) => {
          reason = error;
        });
        expect(reason).to.have.property('code', 'INTERNAL');
        healthy.end(frame);
        expect(Buffer.concat(await healthy.toArray()).equals(wire)).to.equal(true);
      });
    });
  }

  it('a decoder pipes into an encoder: the same commands, put right', async () => {
    const untidy = bytes('ping\n', 'pub  a\t1 \nx\r\n', 'SUB   a  1\r\n', nats.pub('b', filler(70_000)));
    const chunks = await Readable.from(inPartsOf(untidy, 1_000))
      .pipe(natsDecoder())
      .pipe(natsEncoder())
      .toArray();
    const tidy = bytes(nats.ping, nats.pub('a', 'x'), nats.sub('a', '1'), nats.pub('b', filler(70_000)));
    expect(Buffer.concat(chunks as Buffer[]).equals(tidy)).to.equal(true);
  });

  it('one dialect translates to the other in a few lines', async () => {
    async function* frames(batches: AsyncIterable<CommandBatch>): AsyncGenerator<codecs.LineFrame> {
      for await (const batch of batches)
        for (const command of batch as CommandBatch<codecs.NatsCommand>)
          if (command.op === 'PUB') yield { op: 'UPDATE', topic: command.subject, text: command.payload };
    }
    const chunks: Buffer[] = [];
    await pipeline(
      Readable.from([bytes(nats.ping, nats.pub('a', 'x\ny'), nats.pub('b', 'z'))]),
      natsDecoder(),
      frames,
      lineEncoder(),
      async (source: AsyncIterable<Buffer>) => {
        for await (const chunk of source) chunks.push(chunk);
      },
    );
    expect(Buffer.concat(chunks).toString()).to.equal('UPDATE a x\\ny\nUPDATE b z\n');
  });
});

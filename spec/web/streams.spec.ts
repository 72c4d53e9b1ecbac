import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import * as codecs from 'sluice/codecs';
import * as web from 'sluice/codecs/web';
import { plain } from '../support/codec.js';
import { through } from '../support/parsed.js';
import { inPartsOf } from '../support/splits.js';
import { bytes, line, nats } from '../support/wire.js';

const DECODERS = [
  { name: 'natsDecoder', make: web.natsDecoder, wire: nats.pub('a', 'x') },
  { name: 'natsServerDecoder', make: web.natsServerDecoder, wire: nats.msg('a', '1', 'x') },
  { name: 'lineDecoder', make: web.lineDecoder, wire: line().pub('a', 'x') },
  { name: 'lineServerDecoder', make: web.lineServerDecoder, wire: line().update('a', 'x') },
] as const;

const ENCODERS = [
  { name: 'natsEncoder', make: web.natsEncoder, frame: { op: 'PING' }, wire: nats.ping },
  { name: 'lineEncoder', make: web.lineEncoder, frame: { op: 'PONG' }, wire: line().word('PONG') },
  {
    name: 'lineClientEncoder',
    make: web.lineClientEncoder,
    frame: { op: 'PING' },
    wire: line().word('PING'),
  },
] as const;

type Make<I, O> = (options?: object) => TransformStream<I, O>;

describe('sluice/codecs/web', () => {
  it('has the names of sluice/codecs, but for links, the batch and what dialects are made of', () => {
    const links = ['leafDecoder', 'leafEncoder', 'leafParser', 'renderLeaf'];
    const subjects = ['isLiteralSubject', 'isValidSubject'];
    const ofNode = ['CommandBatch', 'Decoder', 'MessageEncoder', 'batchOfCommands', ...subjects, ...links];
    const names = Object.keys(codecs).filter((name) => !ofNode.includes(name));
    expect(Object.keys(web).sort()).to.deep.equal(names.sort());
  });

  for (const { name, make, wire } of DECODERS) {
    describe(name, () => {
      const decoder = make as Make<Uint8Array, object>;

      it('gives one frame a chunk, and drops an unfinished one at the end', async () => {
        const read = bytes(wire, wire, wire, wire.subarray(0, 4));
        const found = await through(decoder(), inPartsOf(read, 5));
        expect(found).to.have.length(3);
        expect(plain(found[1]!)).to.deep.equal(plain(found[0]!));
      });

      it('gives bytes that are a Uint8Array and nothing of Node', async () => {
        const [frame] = await through(decoder(), [Uint8Array.from(wire)]);
        for (const value of Object.values(frame!)) expect(Buffer.isBuffer(value)).to.equal(false);
      });

      it('holds its writer back while nothing is read', async () => {
        const { writable } = decoder();
        const writer = writable.getWriter();
        const taken: number[] = [];
        for (let i = 0; i < 5; i++) void writer.write(wire).then(() => taken.push(i));
        await new Promise(setImmediate);
        expect(taken).to.have.length.below(3);
        expect(writer.desiredSize).to.be.below(1);
      });
    });
  }

  for (const { name, make, frame, wire } of ENCODERS) {
    describe(name, () => {
      const encoder = make as unknown as Make<object, Uint8Array>;

      it('gives the bytes of each frame', async () => {
        const chunks = await through(encoder(), [frame, frame]);
        expect(Buffer.concat(chunks).equals(bytes(wire, wire))).to.equal(true);
      });

      it('errs where it is given no frame', async () => {
        const stream = encoder();
        const reading = stream.readable.getReader().read();
        const writer = stream.writable.getWriter();
        const outcomes = await Promise.allSettled([writer.write({ op: '?' }), reading]);
        for (const outcome of outcomes) expect(outcome).to.have.nested.property('reason.code', 'INTERNAL');
        await writer.closed.catch(() => {});
      });
    });
  }

  it('lineClientEncoder minds CRLF', async () => {
    const chunks = await through(web.lineClientEncoder(), [{ op: 'PING' }, { op: 'CRLF' }, { op: 'PING' }]);
    expect(Buffer.concat(chunks).toString()).to.equal('PING\nPING\r\n');
  });

  it('has types for those who have none of Node', () => {
    const flags = '--noEmit --ignoreConfig --strict --target es2022 --lib es2022,dom --module nodenext';
    const { stdout, status } = spawnSync(
      process.execPath,
      ['node_modules/typescript/bin/tsc', ...flags.split(' '), 'spec/support/web/consumer.ts'],
      { encoding: 'utf8' },
    );
    expect(stdout).to.equal('');
    expect(status).to.equal(0);
    expect(readFileSync('spec/support/web/consumer.ts', 'utf8')).not.to.match(/Buffer|node:/);
  });
});

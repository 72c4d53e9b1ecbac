import { expect } from 'chai';
import {
  lineParser,
  lineServerDecoder,
  lineServerParser,
  type NatsMessage,
  natsParser,
  natsServerDecoder,
  natsServerParser,
} from '../../lib/codecs.js';
import { describeParser, expectedOf, expectSame, transformed } from '../support/decoder-table.js';
import { lineCases } from '../support/fixtures/line.cases.js';
import { lineServerCases } from '../support/fixtures/line-server.cases.js';
import { natsCases } from '../support/fixtures/nats.cases.js';
import { natsServerCases } from '../support/fixtures/nats-server.cases.js';
import { bytesInUse } from '../support/memory.js';
import { parsed } from '../support/parsed.js';
import { bytesKept } from '../support/retained-bytes.js';
import { inPartsOf } from '../support/splits.js';
import { bytes, filler, line, nats } from '../support/wire.js';

describe('parsers without a stream', () => {
  describeParser('natsParser', natsParser, natsCases);
  describeParser('natsServerParser', natsServerParser, natsServerCases);
  describeParser('lineParser', lineParser, lineCases);
  describeParser('lineServerParser', lineServerParser, lineServerCases);

  for (const { name, make, wire } of [
    { name: 'natsParser', make: natsParser, wire: nats.pub('a', 'xyz') },
    { name: 'natsServerParser', make: natsServerParser, wire: nats.msg('a', '1', 'xyz') },
    { name: 'lineParser', make: lineParser, wire: line().pub('a', 'xyz') },
    { name: 'lineServerParser', make: lineServerParser, wire: line().update('a', 'xyz') },
  ]) {
    describe(name, () => {
      const one = parsed(make(), [wire]);

      it('takes text, a Uint8Array, and one in the middle of its memory', () => {
        expect(one).to.have.length(1);
        const larger = new Uint8Array(wire.length + 20);
        larger.set(wire, 7);
        for (const chunk of [wire.toString(), Uint8Array.from(wire), larger.subarray(7, 7 + wire.length)])
          expect(parsed({ feed: () => make().feed(chunk) }, [wire])).to.deep.equal(one);
      });

      it('takes nothing at all', () => {
        const parser = make();
        expect([...parser.feed(''), ...parser.feed(new Uint8Array())]).to.deep.equal([]);
        expect(parsed(parser, [wire.subarray(0, 3), Buffer.alloc(0), wire.subarray(3)])).to.deep.equal(one);
      });

      it('leaves what it gave before as it was', () => {
        const parser = make();
        const first = parser.feed(wire);
        expect(parser.feed('')).to.deep.equal([]);
        expect(parser.feed(wire)).to.deep.equal(first);
        expect(first).to.have.length(1);
      });

      it('keeps no view of an unfinished small frame', () => {
        const parser = make();
        const read = Buffer.from(wire.subarray(0, -2));
        expect(parser.feed(read)).to.deep.equal([]);
        read.fill(0);
        expect(parsed(parser, [wire.subarray(-2)])).to.deep.equal(one);
      });

      it('is one of many', () => {
        const [left, right] = [make(), make()];
        left.feed(wire.subarray(0, 5));
        expect(parsed(right, [wire])).to.deep.equal(one);
        expect(parsed(left, [wire.subarray(5)])).to.deep.equal(one);
      });
    });
  }

  it('natsServerParser gives a message that is there at once as views, one of many reads as its own', () => {
    const wire = nats.msg('a', '1', filler(100));
    const [whole] = natsServerParser().feed(wire) as readonly NatsMessage[];
    expect(whole!.payload.buffer).to.equal(wire.buffer);
    const parser = natsServerParser();
    parser.feed(wire.subarray(0, 50));
    const [cut] = parser.feed(wire.subarray(50)) as readonly NatsMessage[];
    expect(cut!.payload.buffer).not.to.equal(wire.buffer);
  });
});

describe('parsers of what servers send', () => {
  it('take next to no memory for what is declared and never sent', async () => {
    const parsers = Array.from({ length: 64 }, () => natsServerParser());
    const before = bytesInUse();
    for (const parser of parsers) parser.feed('MSG a 1 67108864\r\nx');
    expect(await bytesKept(before, 1_048_576)).to.be.at.most(1_048_576);
    for (const parser of parsers) expect(parser.feed('x')).to.deep.equal([]);
  });

  it('take memory a few times only for a line that comes byte by byte', () => {
    for (const make of [natsServerParser, lineServerParser]) {
      const parser = make();
      const byte = Buffer.from('x');
      let taken = 0;
      let before = process.memoryUsage().arrayBuffers;
      for (let i = 0; i < 20_000; i++) {
        parser.feed(byte);
        if (i % 50 !== 0) continue;
        const now = process.memoryUsage().arrayBuffers;
        taken += Math.max(0, now - before); // what has been freed meanwhile hides some, though not most
        before = now;
      }
      expect(taken)
        .to.be.above(20_000 - 1)
        .and.below(20 * 20_000); // a copy for each byte: 200 MB
    }
  });
});

describe('decoders of what servers send', () => {
  for (const { name, make, tables } of [
    { name: 'natsServerDecoder', make: natsServerDecoder, tables: natsServerCases },
    { name: 'lineServerDecoder', make: lineServerDecoder, tables: lineServerCases },
  ] as const) {
    describe(name, () => {
      for (const row of Object.values(tables).flat()) {
        it(row.name, async () => {
          for (const parts of [[row.wire], inPartsOf(row.wire, row.wire.length > 4_000 ? 997 : 3)])
            expectSame(await transformed(make(row.options as never), parts), expectedOf(row), parts);
        });
      }

      it('gives an array a read, and none for a read that completes nothing', async () => {
        const decoder = make();
        const arrays: unknown[] = [];
        decoder.on('data', (frames) => arrays.push(frames));
        for (const part of ['PONG\r', '\nPONG\r\nPONG\r\n', 'PON']) decoder.write(part);
        await new Promise<void>((resolve) => decoder.once('end', resolve).end(bytes('G')));
        expect(arrays).to.deep.equal([[{ op: 'PONG' }, { op: 'PONG' }, { op: 'PONG' }]]);
      });

      it('holds its writer back while nothing is read', async () => {
        const decoder = make();
        const wire = Buffer.from('PONG\n'.repeat(1_000));
        let accepted = true;
        for (let i = 0; i < 10; i++) accepted = decoder.write(wire);
        await new Promise(setImmediate);
        expect(accepted).to.equal(false);
        expect(decoder.readableLength).to.be.within(1, 2);
        decoder.destroy();
      });
    });
  }
});

import { expect } from 'chai';
import { lineDecoder } from '../../../lib/codecs.js';
import { batchesOf, decode, plain, samePlain } from '../../support/codec.js';
import { lineCases } from '../../support/fixtures/line.cases.js';
import { bytesInUse } from '../../support/memory.js';
import { bytesKept } from '../../support/retained-bytes.js';
import { SPLITTINGS } from '../../support/splits.js';
import { bytes } from '../../support/wire.js';

describe('lineDecoder', () => {
  for (const [about, rows] of Object.entries(lineCases)) {
    describe(about, () => {
      for (const { name: rowName, wire, commands: wanted, options } of rows) {
        describe(rowName, () => {
          const expected = wanted.map(plain);
          for (const { name, cuttings } of SPLITTINGS) {
            it(name, async () => {
              for (const parts of cuttings(wire)) {
                const commands = await decode(lineDecoder(options), parts);
                if (!samePlain(commands, expected)) {
                  const sizes = parts.map((part) => part.length).join('+');
                  expect(commands, `parts of ${sizes.slice(0, 60)} bytes`).to.deep.equal(expected);
                }
              }
            });
          }
        });
      }
    });
  }

  it('says nothing after a line that is too long, whatever comes', async () => {
    const parts = [bytes('xxxxxxxxxxx'), bytes('\nPING\n'), bytes('xxxxxxxxxxxxxxx\n'), bytes('PING\n')];
    expect(await decode(lineDecoder({ maxLineBytes: 10 }), parts)).to.deep.equal([
      { op: 'FAULT', code: 'LINE_TOO_LONG' },
    ]);
  });

  it('makes one batch of the whole lines of one read', async () => {
    const batches = await batchesOf(lineDecoder(), [
      bytes('SUB a\n', 'PUB a b\n'.repeat(100), 'PING\nPUB a'),
    ]);
    expect(batches.map(({ length }) => length)).to.deep.equal([102]);
  });

  it('parses whole lines where they lie', async () => {
    const read = bytes('PUB a 1\nPUB b 2\nPUB c');
    const [batch] = await batchesOf(lineDecoder(), [read]);
    expect(batch!.bytes.buffer).to.equal(read.buffer);
    expect(batch!.payload(1).toString()).to.equal('2');
  });

  it('keeps no view of a read behind an unfinished line', async () => {
    const read = bytes('PUB foo hel');
    const decoder = lineDecoder();
    decoder.write(read);
    read.fill('X');
    expect(await decode(decoder, [bytes('lo\n')])).to.deep.equal([
      { op: 'PUB', subject: 'foo', payload: 'hello' },
    ]);
  });

  it('takes empty reads', async () => {
    const empty = Buffer.alloc(0);
    const commands = await decode(lineDecoder(), [
      empty,
      bytes('PIN'),
      empty,
      bytes('G'),
      empty,
      bytes('\n'),
      empty,
    ]);
    expect(commands).to.deep.equal([{ op: 'PING' }]);
  });

  it('takes no memory for the read that an unfinished line came in', async () => {
    const before = bytesInUse();
    const decoders = Array.from({ length: 64 }, () => lineDecoder().resume());
    for (const decoder of decoders) decoder.write(bytes('PING\n'.repeat(13_000), 'PUB a'));
    expect(await bytesKept(before, 1_048_576)).to.be.at.most(1_048_576);
    for (const decoder of decoders) decoder.destroy();
  });
});

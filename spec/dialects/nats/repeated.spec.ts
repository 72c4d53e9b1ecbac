import { expect } from 'chai';
import fc from 'fast-check';
import { natsDecoder } from '../../../lib/codecs.js';
import { FLAGS, SAME, STRIDE } from '../../../lib/frame/command.js';
import { batchesOf, commandsOf, decode, type Plain } from '../../support/codec.js';
import { seeded } from '../../support/random.js';
import { inPartsOf, inRandomParts } from '../../support/splits.js';
import { bytes, nats } from '../../support/wire.js';

/** Publish lines, some of one length, and sizes that are theirs. */
const LINES: readonly (readonly [line: string, size: number])[] = [
  ['PUB a 3\r\n', 3],
  ['PUB b 3\r\n', 3],
  ['pub a 3\r\n', 3],
  ['PUB a 0\r\n', 0],
  ['PUB a.long.subject.of.many.letters 16\r\n', 16],
  ['PUB a.long.subject.of.many.lettert 16\r\n', 16],
  ['PUB a reply 3\r\n', 3],
  ['PUB a replx 3\r\n', 3],
  ['HPUB a 12 15\r\n', 15],
  ['HPUB a reply 12 15\r\n', 15],
  ['HPUB a 0 15\r\n', 15],
  ['PUB  a 3\r\n', 3],
  ['PUB a 3 \r\n', 3],
  ['PUB a 003\r\n', 3],
  ['PUB a 3\n', 3],
];
const BREAKS = ['PING\r\n', 'SUB a 1\r\n', 'UNSUB 1\r\n', 'CONNECT {"headers":true}\r\n'];
const ENDS = ['\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', 'x\n', '\rx', ''];

const frame = fc
  .record({
    line: fc.constantFrom(...LINES),
    letter: fc.constantFrom('x', '\r', '\n', 'P'),
    end: fc.constantFrom(...ENDS),
  })
  .map(({ line: [line, size], letter, end }) => {
    const head = line.startsWith('H') ? 'NATS/1.0\r\n\r\n'.slice(0, size) : '';
    return `${line}${head}${letter.repeat(size - head.length)}${end}`;
  });
const wires = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: fc.tuple(frame, fc.integer({ min: 1, max: 4 })) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(...BREAKS).map((text): [string, number] => [text, 1]),
      },
    ),
    { maxLength: 12 },
  )
  .map((found) => bytes(...found.map(([text, times]) => text.repeat(times))));

/** What the bytes are where no read holds two frames. */
const slowly = (wire: Buffer): Promise<Plain[]> => decode(natsDecoder(), inPartsOf(wire, 1));

describe('a line that is that of the frame before', () => {
  it('is noted, where both are canonical publishes', async () => {
    const wire = bytes(
      nats.pub('a', 'one'),
      nats.pub('a', 'two'),
      nats.pub('b', 'two'),
      nats.pub('b', 'three'),
      nats.ping,
      nats.pub('b', 'three'),
      nats.pub('b', 'three'),
    );
    const [batch] = await batchesOf(natsDecoder(), [wire]);
    const same = Array.from(
      { length: batch!.length },
      (_, row) => (batch!.columns[row * STRIDE + FLAGS]! & SAME) !== 0,
    );
    expect(same).to.deep.equal([false, true, false, false, false, false, true]);
    expect(commandsOf([batch!])).to.deep.equal(await slowly(wire));
  });

  it('is read as if it stood alone, whatever comes of it', async () => {
    const property = fc.asyncProperty(wires, fc.integer(), async (wire, seed) => {
      const expected = await slowly(wire);
      expect(await decode(natsDecoder(), [wire])).to.deep.equal(expected);
      expect(await decode(natsDecoder(), inRandomParts(wire, seeded(seed)))).to.deep.equal(expected);
    });
    await fc.assert(property, { numRuns: 400 });
  });
});

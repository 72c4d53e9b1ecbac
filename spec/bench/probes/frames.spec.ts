import { expect } from 'chai';
import { FrameCutter, Template } from '../../../tools/bench/probes/frames.js';
import { seeded } from '../../support/random.js';

const FRAME = 'MSG a 1 3\r\nabc\r\n';
const STREAM = `INFO {"a":1}\r\n${FRAME}PING\r\nPONG\r\n${FRAME}${FRAME}-ERR 'x'\r\n${FRAME}`;
const SEEN = ['INFO {"a":1}', FRAME, 'PING', 'PONG', FRAME, FRAME, "-ERR 'x'", FRAME];

/** What is cut out of a stream that arrives in pieces, each in the same place as the one before. */
function cut(pieces: readonly string[], frameBytes = FRAME.length): readonly string[] {
  const seen: string[] = [];
  const cutter = new FrameCutter(frameBytes, {
    onFrame: (chunk, at) => seen.push(chunk.toString('latin1', at, at + frameBytes)),
    onLine: (line) => seen.push(line),
  });
  const buffer = Buffer.alloc(1_000);
  for (const piece of pieces) {
    buffer.fill('M');
    cutter.feed(buffer, buffer.write(piece, 'latin1'));
  }
  return seen;
}

describe('bench: frames of the probes', () => {
  it('are cut out of a stream wherever it is split', () => {
    expect(cut([STREAM])).to.deep.equal(SEEN);
    expect(cut([...STREAM])).to.deep.equal(SEEN);
    for (let at = 1; at < STREAM.length; at++) {
      expect(cut([STREAM.slice(0, at), STREAM.slice(at)]), `split at ${at}`).to.deep.equal(SEEN);
    }
    const random = seeded(7);
    for (let round = 0; round < 200; round++) {
      const pieces: string[] = [];
      for (let at = 0; at < STREAM.length; ) {
        const length = 1 + Math.floor(random() * 20);
        pieces.push(STREAM.slice(at, at + length));
        at += length;
      }
      expect(cut(pieces), pieces.join('|')).to.deep.equal(SEEN);
    }
  });

  it('are lines alone where nothing is to be delivered', () => {
    expect(cut([`${FRAME}PING\r\n`], 0)).to.deep.equal(['MSG a 1 3', 'abc', 'PING']);
  });

  it('are no lines without an end', () => {
    expect(() => cut(Array.from({ length: 10 }, () => 'x'.repeat(900)))).to.throw('not a line');
  });

  it('carry a number in all its places', () => {
    const template = new Template('PUB a._##.b ####\r\n');
    expect(template.with(7).toString()).to.equal('PUB a._07.b 0007\r\n');
    expect(template.with(1_234).toString()).to.equal('PUB a._34.b 1234\r\n');
    expect(template.with(0).toString()).to.equal('PUB a._00.b 0000\r\n');
    expect(new Template('a # b').read(Buffer.from('xxa 5 b'), 2)).to.equal(5);
    expect(new Template('##########').with(9_876_543_210).toString()).to.equal('9876543210');
  });

  it('are told from others byte by byte', () => {
    const template = new Template('a ## b');
    template.check(42, Buffer.from('..a 42 b..'), 2);
    for (const wrong of ['a 43 b', 'b 42 b', 'a 42 c', 'a 42']) {
      expect(() => template.check(42, Buffer.from(wrong), 0), wrong).to.throw('expected "a 42 b"');
    }
  });
});

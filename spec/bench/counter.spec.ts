import { expect } from 'chai';
import { selectCells } from '../../tools/bench/cells.js';
import { FrameCounter, tallyOf } from '../../tools/bench/counter.js';
import { type Block, deliveryBlock } from '../../tools/bench/frames.js';

const CELL = selectCells('10-10/16')[0]!;
const BLOCKS = Array.from({ length: 5 }, (_, publisher) => deliveryBlock(CELL, publisher, 'nats', ''));
const block = (publisher: number): Block => BLOCKS[publisher]!;
const frames = ({ bytes, frameBytes }: Block, from: number, to: number): Buffer =>
  bytes.subarray(from * frameBytes, to * frameBytes);

/** What a counter saw of a stream cut into pieces. */
function count(publishers: readonly number[], pieces: readonly Buffer[]) {
  const control: string[] = [];
  const expected = new Map(publishers.map((n) => [n, block(n)]));
  const counter = new FrameCounter({ expected, onControl: (line) => control.push(line) });
  for (const piece of pieces) counter.feed(piece, piece.length);
  return { frames: counter.frames, verified: counter.verified, control };
}

function cutAt(stream: Buffer, ...places: readonly number[]): readonly Buffer[] {
  const ends = [...places, stream.length];
  return ends.map((end, n) => Buffer.from(stream.subarray(n === 0 ? 0 : ends[n - 1], end)));
}

function everySplit(stream: Buffer, check: (pieces: readonly Buffer[], how: string) => void): void {
  check([stream], 'whole');
  for (let at = 1; at < stream.length; at++) check(cutAt(stream, at), `cut at ${at}`);
  check(cutAt(stream, ...Array.from({ length: stream.length - 1 }, (_, n) => n + 1)), 'byte by byte');
  for (let step = 2; step < 90; step++) {
    const places = Array.from({ length: Math.ceil(stream.length / step) - 1 }, (_, n) => (n + 1) * step);
    check(cutAt(stream, ...places), `every ${step}`);
  }
}

const MIXED = Buffer.concat([
  frames(block(1), 5, 8),
  frames(block(4), 0, 2),
  frames(block(1), 8, 9),
  frames(block(0), block(0).frames - 1, block(0).frames),
  frames(block(0), 0, 1),
]);

describe('bench: frame counter', () => {
  for (const [name, publishers, stream, total, control] of [
    ['one publisher', [2], frames(block(2), 0, 7), 7, []],
    ['several, mixed', [0, 1, 4], MIXED, 8, []],
    [
      'lines between frames',
      [2],
      Buffer.concat([
        Buffer.from('PONG\r\n'),
        frames(block(2), 0, 2),
        Buffer.from('PING\r\n'),
        frames(block(2), 2, 5),
        Buffer.from("PING\r\n-ERR 'Slow Consumer'\r\n"),
        frames(block(2), 5, 6),
      ]),
      6,
      ['PONG', 'PING', 'PING', "-ERR 'Slow Consumer'"],
    ],
    ['no frames at all', [], Buffer.from('PONG\r\nPING\r\n'), 0, ['PONG', 'PING']],
  ] as const) {
    it(`counts at every split: ${name}`, () => {
      everySplit(stream, (pieces, how) => {
        const seen = count(publishers, pieces);
        expect(seen.frames, how).to.equal(total);
        expect(seen.control, how).to.deep.equal(control);
      });
    });
  }

  it('verifies the first and the last whole frame of a sampled read', () => {
    const { bytes, frameBytes, frames: total } = block(2);
    expect(count([2], [bytes]).verified).to.equal(65);
    for (const n of [0, 1, 63, total - 1]) {
      const bad = Buffer.from(bytes);
      bad[n * frameBytes + frameBytes - 3] = 0x21;
      expect(() => count([2], [bad]), `frame ${n}`).to.throw(`frame ${n} is wrong`);
    }
  });

  for (const [name, publishers, stream, message] of [
    [
      'a lost frame',
      [2],
      Buffer.concat([frames(block(2), 0, 3), frames(block(2), 4, 6)]),
      'frame 3 is wrong',
    ],
    [
      'a frame twice',
      [2],
      Buffer.concat([frames(block(2), 0, 3), frames(block(2), 2, 6)]),
      'frame 3 is wrong',
    ],
    ['a stranger', [0, 1], frames(block(2), 0, 1), 'of no known publisher'],
    [
      'frames out of order',
      [0, 1],
      Buffer.concat([frames(block(1), 3, 4), frames(block(1), 2, 3)]),
      'out of order',
    ],
    [
      'a lost byte',
      [2],
      Buffer.concat([frames(block(2), 0, 2), frames(block(2), 2, 4).subarray(1)]),
      'wrong',
    ],
    ['noise', [2], Buffer.alloc(5000, 'noise '), 'not a frame'],
  ] as const) {
    it(`refuses ${name}`, () => {
      expect(() => count(publishers, [stream])).to.throw(message);
    });
  }

  it('compares pieces of large frames', () => {
    const large = deliveryBlock(selectCells('1-1/262144')[0]!, 0, 'nats', '');
    const feed = (stream: Buffer): FrameCounter => {
      const counter = new FrameCounter({ expected: new Map([[0, large]]), onControl: () => {} });
      for (let at = 0; at < stream.length; at += 8192) {
        const piece = stream.subarray(at, at + 8192);
        counter.feed(piece, piece.length);
      }
      return counter;
    };
    const counter = feed(Buffer.concat([large.bytes, large.bytes]));
    expect(counter.frames).to.equal(2 * large.frames);
    expect(counter.verified).to.be.above(10);
    const { bytes, frameBytes } = large;
    const lost = Buffer.concat([bytes.subarray(0, frameBytes), bytes.subarray(2 * frameBytes)]);
    expect(() => feed(lost)).to.throw('is wrong');
  });

  describe('of a queue group', () => {
    /** What two members that take turns at random saw, together. */
    const tallied = (
      indices: readonly (readonly number[])[],
      step: number,
    ): { frames: number; tally: number } => {
      const seen = { frames: 0, tally: 0 };
      for (const list of indices) {
        const counter = new FrameCounter({
          expected: new Map([[2, block(2)]]),
          onControl: (line) => expect(line).to.equal('PING'),
          scattered: true,
        });
        const stream = Buffer.concat([
          Buffer.from('PING\r\n'),
          ...list.map((index) => frames(block(2), index, index + 1)),
        ]);
        for (let at = 0; at < stream.length; at += step) {
          const piece = Buffer.from(stream.subarray(at, at + step));
          counter.feed(piece, piece.length);
        }
        seen.frames += counter.frames;
        seen.tally = (seen.tally + counter.tally) | 0;
      }
      return seen;
    };
    const all = Array.from({ length: block(2).frames }, (_, n) => n);
    const odd = all.filter((n) => n % 2 === 1);
    const even = all.filter((n) => n % 2 === 0);

    for (const step of [1, 7, 40, 1000, 65_536]) {
      it(`sums up which frames its members got, in reads of ${step} B`, () => {
        expect(tallied([odd, even], step)).to.deep.equal({
          frames: all.length,
          tally: tallyOf(2, block(2), 1),
        });
        expect(tallied([all, odd, [...even].reverse()], step).tally).to.equal(tallyOf(2, block(2), 2));
      });
    }

    it('sees that one came twice and one not at all', () => {
      const seen = tallied([odd, [...even.slice(1), 4]], 1000);
      expect(seen.frames).to.equal(all.length);
      expect(seen.tally).not.to.equal(tallyOf(2, block(2), 1));
    });

    it('refuses what is none of the frames', () => {
      const bad = Buffer.from(frames(block(2), 0, 3));
      bad[block(2).frameBytes - 3] = 0x21;
      const counter = new FrameCounter({
        expected: new Map([[2, block(2)]]),
        onControl: () => {},
        scattered: true,
      });
      expect(() => counter.feed(bad, bad.length)).to.throw('is wrong');
    });
  });

  it('goes on at the start of the block after its end', () => {
    const { bytes } = block(2);
    expect(count([2], [bytes, bytes, bytes.subarray(0, 100)]).frames).to.equal(2 * block(2).frames + 2);
  });
});

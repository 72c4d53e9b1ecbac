import { expect } from 'chai';
import { selectCells } from '../../bench/cells.js';
import { FrameCounter } from '../../bench/counter.js';
import { type Block, deliveryBlock } from '../../bench/frames.js';

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

  it('goes on at the start of the block after its end', () => {
    const { bytes } = block(2);
    expect(count([2], [bytes, bytes, bytes.subarray(0, 100)]).frames).to.equal(2 * block(2).frames + 2);
  });
});

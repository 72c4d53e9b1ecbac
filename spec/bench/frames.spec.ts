import { expect } from 'chai';
import { CELLS, type Cell, fanOut, selectCells } from '../../tools/bench/cells.js';
import {
  type Block,
  deliveryBlock,
  dueOf,
  framesPerBlock,
  messagesOf,
  payload,
  publishBlock,
  replyBlock,
} from '../../tools/bench/frames.js';

const cell = (id: string): Cell => selectCells(id)[0]!;
const frame = ({ bytes, frameBytes }: Block, n: number): string =>
  bytes.toString('latin1', n * frameBytes, (n + 1) * frameBytes);
const HEADERS =
  'NATS/1.0\r\nContent-Type: application/json\r\nTraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-01\r\n\r\n';

describe('bench: frames', () => {
  it('puts publisher and index into the payload', () => {
    expect(payload(7, 123, 16)).to.equal('07000123qrstuvwx');
    expect(payload(0, 0, 8)).to.equal('00000000');
    expect(payload(3, 9, 1024))
      .to.have.length(1024)
      .and.match(/^03000009[a-z]+$/);
    expect(() => payload(0, 0, 7)).to.throw(RangeError);
  });

  it('renders what the protocols say', () => {
    expect(frame(publishBlock(cell('10-10x10/16'), 4, 'nats'), 2)).to.equal(
      'PUB bench.04 16\r\n04000002efghijkl\r\n',
    );
    expect(frame(deliveryBlock(cell('10-10x10/16'), 4, 'nats', ''), 2)).to.equal(
      'MSG bench.04 1 16\r\n04000002efghijkl\r\n',
    );
    expect(frame(publishBlock(cell('line-1-1/16'), 0, 'line'), 1)).to.equal(
      'PUB bench.00 00000001bcdefghi\n',
    );
    expect(frame(deliveryBlock(cell('line-1-1/16'), 0, 'line', '\r\n'), 1)).to.equal(
      'UPDATE bench.00 00000001bcdefghi\r\n',
    );
    expect(frame(replyBlock(cell('line-1-1/16'), 0, 'line', '\n'), 1)).to.equal('OK PUB bench.00\n');
  });

  it('renders headers with their lengths', () => {
    const size = HEADERS.length;
    expect(frame(publishBlock(cell('headers-1-1/128'), 0, 'nats'), 3)).to.equal(
      `HPUB bench.00 ${size} ${size + 128}\r\n${HEADERS}${payload(0, 3, 128)}\r\n`,
    );
    expect(frame(deliveryBlock(cell('headers-1-1/128'), 0, 'nats', ''), 3)).to.equal(
      `HMSG bench.00 1 ${size} ${size + 128}\r\n${HEADERS}${payload(0, 3, 128)}\r\n`,
    );
  });

  it('renders what Redis says', () => {
    const text = payload(0, 1, 16);
    expect(frame(publishBlock(cell('line-1-10/16'), 0, 'resp'), 1)).to.equal(
      `*3\r\n$7\r\nPUBLISH\r\n$8\r\nbench.00\r\n$16\r\n${text}\r\n`,
    );
    expect(frame(deliveryBlock(cell('line-1-10/16'), 0, 'resp', ''), 1)).to.equal(
      `*3\r\n$7\r\nmessage\r\n$8\r\nbench.00\r\n$16\r\n${text}\r\n`,
    );
    expect(frame(replyBlock(cell('line-1-10/16'), 0, 'resp', ''), 1)).to.equal(':10\r\n');
  });

  it('gives every message another subject, and every publisher another one to begin with', () => {
    const many = cell('subjects1000-10-10/16');
    const subjects = (publisher: number): readonly string[] => {
      const block = publishBlock(many, publisher, 'nats');
      return Array.from({ length: block.frames }, (_, n) => frame(block, n).split(' ')[1] ?? '');
    };
    expect(new Set(subjects(3)).size).to.equal(1000);
    expect(subjects(3).slice(0, 2)).to.deep.equal(['bench.300', 'bench.301']);
    expect(subjects(3)[700]).to.equal('bench.000');
  });

  it('knows how many messages there are, and how many of them are due', () => {
    const block = framesPerBlock(cell('10-10/16'));
    expect(messagesOf(cell('10-10/16'), 3)).to.equal(30 * block);
    expect(dueOf(cell('10-10/16'), 4, 3)).to.equal(30 * block);
    expect(dueOf(cell('10-10x10/16'), 4, 3)).to.equal(3 * block);
    expect(messagesOf(cell('mixed-100-1/16'), 3)).to.equal(6000);
    expect(dueOf(cell('mixed-100-1/16'), 0, 3)).to.equal(6000);
  });

  for (const each of CELLS) {
    it(`fills a block for ${each.id}, delivered frame for published frame`, () => {
      const published = publishBlock(each, 0, each.dialect);
      const delivered = deliveryBlock(each, 0, each.dialect, '\n');
      expect(published.frames).to.equal(framesPerBlock(each)).and.equal(delivered.frames);
      expect(published.bytes.length).to.equal(published.frames * published.frameBytes);
      expect(published.bytes.length).to.be.within(
        fanOut(each) === 1000 ? 17_000 : 35_000,
        each.payloadBytes > 16_384 ? 1_100_000 : 500_000,
      );
      for (const { bytes, frameBytes, frames } of [published, delivered])
        expect(bytes.length).to.equal(frames * frameBytes);
      expect(
        frame(delivered, 1).slice(delivered.payloadAt, delivered.payloadAt + each.payloadBytes),
      ).to.equal(payload(0, 1, each.payloadBytes));
    });
  }

  it('gives the relay back exactly what was published', () => {
    const verbatim = deliveryBlock(cell('1-1/16'), 0, 'verbatim', '');
    expect(verbatim.bytes.equals(publishBlock(cell('1-1/16'), 0, 'verbatim').bytes)).to.equal(true);
  });
});

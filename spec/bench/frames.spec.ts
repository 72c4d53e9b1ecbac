import { expect } from 'chai';
import { CELLS, type Cell, selectCells } from '../../bench/cells.js';
import { deliveryBlock, framesPerBlock, payload, publishBlock, replyBlock } from '../../bench/frames.js';

const cell = (id: string): Cell => selectCells(id)[0]!;
const frame = ({ bytes, frameBytes }: { bytes: Buffer; frameBytes: number }, n: number): string =>
  bytes.toString('latin1', n * frameBytes, (n + 1) * frameBytes);

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
    expect(frame(publishBlock(cell('10-10x10/16'), 4), 2)).to.equal(
      'PUB bench.04 16\r\n04000002efghijkl\r\n',
    );
    expect(frame(deliveryBlock(cell('10-10x10/16'), 4, 'nats', ''), 2)).to.equal(
      'MSG bench.04 1 16\r\n04000002efghijkl\r\n',
    );
    expect(frame(publishBlock(cell('line-1-1/16'), 0), 1)).to.equal('PUB bench.00 00000001bcdefghi\n');
    expect(frame(deliveryBlock(cell('line-1-1/16'), 0, 'line', '\r\n'), 1)).to.equal(
      'UPDATE bench.00 00000001bcdefghi\r\n',
    );
    expect(frame(replyBlock(cell('line-1-1/16'), 0, '\n'), 1)).to.equal('OK PUB bench.00\n');
  });

  for (const each of CELLS) {
    it(`fills a block for ${each.id}, delivered frame for published frame`, () => {
      const published = publishBlock(each, 0);
      const delivered = deliveryBlock(each, 0, each.dialect === 'nats' ? 'nats' : 'line', '\n');
      expect(published.frames).to.equal(framesPerBlock(each)).and.equal(delivered.frames);
      expect(published.bytes.length).to.equal(published.frames * published.frameBytes);
      expect(published.bytes.length).to.be.within(60_000, 65_536);
      expect(Number.isInteger(delivered.frameBytes)).to.equal(true);
    });
  }

  it('gives the relay back exactly what was published', () => {
    const verbatim = deliveryBlock(cell('1-1/16'), 0, 'verbatim', '');
    expect(verbatim.bytes.equals(publishBlock(cell('1-1/16'), 0).bytes)).to.equal(true);
  });
});

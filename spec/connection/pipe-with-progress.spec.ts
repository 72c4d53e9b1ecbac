import { PassThrough, Writable } from 'node:stream';
import { expect } from 'chai';
import { pipeWithProgress } from '../../lib/connection/pipe-with-progress.js';
import { TurnQueue } from '../../lib/domain/turn-queue.js';
import { until } from '../support/until.js';

/** A wire whose writes end when they are told to. */
function slowWire(highWaterMark: number) {
  const written: string[] = [];
  const ends: (() => void)[] = [];
  const wire = new Writable({
    highWaterMark,
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString());
      ends.push(done);
    },
  });
  return { wire, written, endOne: () => ends.shift()!() };
}

describe('pouring', () => {
  it('says when the wire has taken something, though it never said to wait', async () => {
    const { wire, endOne } = slowWire(1_000);
    const source = new PassThrough();
    let taken = 0;
    pipeWithProgress(source, wire, () => taken++, new TurnQueue(64));
    source.write('one');
    source.write('two');
    await until('both are with the wire', () => wire.writableLength === 6);
    expect(taken).to.equal(0);
    endOne();
    await until('one is taken', () => taken === 1);
    endOne();
    await until('both are taken', () => taken === 2);
  });

  it('waits while the wire says so, and ends it at the end', async () => {
    const { wire, written, endOne } = slowWire(2);
    const source = new PassThrough();
    pipeWithProgress(source, wire, () => {}, new TurnQueue(64));
    for (const word of ['one', 'two', 'three']) source.write(word);
    source.end();
    await until('the first is with the wire', () => written.length === 1);
    expect(source.isPaused()).to.equal(true);
    expect(wire.writableLength).to.equal(3);
    for (const count of [2, 3]) {
      endOne();
      await until('the next is with the wire', () => written.length === count);
    }
    endOne();
    await until('the wire has ended', () => wire.writableFinished);
    expect(written).to.deep.equal(['one', 'two', 'three']);
  });

  it('writes nothing to a wire that is going away', async () => {
    const { wire, written } = slowWire(100);
    const source = new PassThrough();
    pipeWithProgress(source, wire, () => {}, new TurnQueue(64));
    wire.destroy();
    source.write('late');
    source.end();
    await until('the source is read', () => source.readableEnded);
    expect(written).to.deep.equal([]);
  });
});

import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { type PausableReads, ReadTurns, type ReadTurnsOptions } from '../../lib/domain/read-turns.js';

/** Something to read, which counts how often. */
class Source implements PausableReads {
  isReading = true;
  readonly canPause: boolean;

  constructor(canPause = true) {
    this.canPause = canPause;
  }

  pauseReading(): boolean {
    if (!this.canPause || !this.isReading) return false;
    this.isReading = false;
    return true;
  }

  resumeReading(): void {
    this.isReading = true;
  }
}

describe('turns for reads of very many', () => {
  let time: number;
  let sources: Source[];
  beforeEach(() => {
    time = 0;
    sources = [];
  });

  function start(options: Partial<ReadTurnsOptions>, count: number): ReadTurns {
    const reads = new ReadTurns({
      perTurn: 4,
      maxMs: 10,
      resumedPerTurn: 16,
      now: () => time,
      ...options,
    });
    sources = Array.from({ length: count }, () => new Source());
    for (const source of sources) reads.add(source);
    return reads;
  }

  const reading = (): number => sources.filter(({ isReading }) => isReading).length;

  it('stops all once so many were read, and continues them over the turns that follow', async () => {
    const reads = start({}, 40);
    for (let n = 0; n < 3; n++) reads.count();
    expect(reading()).to.equal(40);
    reads.count();
    expect(reading()).to.equal(0);
    const counts: number[] = [];
    for (let n = 0; n < 4; n++) {
      await setImmediate();
      counts.push(reading());
    }
    expect(counts).to.deep.equal([16, 32, 40, 40]);
    expect(sources.map((source) => reads.holds(source))).to.not.include(true);
  });

  it('has room again in the next turn', async () => {
    const reads = start({}, 40);
    for (let n = 0; n < 5; n++) {
      for (let read = 0; read < 3; read++) reads.count();
      await setImmediate();
    }
    expect(reading()).to.equal(40);
  });

  it('stops all once reads have taken their time, of which one counts for half a millisecond at most', () => {
    const reads = start({ perTurn: 100, maxMs: 2 }, 1);
    reads.count();
    for (let n = 0; n < 3; n++) {
      time += 1_000; // others were served
      reads.count();
    }
    expect(reading()).to.equal(1);
    time += 0.5;
    reads.count();
    expect(reading()).to.equal(0);
    reads.stop();
  });

  it('continues those first that were stopped again, and fewer of them', async () => {
    const reads = start({}, 100);
    for (let n = 0; n < 4; n++) reads.count();
    const held = (): number[] => [...sources.keys()].filter((n) => sources[n]!.isReading);
    await setImmediate();
    expect(held()).to.deep.equal(Array.from({ length: 16 }, (_, n) => n));
    for (let n = 0; n < 4; n++) reads.count();
    expect(held()).to.deep.equal([]);
    await setImmediate();
    expect(held()).to.deep.equal(Array.from({ length: 16 }, (_, n) => n));
    for (let n = 0; n < 4; n++) reads.count();
    for (let n = 0; n < 4; n++) reads.count(); // once in a turn
    await setImmediate();
    expect(held()).to.deep.equal(Array.from({ length: 16 }, (_, n) => n));
    reads.stop();
  });

  it('continues those last that may have been read before', async () => {
    const reads = start({ resumedPerTurn: 8 }, 20);
    const pause = (): void => {
      for (let n = 0; n < 4; n++) reads.count();
    };
    const held = (): number[] => [...sources.keys()].filter((n) => sources[n]!.isReading);
    pause();
    await setImmediate();
    await setImmediate(); // 0 to 7 had their turn, 8 to 15 have it
    expect(held()).to.have.length(16);
    pause();
    await setImmediate();
    expect(held()).to.deep.equal([8, 9, 10, 11, 12, 13, 14, 15]);
    await setImmediate();
    expect(held()).to.deep.equal([0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    reads.stop();
  });

  it('continues one that is no longer limited, and leaves alone what cannot be stopped', async () => {
    const reads = start({ resumedPerTurn: 8 }, 40);
    const memory = new Source(false);
    reads.add(memory);
    for (let n = 0; n < 4; n++) reads.count();
    const last = sources.at(-1)!;
    expect([last.isReading, reads.holds(last), memory.isReading, reads.holds(memory)]).to.deep.equal([
      false,
      true,
      true,
      false,
    ]);
    reads.delete(last);
    expect([last.isReading, reads.holds(last)]).to.deep.equal([true, false]);
    await setImmediate();
    for (let n = 0; n < 4; n++) reads.count();
    expect(last.isReading).to.equal(true);
    reads.stop();
  });

  it('holds what has come from one until it could be read', async () => {
    const reads = start({}, 1);
    const [source] = sources as [Source];
    for (let n = 0; n < 4; n++) reads.count();
    await setImmediate();
    expect([source.isReading, reads.holds(source)]).to.deep.equal([true, true]); // not before its next turn
    await setImmediate();
    expect(reads.holds(source)).to.equal(false);
  });
});

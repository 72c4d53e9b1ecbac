import { expect } from 'chai';
import { ReaderProgress } from '../../lib/clients/reader-progress.js';

describe('the progress of a reader', () => {
  it('shows in what the wire takes, as long as nothing else is known', () => {
    const progress = new ReaderProgress(1_000, 0);
    expect(progress.stalledMs(50)).to.equal(50);
    progress.taken(1_000, 60);
    expect(progress.stalledMs(60)).to.equal(60);
    progress.taken(1_500, 70);
    expect(progress.stalledMs(100)).to.equal(30);
    expect(progress.advance()).to.equal(500);
    expect(progress.advance()).to.equal(0);
    expect(progress.kernelRoom(1_500)).to.equal(0);
  });

  it('shows in what is acknowledged once that is known, and what the kernel takes counts no more', () => {
    const progress = new ReaderProgress(1_000, 0);
    progress.acknowledged(1_000, 400, 10);
    expect(progress.advance()).to.equal(0);
    progress.taken(1_300, 20);
    expect(progress.advance()).to.equal(0);
    progress.acknowledged(1_300, 500, 30);
    expect(progress.advance()).to.equal(200);
    progress.acknowledged(1_300, 100, 40);
    expect(progress.stalledMs(45)).to.equal(5);
    expect(progress.kernelRoom(1_300)).to.equal(300);
    expect(progress.kernelRoom(1_600)).to.equal(0);
  });

  it('is not expected of a peer that is excused', () => {
    const progress = new ReaderProgress(0, 0);
    progress.resetStall(500);
    expect(progress.stalledMs(600)).to.equal(100);
    progress.excuse(40, 600);
    expect(progress.stalledMs(600)).to.equal(60);
    progress.excuse(1_000, 600);
    expect(progress.stalledMs(610)).to.equal(10);
  });
});

import { expect } from 'chai';
import { durationText, grouped } from '../../../lib/cli/view/numbers.js';
import { Progress, progressText, summaryText } from '../../../lib/cli/view/progress.js';
import { FakeClock } from '../../support/fake-clock.js';

describe('cli/view/progress', () => {
  it('groups digits', () => {
    expect([0, 999, 1_000, 1_234_567].map(grouped)).to.deep.equal(['0', '999', '1,000', '1,234,567']);
    for (const count of [12, 1e5, 98_765_432]) expect(grouped(count)).to.equal(count.toLocaleString('en-US'));
  });

  it('says how long', () => {
    const times = [0, 420, 9_949, 12_400, 59_400, 60_000, 185_000, 7_800_000];
    expect(times.map(durationText)).to.deep.equal([
      '0.0 s',
      '0.4 s',
      '9.9 s',
      '12 s',
      '59 s',
      '1 min 0 s',
      '3 min 5 s',
      '2 h 10 min',
    ]);
  });

  it('says how far, how fast, and how long it will take', () => {
    expect(progressText(25_000, 100_000, 500)).to.equal('25,000 of 100,000 (25 %)  50,000/s  1.5 s left');
    expect(progressText(25_000, undefined, 500)).to.equal('25,000  50,000/s');
    expect(progressText(0, 10, 0)).to.equal('0 of 10 (0 %)  0/s');
    expect(progressText(99_999, 100_000, 1_000)).to.match(/\(99 %\)/);
  });

  it('says what was done', () => {
    expect(summaryText(1, 5, 3)).to.equal('published 1 message, 5 bytes, in 0.0 s');
    expect(summaryText(2_000, 32_000, 500)).to.equal(
      'published 2,000 messages, 32,000 bytes, in 0.5 s, 4,000/s',
    );
  });

  it('shows nothing of what is done soon but the end', () => {
    const written: string[] = [];
    const progress = new Progress(2, new FakeClock(), (text) => written.push(text));
    progress.count(5);
    progress.count(5);
    progress.end();
    expect(written).to.deep.equal(['published 2 messages, 10 bytes, in 0.0 s\n']);
  });

  it('writes over its line, five times a second at most, and wipes it', () => {
    const clock = new FakeClock();
    const written: string[] = [];
    const progress = new Progress(1_000, clock, (text) => written.push(text));
    for (let i = 0; i < 1_000; i++) {
      clock.pass(2);
      progress.count(1);
    }
    expect(written.length).to.be.within(6, 9);
    for (const text of written)
      expect(text).to.match(/^\r\x1b\[K[\d,]+ of 1,000 \(\d+ %\) {2}500\/s {2}\d.* left$/);
    progress.end();
    expect(written.at(-1)).to.match(/^\r\x1b\[Kpublished 1,000 messages, .*\n$/);
  });
});

import { expect } from 'chai';
import { rateLimited } from '../../lib/domain/rate-limited.js';
import { FakeClock } from '../support/fake-clock.js';

describe('domain/rate-limited', () => {
  it('reports the first call at once, later ones once per interval, and how many there were', () => {
    const clock = new FakeClock();
    const reports: [string, number][] = [];
    const report = rateLimited((subject: string, count) => reports.push([subject, count]), clock, 1_000);
    for (const subject of ['a', 'b', 'c']) report(subject);
    expect(reports).to.deep.equal([['a', 1]]);
    clock.pass(999);
    report('d');
    clock.pass(1);
    report('e');
    expect(reports).to.deep.equal([
      ['a', 1],
      ['e', 4],
    ]);
  });

  it('reports every five seconds by default', () => {
    const clock = new FakeClock();
    const counts: number[] = [];
    const report = rateLimited((_: string, count) => counts.push(count), clock);
    for (let second = 0; second < 10; second++) {
      report('x');
      clock.pass(1_000);
    }
    expect(counts).to.deep.equal([1, 5]);
  });
});

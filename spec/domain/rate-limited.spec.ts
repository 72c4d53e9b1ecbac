import { expect } from 'chai';
import { RateLimits } from '../../lib/domain/rate-limited.js';
import { FakeClock } from '../support/fake-clock.js';

describe('domain/rate-limited', () => {
  let clock: FakeClock;
  let lines: [subject: string, count: number][];
  let limits: RateLimits;
  let tell: (subject: string) => void;
  beforeEach(() => {
    clock = new FakeClock();
    lines = [];
    limits = new RateLimits(clock);
    tell = limits.limit((subject: string, count) => lines.push([subject, count]));
  });

  it('passes the first on at once, and what it left out when five seconds are over', () => {
    for (const subject of ['a', 'b', 'c']) tell(subject);
    expect(lines).to.deep.equal([['a', 1]]);
    clock.pass(4_999);
    expect(lines).to.have.length(1);
    clock.pass(1);
    expect(lines.slice(1)).to.deep.equal([['c', 2]]);
    clock.pass(60_000);
    expect(lines).to.have.length(2);
    tell('d');
    expect(lines.slice(2)).to.deep.equal([['d', 1]]);
  });

  it('passes on once in five seconds, however many there are', () => {
    for (let n = 0; n < 100; n++) {
      tell('x');
      clock.pass(200);
    }
    expect(lines.map(([, count]) => count)).to.deep.equal([1, 24, 25, 25, 25]);
  });

  it('passes on what it left out before a shutdown, and keeps no timer', () => {
    for (const subject of ['a', 'b']) tell(subject);
    limits.flush();
    expect(lines.slice(1)).to.deep.equal([['b', 1]]);
    expect(clock.pending).to.equal(0);
  });

  it('leaves alone what the limits of another broker left out', () => {
    for (const subject of ['a', 'b']) tell(subject);
    new RateLimits(clock).flush();
    expect(lines).to.deep.equal([['a', 1]]);
    expect(clock.pending).to.equal(1);
  });
});

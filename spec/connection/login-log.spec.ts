import { expect } from 'chai';
import { LoginLog, type RefusedLogin } from '../../lib/connection/login-log.js';
import { RateLimits } from '../../lib/domain/rate-limited.js';
import { FakeClock } from '../support/fake-clock.js';

interface Line {
  readonly message: string;
  readonly user?: string;
  readonly suppressed?: number;
}

const LOGIN: RefusedLogin = {
  connection: 7,
  remoteAddress: '192.0.2.1',
  remotePort: 4711,
  kind: 'User',
  user: 'ann',
  reason: 'wrong password',
};

describe('net/login-log', () => {
  let clock: FakeClock;
  let limits: RateLimits;
  let lines: Line[];
  let log: LoginLog;
  beforeEach(() => {
    clock = new FakeClock();
    limits = new RateLimits(clock);
    lines = [];
    log = new LoginLog((fields, message) => lines.push({ ...fields, message }), limits);
  });

  it('names the peer, the user and the reason', () => {
    log.refused(LOGIN);
    expect(lines).to.deep.equal([
      {
        connection: 7,
        peer: '192.0.2.1:4711',
        kind: 'User',
        user: 'ann',
        reason: 'wrong password',
        message: 'login refused',
      },
    ]);
  });

  const names: readonly (readonly [name: string, shown: string])[] = [
    ['x'.repeat(64), 'x'.repeat(64)],
    ['x'.repeat(65), `${'x'.repeat(64)}…`],
    ['😀'.repeat(65), `${'😀'.repeat(64)}…`],
    ['a"b\\c', 'a\\"b\\\\c'],
    ['a\r\n{"level":30}', 'a\\r\\n{\\"level\\":30}'],
    ['\u001b[31m\u009b\u202e\u2028\ud800', '\\x1b[31m\\u009b\\u202e\\u2028\\ud800'],
  ];
  for (const [name, shown] of names) {
    it(`shows ${JSON.stringify(name.slice(0, 20))} as one line of printable characters`, () => {
      log.refused({ ...LOGIN, user: name });
      expect(lines[0]!.user).to.equal(shown);
    });
  }

  it('says nothing of a user where none was presented', () => {
    log.refused({
      ...LOGIN,
      kind: undefined,
      user: undefined,
      remoteAddress: undefined,
      remotePort: undefined,
    });
    expect(lines[0]).to.deep.equal({
      connection: 7,
      peer: '?:?',
      reason: 'wrong password',
      message: 'login refused',
    });
  });

  it('has five lines of an address at once, then one in five seconds, and counts the others', () => {
    for (let n = 0; n < 100; n++) log.refused(LOGIN);
    expect(lines).to.have.length(5);
    clock.pass(5_000);
    expect(lines[5]!.suppressed).to.equal(95);
    for (let n = 0; n < 100; n++) log.refused(LOGIN);
    expect(lines).to.have.length(7);
    expect(lines[6]).not.to.have.property('suppressed');
    log.refused({ ...LOGIN, remoteAddress: '192.0.2.2' });
    expect(lines).to.have.length(8);
    expect(lines[7]!.suppressed).to.equal(99);
  });

  it('counts what it left out in a line of its own where no other login fails', () => {
    for (let n = 0; n < 100; n++) log.refused(LOGIN);
    clock.pass(4_999);
    expect(lines).to.have.length(5);
    clock.pass(1);
    expect(lines[5]).to.deep.equal({ suppressed: 95, message: 'logins refused, not logged one by one' });
    clock.pass(60_000);
    expect(lines).to.have.length(6);
    expect(clock.pending).to.equal(0);
  });

  it('counts what it left out at once where the broker shuts down', () => {
    for (let n = 0; n < 7; n++) log.refused(LOGIN);
    limits.flush();
    limits.flush();
    expect(lines.slice(5)).to.deep.equal([
      { suppressed: 2, message: 'logins refused, not logged one by one' },
    ]);
    expect(clock.pending).to.equal(0);
  });

  it('takes an IPv6 network for one address', () => {
    for (let n = 0; n < 100; n++) log.refused({ ...LOGIN, remoteAddress: `2001:db8::${n}` });
    expect(lines).to.have.length(5);
  });

  it('has 50 lines at once, then ten a second, however many addresses there are', () => {
    for (let n = 0; n < 20_000; n++) log.refused({ ...LOGIN, remoteAddress: `10.0.${n >> 8}.${n & 255}` });
    expect(lines).to.have.length(50);
    clock.pass(1_000);
    for (let n = 0; n < 100; n++) log.refused({ ...LOGIN, remoteAddress: `10.9.9.${n}` });
    expect(lines).to.have.length(60);
  });
});

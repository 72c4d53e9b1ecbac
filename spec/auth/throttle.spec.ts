import { expect } from 'chai';
import { LoginThrottle, type ThrottleOptions } from '../../lib/auth/throttle.js';
import { FakeClock } from '../support/fake-clock.js';

const A = '192.0.2.1';
const B = '192.0.2.2';

describe('the throttle of failed logins', () => {
  let clock: FakeClock;
  let throttle: LoginThrottle;
  const make = (options: ThrottleOptions = {}) => {
    throttle = new LoginThrottle({ clock, ...options });
  };
  beforeEach(() => {
    clock = new FakeClock();
    make();
  });

  /** Logins that fail, one after the other; how many were looked at. */
  function fail(times: number, address = A): number {
    let looked = 0;
    for (let i = 0; i < times; i++) {
      if (throttle.admit(address) !== undefined) continue;
      throttle.failed(address);
      looked++;
    }
    return looked;
  }

  /** What promises have said so far. */
  async function answers(promises: (Promise<boolean> | undefined)[]): Promise<(boolean | undefined)[]> {
    const pending = new Promise<undefined>((resolve) => setImmediate(resolve, undefined));
    return Promise.all(promises.map((promise) => Promise.race([promise ?? Promise.resolve(true), pending])));
  }

  it('knows nothing of who never fails', () => {
    for (let i = 0; i < 1_000; i++) {
      expect(throttle.admit(A)).to.equal(undefined);
      throttle.succeeded(A);
    }
    expect(throttle.size).to.equal(0);
  });

  it('lets 20 fail at once, then 5 a second', () => {
    expect(fail(30)).to.equal(20);
    make({ maxWaiting: 0 });
    expect(fail(100)).to.equal(20);
    clock.pass(1_000);
    expect(fail(100)).to.equal(5);
    clock.pass(10_000);
    expect(fail(100)).to.equal(20);
  });

  it('holds up no other login', () => {
    fail(30);
    expect(throttle.admit(B)).to.equal(undefined);
    expect(throttle.admit(undefined)).to.equal(undefined);
    throttle.failed(undefined);
    expect(throttle.size).to.equal(1);
  });

  it('makes further ones wait their turn, in order', async () => {
    fail(20);
    const waiting = [throttle.admit(A), throttle.admit(A), throttle.admit(A)];
    expect(await answers(waiting)).to.deep.equal([undefined, undefined, undefined]);
    clock.pass(200);
    expect(await answers(waiting)).to.deep.equal([true, undefined, undefined]);
    throttle.failed(A);
    clock.pass(200);
    expect(await answers(waiting)).to.deep.equal([true, true, undefined]);
    clock.pass(200);
    expect(await answers(waiting)).to.deep.equal([true, true, true]);
    expect(clock.pending).to.equal(0);
  });

  it('gives the turn of one that succeeds to the next', async () => {
    fail(20);
    const waiting = [throttle.admit(A), throttle.admit(A)];
    clock.pass(200);
    expect(await answers(waiting)).to.deep.equal([true, undefined]);
    throttle.succeeded(A);
    expect(await answers(waiting)).to.deep.equal([true, true]);
  });

  it('costs nothing who succeeds, and forgives nothing either', () => {
    make({ maxWaiting: 0 });
    fail(19);
    for (let i = 0; i < 50; i++) {
      expect(throttle.admit(A)).to.equal(undefined);
      throttle.succeeded(A);
    }
    expect(fail(5)).to.equal(1);
  });

  it('refuses at once where too many wait', async () => {
    make({ maxWaiting: 2 });
    fail(20);
    const waiting = [throttle.admit(A), throttle.admit(A), throttle.admit(A), throttle.admit(A)];
    expect(await answers(waiting)).to.deep.equal([undefined, undefined, false, false]);
  });

  it('makes up for those that were under way together', () => {
    make({ maxWaiting: 0 });
    for (let i = 0; i < 100; i++) expect(throttle.admit(A)).to.equal(undefined);
    for (let i = 0; i < 100; i++) throttle.failed(A);
    clock.pass(4_000);
    expect(fail(10)).to.equal(0);
    clock.pass(200);
    expect(fail(10)).to.equal(1);
  });

  it('does not lock out for what is never reported', () => {
    make({ maxWaiting: 0 });
    throttle.failed(A);
    for (let i = 0; i < 19; i++) expect(throttle.admit(A)).to.equal(undefined);
    expect(fail(1)).to.equal(0);
    clock.pass(4_000);
    expect(fail(100)).to.equal(20);
  });

  it('holds back refusals longer with each failure, up to a second', () => {
    expect(throttle.delayMs(A)).to.equal(100);
    expect(throttle.delayMs(undefined)).to.equal(100);
    const delays = Array.from({ length: 12 }, () => {
      fail(1);
      return throttle.delayMs(A);
    });
    expect(delays).to.deep.equal([100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000, 1_000, 1_000]);
    clock.pass(1_000);
    expect(throttle.delayMs(A)).to.equal(700);
    clock.pass(60_000);
    fail(1);
    expect(throttle.delayMs(A)).to.equal(100);
  });

  it('forgets who has not failed for a while', () => {
    fail(3);
    clock.pass(599);
    expect(throttle.admit(A)).to.equal(undefined);
    expect(throttle.size).to.equal(1);
    throttle.succeeded(A);
    clock.pass(10_000);
    expect(throttle.admit(A)).to.equal(undefined);
    expect(throttle.size).to.equal(0);
  });

  it('remembers so many addresses, those that failed last', async () => {
    make({ maxAddresses: 3, maxWaiting: 1, burst: 1 });
    for (const address of ['1.1.1.1', '2.2.2.2', '3.3.3.3']) fail(1, address);
    const waiting = throttle.admit('2.2.2.2');
    throttle.failed('1.1.1.1');
    fail(1, '4.4.4.4');
    expect(throttle.size).to.equal(3);
    // A login that waited is refused, as nothing is left that tells when its turn would be.
    expect(await answers([waiting])).to.deep.equal([false]);
    expect(throttle.admit('2.2.2.2')).to.equal(undefined);
    expect(throttle.admit('1.1.1.1')).to.not.equal(undefined);
    make();
    for (let i = 0; i < 20_000; i++) throttle.failed(`10.0.${i >> 8}.${i & 255}`);
    expect(throttle.size).to.equal(10_000);
  });

  it('takes an IPv6 network for one address, and IPv4 dressed as IPv6 for IPv4', () => {
    make({ burst: 1, maxWaiting: 0 });
    const same = (first: string, second: string) => {
      throttle.dispose();
      throttle.failed(throttle.keyOf(first, 'a'));
      return throttle.admit(throttle.keyOf(second, 'b')) !== undefined;
    };
    for (const [first, second, expected] of [
      ['2001:db8:0:1::5', '2001:db8:0:1:ffff:ffff:ffff:ffff', true],
      ['2001:db8::1:0:0:0:5', '2001:0DB8:0:1::', true],
      ['2001:db8:0:1::5', '2001:db8:0:2::5', false],
      ['::1', '::2', true],
      ['::1', '0:0:0:1::1', false],
      ['fe80::1%eth0', 'fe80::2%eth1', true],
      ['64:ff9b::192.0.2.1', '64:ff9b::192.0.2.2', true],
      ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4::', true],
      ['::ffff:192.0.2.1', '192.0.2.1', true],
      ['::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
    ] as const) {
      expect(same(first, second), `${first} and ${second}`).to.equal(expected);
    }
  });

  it('counts a user apart that has logged in from the address before', () => {
    make({ maxWaiting: 0 });
    throttle.remember(A, 'ann');
    const [ann, bob] = [throttle.keyOf(A, 'ann'), throttle.keyOf(A, 'bob')];
    expect(fail(30, bob)).to.equal(20);
    expect(throttle.keyOf(A, undefined)).to.equal(bob);
    expect(throttle.keyOf(B, 'ann')).to.equal(B);
    // Guessing the password of ann is as slow there as anywhere.
    expect(fail(30, ann)).to.equal(20);
    expect(throttle.keyOf(undefined, 'ann')).to.equal(undefined);
  });

  it('remembers so many users, those that logged in last, none of a long name', () => {
    make({ maxAddresses: 2 });
    const remembers = (user: string | undefined) => throttle.keyOf(A, user) !== A;
    for (const user of ['a', 'b', 'a', 'c', 'x'.repeat(257), '', undefined]) throttle.remember(A, user);
    expect(['a', 'b', 'c', 'x'.repeat(257), '', undefined].map(remembers)).to.deep.equal([
      ...[true, false, true],
      ...[false, false, false],
    ]);
  });

  it('lets no login wait once it is disposed of', async () => {
    fail(20);
    const waiting = [throttle.admit(A), throttle.admit(A)];
    throttle.dispose();
    expect(await answers(waiting)).to.deep.equal([false, false]);
    expect([clock.pending, throttle.size]).to.deep.equal([0, 0]);
  });

  it('works with real time', async () => {
    throttle = new LoginThrottle({ burst: 1, refillPerSecond: 50 });
    throttle.failed(A);
    expect(await throttle.admit(A)).to.equal(true);
    throttle.dispose();
  });
});

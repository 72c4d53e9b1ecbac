import { expect } from 'chai';
import { BcryptPool, type BcryptPoolOptions } from '../../lib/auth/bcrypt-pool.js';
import type { Question } from '../../lib/auth/bcrypt-worker.js';
import { FakeClock } from '../support/fake-clock.js';

/** A check that runs until the spec ends it. */
interface Running extends Question {
  readonly finish: (same: boolean) => void;
  readonly fail: () => void;
}

/** A pool whose threads do nothing by themselves. */
function pool(options: BcryptPoolOptions = {}) {
  const running: Running[] = [];
  const clock = new FakeClock();
  const counts = { started: 0, stopped: 0 };
  const made = new BcryptPool({
    threads: 2,
    clock,
    ...options,
    start: (failed) => {
      counts.started++;
      return {
        check: (question, done) => {
          const end = (same: boolean): void => {
            running.splice(running.indexOf(check), 1);
            done(same);
          };
          const check: Running = {
            ...question,
            finish: end,
            fail: () => {
              failed();
              end(false);
            },
          };
          running.push(check);
        },
        stop: () => counts.stopped++,
      };
    },
  });
  return { pool: made, running, clock, counts };
}

/** What is being computed, by the passwords. */
function passwords(running: readonly Running[]): string[] {
  return running.map(({ presented }) => presented);
}

describe('auth/bcrypt-pool', () => {
  it('computes as many checks at once as it has threads', async () => {
    const { pool: checks, running, counts } = pool({ threads: 3 });
    const asked = ['a', 'b', 'c', 'd'].map((password) => checks.check(password, 'hash'));
    expect(passwords(running)).to.deep.equal(['a', 'b', 'c']);
    expect(checks.load).to.deep.equal({ running: 3, waiting: 1 });
    running[1]!.finish(true);
    expect(passwords(running)).to.deep.equal(['a', 'c', 'd']);
    for (const check of [...running]) check.finish(false);
    expect(await Promise.all(asked)).to.deep.equal([false, true, false, false]);
    expect(checks.load).to.deep.equal({ running: 0, waiting: 0 });
    expect(counts.started).to.equal(3);
  });

  it('has a thread for each core, and two at least', () => {
    const { pool: checks, running } = pool({ threads: undefined as never });
    for (let n = 0; n < 200; n++) void checks.check(`${n}`, 'hash');
    expect(running.length).to.be.at.least(2);
    expect(checks.load.waiting).to.equal(200 - running.length);
  });

  it('lets addresses take turns: a login waits for one of each other address', async () => {
    const { pool: checks, running } = pool({ threads: 1 });
    for (let n = 0; n < 60; n++) void checks.check(`burst ${n}`, 'hash', { remoteAddress: '127.0.0.1' });
    void checks.check('other', 'hash', { remoteAddress: '127.0.0.2' });
    running[0]!.finish(false);
    expect(passwords(running)).to.deep.equal(['burst 1']);
    running[0]!.finish(false);
    expect(passwords(running)).to.deep.equal(['other']);
  });

  it('takes the addresses of one IPv6 network for one', async () => {
    const { pool: checks, running } = pool({ threads: 1 });
    for (let n = 0; n < 60; n++) void checks.check(`${n}`, 'hash', { remoteAddress: `2001:db8::${n + 1}` });
    void checks.check('other', 'hash', { remoteAddress: '2001:db8:0:1::1' });
    running[0]!.finish(false);
    running[0]!.finish(false);
    expect(passwords(running)).to.deep.equal(['other']);
  });

  it('drops what a connection asked for that has gone', async () => {
    const { pool: checks, running } = pool({ threads: 1 });
    let gone = false;
    const first = checks.check('first', 'hash');
    const left = Array.from({ length: 50 }, (_, n) => checks.check(`${n}`, 'hash', { isGone: () => gone }));
    const last = checks.check('last', 'hash', { remoteAddress: '127.0.0.2' });
    gone = true;
    running[0]!.finish(true);
    expect(passwords(running)).to.deep.equal(['last']);
    running[0]!.finish(true);
    expect(await Promise.all(left)).to.deep.equal(left.map(() => undefined));
    expect([await first, await last]).to.deep.equal([true, true]);
  });

  it('refuses beyond what may wait, and says that nothing was checked', async () => {
    const { pool: checks, running } = pool({ threads: 1, maxWaiting: 3 });
    const ask = (password: string, remoteAddress: string) =>
      checks.check(password, 'hash', { remoteAddress });
    const many = ['1', '2', '3', '4', '5'].map((password) => ask(password, '127.0.0.1'));
    expect(await many[4]).to.equal(undefined);
    // The one that has most waiting makes room for others.
    const other = ask('other', '127.0.0.2');
    expect(await many[3]).to.equal(undefined);
    while (running.length > 0) running[0]!.finish(true);
    expect(await Promise.all([...many, other])).to.deep.equal([true, true, true, undefined, undefined, true]);
  });

  it('computes the same question once, for all that ask it meanwhile', async () => {
    const { pool: checks, running } = pool();
    const asked = Array.from({ length: 60 }, () => checks.check('p', 'hash'));
    void checks.check('p', 'another hash');
    expect(running.length).to.equal(2);
    expect(checks.load.waiting).to.equal(0);
    running[0]!.finish(false);
    expect(await Promise.all(asked)).to.deep.equal(asked.map(() => false));
  });

  it('does not compute anew what was right, even if it waits', async () => {
    const { pool: checks, running } = pool({ threads: 1 });
    const [first, second] = [checks.check('p', 'hash'), checks.check('q', 'hash')];
    running[0]!.finish(true);
    expect(await first).to.equal(true);
    expect(checks.check('p', 'hash')).to.equal(true);
    expect(checks.check('p', 'changed')).to.be.instanceOf(Promise);
    running[0]!.finish(false);
    expect(await second).to.equal(false);
    // What was wrong is computed each time.
    expect(checks.check('q', 'hash')).to.be.instanceOf(Promise);
  });

  it('goes on with a new thread where one fails', async () => {
    const { pool: checks, running, counts } = pool({ threads: 1 });
    const [first, second] = [checks.check('a', 'hash'), checks.check('b', 'hash')];
    running[0]!.fail();
    expect(await first).to.equal(false);
    running[0]!.finish(true);
    expect(await second).to.equal(true);
    expect(counts.started).to.equal(2);
  });

  it('ends a thread that has had nothing to do for half a minute', async () => {
    const { pool: checks, running, clock, counts } = pool({ threads: 1 });
    void checks.check('a', 'hash');
    running[0]!.finish(true);
    clock.pass(29_000);
    void checks.check('b', 'hash');
    clock.pass(60_000);
    expect(counts.stopped, 'while it computes').to.equal(0);
    running[0]!.finish(true);
    clock.pass(30_000);
    expect(counts).to.deep.equal({ started: 1, stopped: 1 });
    void checks.check('c', 'hash');
    expect(counts.started).to.equal(2);
  });
});

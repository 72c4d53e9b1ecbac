import { nextTick } from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { TurnQueue } from '../../lib/domain/turn-queue.js';

const tick = promisify(nextTick);

describe('a queue for very many at once', () => {
  it('does so much in a turn, in order, and the rest in the turns that follow', async () => {
    const queue = new TurnQueue(3);
    const done: number[] = [];
    for (let n = 0; n < 8; n++) queue.add(() => done.push(n), 1);
    expect(done).to.deep.equal([0, 1, 2]);
    await setImmediate();
    expect(done).to.deep.equal([0, 1, 2, 3, 4, 5]);
    queue.add(() => done.push(8), 1); // not before those that wait
    await setImmediate();
    await setImmediate();
    expect(done).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('lets one through that costs more than a turn has', () => {
    const queue = new TurnQueue(3);
    const done: number[] = [];
    queue.add(() => done.push(1), 100);
    queue.add(() => done.push(2), 1);
    expect(done).to.deep.equal([1]);
    queue.stop();
  });

  it('has room again in the next turn', async () => {
    const queue = new TurnQueue(1);
    let done = 0;
    queue.add(() => done++, 1);
    await setImmediate();
    queue.add(() => done++, 1);
    expect(done).to.equal(2);
    queue.stop();
  });

  it('leaves the rest to the next turn once its time is over', async () => {
    let time = 0;
    const queue = new TurnQueue(100, { maxMs: 10, now: () => time });
    const done: number[] = [];
    const take = (n: number, ms: number) =>
      queue.add(() => {
        done.push(n);
        time += ms;
      }, 1);
    take(1, 4);
    await tick();
    time += 1_000; // between two of them: not of its doing
    for (const n of [2, 3, 4, 5, 6, 7]) take(n, 4);
    expect(done).to.deep.equal([1, 2, 3]);
    await setImmediate();
    expect(done).to.deep.equal([1, 2, 3, 4, 5, 6]);
    await setImmediate();
    expect(done).to.deep.equal([1, 2, 3, 4, 5, 6, 7]);
  });

  it('counts the time of what its steps leave for the next tick, and does it before the next step', async () => {
    let time = 0;
    const queue = new TurnQueue(100, { maxMs: 10, now: () => time });
    const done: string[] = [];
    for (let n = 1; n <= 6; n++)
      queue.add(() => {
        done.push(`step ${n}`);
        nextTick(() => {
          done.push(`ticks ${n}`);
          time += 6;
        });
        time += n === 1 ? 10 : 0; // so that the others wait
      }, 1);
    await tick();
    expect(done).to.deep.equal(['step 1', 'ticks 1']);
    await setImmediate();
    expect(done.splice(0)).to.deep.equal(['step 1', 'ticks 1', 'step 2', 'ticks 2', 'step 3', 'ticks 3']);
    await setImmediate();
    expect(done.splice(0)).to.deep.equal(['step 4', 'ticks 4', 'step 5', 'ticks 5']);
    queue.stop();
  });

  it('does nothing before all was read, where it is to come after reads', async () => {
    const queue = new TurnQueue(2, { isAfterReads: true });
    const done: number[] = [];
    for (let n = 0; n < 3; n++) queue.add(() => done.push(n), 1);
    await tick();
    expect(done).to.deep.equal([]);
    await setImmediate();
    expect(done).to.deep.equal([0, 1]);
    await setImmediate();
    expect(done).to.deep.equal([0, 1, 2]);
  });

  it('takes what is asked for meanwhile after what waits', async () => {
    const queue = new TurnQueue(2);
    const done: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      queue.add(() => {
        done.push(name);
        if (name === 'c') queue.add(() => done.push('of c'), 1);
      }, 1);
    await setImmediate();
    await setImmediate();
    expect(done).to.deep.equal(['a', 'b', 'c', 'd', 'e', 'of c']);
    queue.stop();
  });

  it('may be stopped and finished by what it does', async () => {
    for (const end of ['stop', 'finish'] as const) {
      const queue = new TurnQueue(1);
      const done: string[] = [];
      for (const name of ['a', 'b', 'c', 'd'])
        queue.add(() => {
          done.push(name);
          if (name === 'b') queue[end]();
        }, 1);
      await setImmediate();
      expect(done).to.deep.equal(end === 'stop' ? ['a', 'b'] : ['a', 'b', 'c', 'd']);
      queue.add(() => done.push('later'), 1);
      await setImmediate();
      await setImmediate();
      expect(done.filter((name) => name === 'later')).to.have.length(1);
    }
  });

  it('drops what waits when it is stopped', async () => {
    const queue = new TurnQueue(1);
    let done = 0;
    queue.add(() => done++, 1);
    queue.add(() => done++, 1);
    queue.stop();
    await setImmediate();
    await setImmediate();
    expect(done).to.equal(1);
  });

  it('does what waits at once when it is finished', async () => {
    const queue = new TurnQueue(1);
    let done = 0;
    for (let n = 0; n < 5; n++) queue.add(() => done++, 1);
    expect(done).to.equal(1);
    queue.finish();
    expect(done).to.equal(5);
    await setImmediate();
    expect(done).to.equal(5);
  });
});

import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { TurnQueue } from '../../lib/clients/turn-queue.js';

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

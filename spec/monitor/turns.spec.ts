import { expect } from 'chai';
import { MONITOR_TURN_MS } from '../../lib/domain/limits.js';
import type { Steps } from '../../lib/domain/steps.js';
import { Turns } from '../../lib/monitor/turns.js';

/** A clock that stands until it is moved. */
function stopped() {
  const clock = { now: 0, read: () => clock.now };
  return clock;
}

function* working(log: string[], name: string, steps: number, each: () => void): Steps<string> {
  for (let i = 0; i < steps; i++) {
    log.push(`${name}${i}`);
    each();
    yield;
  }
  return name;
}

/** Counts the turns of the event loop until `done`. */
async function loops(done: Promise<unknown>): Promise<number> {
  let count = 0;
  let isDone = false;
  void done.then(() => {
    isDone = true;
  });
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    count++;
  }
  return count;
}

describe('turns of the monitor', () => {
  it('let work go on while its time lasts, and then in a later turn of the event loop', async () => {
    const clock = stopped();
    const turns = new Turns(clock.read);
    const log: string[] = [];
    await turns.next();
    const work = turns.run(working(log, 'a', 10, () => (clock.now += MONITOR_TURN_MS / 2)));
    expect(log).to.deep.equal(['a0', 'a1']);
    expect(await loops(work)).to.be.at.least(4);
    expect(await work).to.equal('a');
    expect(turns.granted).to.equal(6);
  });

  it('are taken by one at a time, first come, first served', async () => {
    const clock = stopped();
    const turns = new Turns(clock.read);
    const log: string[] = [];
    const spend = () => (clock.now += MONITOR_TURN_MS);
    const start = async (name: string) => {
      await turns.next();
      return turns.run(working(log, name, 3, spend));
    };
    await Promise.all(['a', 'b', 'c'].map(start));
    expect(log).to.deep.equal(['a0', 'b0', 'c0', 'a1', 'b1', 'c1', 'a2', 'b2', 'c2']);
  });

  it('are not over for work that takes no time', async () => {
    const turns = new Turns(stopped().read);
    await turns.next();
    await turns.run(working([], 'a', 100, () => {}));
    expect(turns.granted).to.equal(1);
  });
});

import { expect } from 'chai';
import type { Steps } from '../../../lib/domain/steps.js';
import { Lane, type Rest } from '../../../lib/jetstream/api/lane.js';
import { Turns } from '../../../lib/jetstream/turns.js';

/** Turns by a clock that a step moves on. */
function rig() {
  const log: string[] = [];
  let now = 0;
  function* working(name: string, steps: number, stepMs: number): Steps<undefined> {
    for (let i = 0; i < steps; i++) {
      log.push(`${name}${i}`);
      now += stepMs;
      yield;
    }
    return undefined;
  }
  return { log, working, turns: new Turns(4, () => now) };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('requests one after the other', () => {
  it('share the time of a turn', async () => {
    const { turns, log, working } = rig();
    const lane = new Lane(turns, { requests: 1_000, bytes: 1_000 });
    for (let n = 0; n < 100; n++) lane.add(() => working(`r${n}.`, 1, 1), 1);
    expect(log.length).to.be.at.most(5);
    let loops = 0;
    for (; log.length < 100; loops++) await nextTurn();
    expect(loops).to.be.at.least(20);
    expect(log).to.deep.equal(Array.from({ length: 100 }, (_, n) => `r${n}.0`));
  });

  it('go on once one that waits for something has its answer', async () => {
    const { turns, log, working } = rig();
    const lane = new Lane(turns, { requests: 10, bytes: 1_000 });
    let settle: () => void = () => {};
    const settled = new Promise<void>((resolve) => {
      settle = resolve;
    });
    lane.add(function* (): Steps<Rest> {
      yield;
      return settled;
    }, 1);
    lane.add(() => working('b', 1, 1), 1);
    await nextTurn();
    await nextTurn();
    expect(log).to.deep.equal([]);
    settle();
    await nextTurn();
    expect(log).to.deep.equal(['b0']);
  });

  it('are refused where too many, or too many bytes, wait', () => {
    const { turns, working } = rig();
    const lane = new Lane(turns, { requests: 3, bytes: 100 });
    const add = (bytes: number) => lane.add(() => working('x', 1, 5), bytes);
    const taken = [10_000, 10_000, 1, 1, 1, 1].map(add);
    expect(taken, 'the first one is under way').to.deep.equal([true, true, false, false, false, false]);
    const other = new Lane(turns, { requests: 3, bytes: 100 });
    const many = [1, 1, 1, 1, 1].map((bytes) => other.add(() => working('y', 1, 5), bytes));
    expect(many).to.deep.equal([true, true, true, false, false]);
  });
});

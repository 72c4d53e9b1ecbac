import { expect } from 'chai';
import { Scheduler, type Task } from '../../lib/clients/scheduler.js';
import {
  COMMAND_UNITS,
  LIGHT_MS,
  LONG_TURN_UNITS,
  MAX_TURN_MS,
  SLICE_UNITS,
  TURN_UNITS,
  Work,
} from '../../lib/clients/work.js';

/** A clock that stands still: turns end by their units alone. */
const stopped = () => 0;
const turn = () => new Promise(setImmediate);

/** A task of so many units, which notes its name at each slice. */
function taskOf(work: Work, name: string, units: number, log: string[]): Task {
  let left = units;
  return {
    run: () => {
      log.push(name);
      const done = Math.min(left, work.limit);
      work.units += done;
      left -= done;
      return left === 0;
    },
    failed: (error) => log.push(`${name} failed: ${(error as Error).message}`),
  };
}

describe('the scheduler', () => {
  let work: Work;
  beforeEach(() => {
    work = new Work();
  });

  it('runs tasks in turn, slice by slice', async () => {
    const log: string[] = [];
    const scheduler = new Scheduler(() => log.push('end of turn'), stopped, work);
    scheduler.add(taskOf(work, 'a', TURN_UNITS, log), true);
    scheduler.add(taskOf(work, 'b', TURN_UNITS, log), true);
    while (scheduler.waiting > 0) await turn();
    const slices = log.filter((each) => each !== 'end of turn');
    expect(slices).to.have.length.above(3);
    for (const [n, name] of slices.entries()) expect(name).to.equal(n % 2 === 0 ? 'a' : 'b');
  });

  it('does no more than a bounded amount of work in a turn, however many tasks there are', async () => {
    let spent = 0;
    const turns: number[] = [];
    const scheduler = new Scheduler(
      () => {
        turns.push(spent);
        spent = 0;
      },
      stopped,
      work,
    );
    const endless = (): boolean => {
      work.units = work.limit;
      spent += work.units;
      return false;
    };
    for (let n = 0; n < 200; n++) scheduler.add({ run: endless, failed: () => {} }, n % 2 === 0);
    for (let n = 0; n < 20; n++) await turn();
    scheduler.stop();
    expect(turns).to.have.length.above(10);
    for (const units of turns) expect(units).to.be.within(SLICE_UNITS, TURN_UNITS + SLICE_UNITS);
  });

  it('does more in a turn while no client does little, and less again as soon as one does', () => {
    const scheduler = new Scheduler(() => {}, stopped, work);
    const now = 1_000_000;
    scheduler.servedLight(now);
    scheduler.adapt(now + LIGHT_MS);
    expect(scheduler.turnUnits).to.equal(TURN_UNITS);
    scheduler.adapt(now + LIGHT_MS + 1);
    expect(scheduler.turnUnits).to.equal(LONG_TURN_UNITS);
    scheduler.servedLight(now + LIGHT_MS + 2);
    scheduler.adapt(now + LIGHT_MS + 3);
    expect(scheduler.turnUnits).to.equal(TURN_UNITS);
  });

  it('runs a new task of a client with little recent work in the next turn, however many others wait', async () => {
    const log: string[] = [];
    const scheduler = new Scheduler(() => log.push('end of turn'), stopped, work);
    for (let n = 0; n < 100; n++) scheduler.add(taskOf(work, 'busy', 100 * TURN_UNITS, log), true);
    await turn();
    log.length = 0;
    scheduler.add(taskOf(work, 'light', 10, log), false);
    await turn();
    scheduler.stop();
    expect(log[0]).to.equal('light');
    expect(log).to.include('busy');
  });

  it('leaves half of each turn to tasks that take long, however many new ones come', async () => {
    const log: string[] = [];
    const scheduler = new Scheduler(
      () => {
        for (let n = 0; n < 20; n++) scheduler.add(taskOf(work, 'new', SLICE_UNITS, log), false);
      },
      stopped,
      work,
    );
    scheduler.add(taskOf(work, 'long', 5 * TURN_UNITS, log), true);
    for (let n = 0; n < 20; n++) await turn();
    scheduler.stop();
    expect(log.filter((each) => each === 'long')).to.have.lengthOf(10);
  });

  it('ends a task that fails, and no other', async () => {
    const log: string[] = [];
    const scheduler = new Scheduler(() => {}, stopped, work);
    const fails = taskOf(work, 'bad', 0, log);
    scheduler.add({ ...fails, run: () => expect.fail('out of order') }, true);
    scheduler.add(taskOf(work, 'good', 2 * TURN_UNITS, log), true);
    while (scheduler.waiting > 0) await turn();
    expect(log[0]).to.equal('bad failed: out of order');
    expect(log.slice(1)).to.include('good');
    expect(log.slice(1)).not.to.include('bad');
  });

  it('ends a turn that takes long, though it has units left', async () => {
    let now = 0;
    const log: string[] = [];
    const scheduler = new Scheduler(
      () => log.push('end of turn'),
      () => now,
    );
    const slow: Task = {
      run: () => {
        now += MAX_TURN_MS;
        log.push('slow');
        return true;
      },
      failed: () => {},
    };
    for (let n = 0; n < 6; n++) scheduler.add(slow, n % 2 === 0);
    while (scheduler.waiting > 0) await turn();
    expect(
      log
        .join(' ')
        .split('end of turn')
        .slice(0, -1)
        .map((each) => each.trim()),
    ).to.deep.equal(['slow', 'slow', 'slow', 'slow', 'slow', 'slow']);
  });

  it('begins no task while writes of an earlier turn are left', async () => {
    const log: string[] = [];
    const scheduler = new Scheduler(() => log.push('end of turn'), stopped, work);
    scheduler.isBehind = true;
    scheduler.add(taskOf(work, 'task', 1, log), false);
    await turn();
    expect(scheduler.isSpent).to.equal(true);
    expect(log).to.deep.equal(['end of turn']);
    scheduler.isBehind = false;
    await turn();
    expect(log.slice(1)).to.deep.equal(['task', 'end of turn']);
  });

  it('leaves tasks out of a turn that took twice its time, and then gives them one of their own', async () => {
    const log: string[] = [];
    const scheduler = new Scheduler(() => log.push('end of turn'), stopped, work);
    scheduler.add(taskOf(work, 'task', 1, log), false);
    scheduler.spend(1, 2 * MAX_TURN_MS);
    await turn();
    expect(log).to.deep.equal(['end of turn']);
    expect(scheduler.isSpent).to.equal(true);
    scheduler.spend(1, 2 * MAX_TURN_MS);
    await turn();
    expect(log.slice(1)).to.deep.equal(['task', 'end of turn']);
    expect(scheduler.isSpent).to.equal(false);
  });
});

describe('a slice of commands', () => {
  it('ends when it has taken long, however few units it has taken', () => {
    let now = 0;
    const commandsUntilEnd = (msEach: number): number => {
      now = 0;
      const work = new Work();
      work.begin(1_000_000);
      let commands = 0;
      for (; work.units < work.limit; commands++) {
        now += msEach;
        work.command(() => now, 0);
      }
      return commands;
    };
    expect(commandsUntilEnd(0)).to.equal(1_000_000 / COMMAND_UNITS);
    expect(commandsUntilEnd(2)).to.equal(16);
  });
});

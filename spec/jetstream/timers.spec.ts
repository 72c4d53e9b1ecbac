import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Timers } from '../../lib/jetstream/timers.js';
import { ManualClock } from '../../lib/testing/fake-clock.js';

describe('Timers', () => {
  it('run in the order of their times, however they are set, changed and cancelled', async () => {
    const change = fc.record({
      timer: fc.integer({ min: 0, max: 7 }),
      due: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 60 }), async (changes) => {
        const clock = new ManualClock();
        const timers = new Timers(clock);
        const ran: { readonly timer: number; readonly at: number }[] = [];
        const all = Array.from({ length: 8 }, (_, timer) =>
          timers.add(() => ran.push({ timer, at: clock.now() })),
        );
        const expected = new Map<number, number>();
        for (const { timer, due } of changes) {
          if (due === undefined) {
            all[timer]?.cancel();
            expected.delete(timer);
          } else {
            all[timer]?.at(due);
            expected.set(timer, due);
          }
        }
        assert.equal(timers.size, expected.size);
        await clock.advance(100);
        const sorted = (list: readonly { readonly timer: number; readonly at: number }[]) =>
          [...list].sort((one, other) => one.at - other.at || one.timer - other.timer);
        assert.deepEqual(
          ran.map(({ at }) => at),
          sorted(ran).map(({ at }) => at),
        );
        assert.deepEqual(sorted(ran), sorted([...expected].map(([timer, at]) => ({ timer, at }))));
        assert.equal(timers.size, 0);
      }),
    );
  });

  it('that set themselves again run again, at the earliest in the next turn', async () => {
    const clock = new ManualClock();
    const timers = new Timers(clock);
    let runs = 0;
    const timer = timers.add(() => {
      runs++;
      timer.after(10);
    });
    timer.after(10);
    await clock.advance(35);
    assert.equal(runs, 3);
    timers.close();
    await clock.advance(100);
    assert.equal(runs, 3);
    timer.after(1);
    await clock.advance(100);
    assert.equal(runs, 3, 'closed');
  });

  it('that are due at once and take long leave turns to others in between', async () => {
    const clock = new ManualClock();
    let realMs = 0;
    const timers = new Timers(clock, () => realMs);
    let wakes = 0;
    clock.pauses.add(async () => void wakes++);
    let runs = 0;
    for (let i = 0; i < 100; i++)
      timers
        .add(() => {
          runs++;
          realMs += 2;
        })
        .after(10);
    await clock.advance(10);
    assert.equal(runs, 100);
    assert.ok(wakes >= 50, `${wakes} wakes`);
  });
});

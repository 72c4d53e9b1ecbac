import { expect } from 'chai';
import { METRICS_IDLE_MS } from '../../../lib/domain/limits.js';
import { RuntimeMeter } from '../../../lib/monitor/metrics/runtime.js';
import { FakeClock } from '../../support/fake-clock.js';
import { until } from '../../support/until.js';

describe('the meter of the event loop', () => {
  let clock: FakeClock;
  let meter: RuntimeMeter;
  beforeEach(() => {
    clock = new FakeClock();
    meter = new RuntimeMeter(clock);
  });
  afterEach(() => meter.stop());

  it('runs from the first reading until there has been none for five minutes', () => {
    expect(meter.isRunning).to.equal(false);
    meter.read();
    expect(meter.isRunning).to.equal(true);
    clock.pass(METRICS_IDLE_MS - 1);
    meter.read();
    clock.pass(METRICS_IDLE_MS - 1);
    expect(meter.isRunning).to.equal(true);
    clock.pass(1);
    expect(meter.isRunning).to.equal(false);
    meter.read();
    expect(meter.isRunning).to.equal(true);
  });

  it('measures the delay since the reading before, and time at work as a counter', async () => {
    const first = meter.read();
    expect(first.delayMs).to.deep.equal({ mean: 0, p50: 0, p99: 0, max: 0 });
    let second = meter.read();
    let rounds = 0;
    // A timer of its own does the measuring: it has to run before and after the work.
    await until('a delay has been measured', () => {
      const end = performance.now() + 60;
      while (performance.now() < end);
      if (++rounds % 4 > 0) return false;
      second = meter.read();
      return second.delayMs.max > 5;
    });
    expect(second.delayMs.p50).to.be.at.most(second.delayMs.p99);
    expect(second.delayMs.p99).to.be.at.most(second.delayMs.max + 1);
    expect(second.activeMs).to.be.above(first.activeMs);
    expect(second.cpuMs.user).to.be.above(first.cpuMs.user);
    expect([...second.collections.keys()]).to.deep.equal(['minor', 'major', 'incremental', 'weak_callbacks']);
  });
});

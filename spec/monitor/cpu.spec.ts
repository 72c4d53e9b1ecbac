import { expect } from 'chai';
import { CpuMeter } from '../../lib/monitor/cpu.js';

describe('CPU use', () => {
  it('is what was used since it was last asked, over a second at least', () => {
    let now = 500;
    let used = { user: 1_000_000, system: 0 };
    const meter = new CpuMeter(
      () => now,
      () => used,
    );
    now += 999;
    used = { user: 1_400_000, system: 50_000 };
    expect(meter.read()).to.equal(0);
    now += 1;
    expect(meter.read()).to.equal(45);
    now += 500;
    used = { user: 9_000_000, system: 50_000 };
    expect(meter.read()).to.equal(45);
    now += 3_500;
    used = { user: 7_400_000, system: 51_000 };
    expect(meter.read()).to.equal(150);
  });

  it('is that of this process', () => {
    expect(new CpuMeter(() => 0).read()).to.equal(0);
  });
});

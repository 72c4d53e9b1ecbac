import { expect } from 'chai';
import { goDuration, nanoseconds, roundTrip, timestamp, uptime } from '../../lib/monitor/units.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('units of monitoring', () => {
  for (const [ms, text] of [
    [-5, '0s'],
    [0, '0s'],
    [999, '0s'],
    [59_999, '59s'],
    [MINUTE, '1m0s'],
    [62_000, '1m2s'],
    [HOUR, '1h0m0s'],
    [DAY - 1, '23h59m59s'],
    [2 * DAY + 3 * HOUR + 4 * MINUTE + 5 * SECOND, '2d3h4m5s'],
    [365 * DAY, '1y0d0h0m0s'],
    [800 * DAY + 61 * SECOND, '2y70d0h1m1s'],
  ] as const) {
    it(`${ms} ms of uptime are ${text}`, () => expect(uptime(ms)).to.equal(text));
  }

  for (const [ms, text] of [
    [0, '0s'],
    [0.000_5, '500ns'],
    [0.001, '1µs'],
    [0.977, '977µs'],
    [0.977_4, '977.4µs'],
    [1, '1ms'],
    [1.234_567, '1.234567ms'],
    [12.5, '12.5ms'],
    [999.999_999, '999.999999ms'],
    [1_000, '1s'],
    [2_500, '2.5s'],
    [90_000, '1m30s'],
    [3_600_500, '1h0m0.5s'],
  ] as const) {
    it(`${ms} ms are ${text} to Go`, () => expect(goDuration(ms)).to.equal(text));
  }

  it('shows a short round trip in whole microseconds, and an unknown one as none', () => {
    expect(roundTrip(0.977_4)).to.equal('977µs');
    expect(roundTrip(1.234_5)).to.equal('1.2345ms');
    expect(roundTrip(undefined)).to.equal('0s');
  });

  it('writes times in UTC and durations in nanoseconds', () => {
    expect(timestamp(Date.UTC(2026, 1, 3, 4, 5, 6, 70))).to.equal('2026-02-03T04:05:06.070Z');
    expect(nanoseconds(120_000)).to.equal(120_000_000_000);
    expect(nanoseconds(0.1)).to.equal(100_000);
  });
});

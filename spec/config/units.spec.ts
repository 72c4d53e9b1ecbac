import { expect } from 'chai';
import { formatBytes, formatDuration, parseBytes, parseDuration } from '../../lib/config/units.js';

describe('config/units', () => {
  const sizes: readonly [string | number, number | undefined][] = [
    [0, 0],
    [512, 512],
    ['512', 512],
    ['512B', 512],
    ['64KiB', 65_536],
    ['64kib', 65_536],
    ['64 KiB', 65_536],
    ['1MB', 1_000_000],
    ['1MiB', 1_048_576],
    ['2GiB', 2_147_483_648],
    ['1.5KiB', 1_536],
    ['1.5B', undefined],
    [1.5, undefined],
    [-1, undefined],
    ['-1', undefined],
    ['', undefined],
    ['KiB', undefined],
    ['1TB', undefined],
    ['1 2', undefined],
    ['0x10', undefined],
    ['9007199254740993', undefined],
  ];
  for (const [size, bytes] of sizes) {
    it(`reads the size ${JSON.stringify(size)} as ${bytes}`, () => expect(parseBytes(size)).to.equal(bytes));
  }

  const durations: readonly [string, number | undefined][] = [
    ['2s', 2_000],
    ['500ms', 500],
    ['2m', 120_000],
    ['24h', 86_400_000],
    ['1m30s', 90_000],
    ['1.5s', 1_500],
    ['0s', 0],
    [' 2s ', 2_000],
    ['2', undefined],
    ['', undefined],
    ['s', undefined],
    ['-2s', undefined],
    ['2 s', undefined],
    ['2d', undefined],
    ['0.5ms', undefined],
  ];
  for (const [duration, ms] of durations) {
    it(`reads the duration ${JSON.stringify(duration)} as ${ms}`, () =>
      expect(parseDuration(duration)).to.equal(ms));
  }

  const printedBytes: readonly [number, string][] = [
    [0, '0'],
    [1_000, '1000'],
    [1_024, '1KiB'],
    [1_536, '1536'],
    [1_048_576, '1MiB'],
    [1_073_741_824, '1GiB'],
  ];
  for (const [bytes, text] of printedBytes) {
    it(`prints ${bytes} bytes as ${text} and reads it back`, () => {
      expect(formatBytes(bytes)).to.equal(text);
      expect(parseBytes(text)).to.equal(bytes);
    });
  }

  const printedMs: readonly [number, string][] = [
    [0, '0s'],
    [1, '1ms'],
    [1_500, '1500ms'],
    [2_000, '2s'],
    [90_000, '90s'],
    [120_000, '2m'],
    [86_400_000, '24h'],
  ];
  for (const [ms, text] of printedMs) {
    it(`prints ${ms} ms as ${text} and reads it back`, () => {
      expect(formatDuration(ms)).to.equal(text);
      expect(parseDuration(text)).to.equal(ms);
    });
  }
});

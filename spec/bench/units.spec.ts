import { expect } from 'chai';
import { amount, bytes, duration, percent, quantity, tick, times } from '../../tools/bench/units.js';

describe('bench: quantities for people', () => {
  for (const [value, text] of [
    [0, '0'],
    [0.5, '0.500'],
    [999, '999'],
    [999.6, '1.00 k'],
    [12_345, '12.3 k'],
    [999_960, '1.00 M'],
    [4_567_890, '4.57 M'],
    [123_456_789, '123 M'],
  ] as const) {
    it(`writes the amount ${value} as ${text}`, () => expect(amount(value)).to.equal(text));
  }

  for (const [value, text] of [
    [0, '0 B'],
    [100, '100 B'],
    [1234, '1.21 KiB'],
    [1024, '1.00 KiB'],
    [99.6 * 2 ** 20, '99.6 MiB'],
    [3 * 2 ** 30, '3.00 GiB'],
  ] as const) {
    it(`writes ${value} bytes as ${text}`, () => expect(bytes(value)).to.equal(text));
  }

  for (const [value, text] of [
    [2.5, '2.50 s'],
    [0.0123, '12.3 ms'],
    [0.00034, '340 µs'],
    [0.000_000_1, '100 ns'],
    [0.9999, '1.00 s'],
  ] as const) {
    it(`writes ${value} seconds as ${text}`, () => expect(duration(value)).to.equal(text));
  }

  it('puts the unit behind', () => {
    expect(quantity(12_345_678, 'messages/s')).to.equal('12.3 M/s');
    expect(quantity(950, 'connects/s')).to.equal('950 /s');
    expect(quantity(0.00034, 'seconds')).to.equal('340 µs');
    expect(quantity(2048, 'bytes')).to.equal('2.00 KiB');
    expect(quantity(1.25, 'cores')).to.equal('1.25 cores');
    expect(quantity(0.1, 'CPU s per million')).to.equal('0.100 s');
    expect(quantity(undefined, 'bytes')).to.equal('–');
  });

  it('leaves zeros out on an axis', () => {
    expect(['10.0 k', '0.500', '1.20 ms', '100 µs', '0', '7.00'].map(tick)).to.deep.equal([
      ...['10 k', '0.5', '1.2 ms', '100 µs', '0', '7'],
    ]);
  });

  it('has two decimals in a ratio and none in a share', () => {
    expect([times(2), times(14.126), percent(0.125)]).to.deep.equal(['2.00×', '14.13×', '13 %']);
  });
});

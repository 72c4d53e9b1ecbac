import { expect } from 'chai';
import { AddressCounts } from '../../lib/limits/address-counts.js';

describe('connections by address', () => {
  let counts: AddressCounts;
  beforeEach(() => {
    counts = new AddressCounts();
  });

  it('are counted until they leave, and leave nothing behind', () => {
    for (const address of ['192.0.2.1', '192.0.2.1', '192.0.2.2']) counts.add(address);
    expect(['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((each) => counts.of(each))).to.deep.equal([2, 1, 0]);
    for (const address of ['192.0.2.2', '192.0.2.1', '192.0.2.1']) counts.remove(address);
    expect(counts.size).to.equal(0);
    expect(counts.of('192.0.2.1')).to.equal(0);
  });

  it('are those of a network with IPv6, and of the one address however IPv4 is written', () => {
    for (const address of ['2001:db8::1', '2001:db8:0:0:ffff::2', '2001:db8:0:1::1']) counts.add(address);
    for (const address of ['192.0.2.1', '::ffff:192.0.2.1']) counts.add(address);
    expect(counts.of('2001:db8::3')).to.equal(2);
    expect(counts.of('2001:db8:0:1::3')).to.equal(1);
    expect(counts.of('192.0.2.1')).to.equal(2);
    expect(counts.size).to.equal(3);
  });

  it('are not counted for this machine, nor within the process', () => {
    const own = ['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1', undefined];
    for (const address of own) counts.add(address);
    for (const address of own) expect(counts.of(address)).to.equal(0);
    for (const address of own) counts.remove(address);
    expect(counts.size).to.equal(0);
  });
});

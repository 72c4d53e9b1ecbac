import { expect } from 'chai';
import fc from 'fast-check';
import { diskName } from '../../../../lib/jetstream/store/log/disk-name.js';

describe('Names on the disk', () => {
  for (const [name, expected] of [
    ['orders-2_a', 'orders-2_a'],
    ['KV_Bucket', '%4b%56_%42ucket'],
    ['$G', '%24%47'],
    ['ü', '%c3%bc'],
    ['con', '%63on'],
    ['lpt1', '%6cpt1'],
    ['...', '%2e%2e%2e'],
  ] as const)
    it(`has ${expected} for ${name}`, () => expect(diskName(name)).to.equal(expected));

  it('are short enough, and differ where names do, upper and lower case being the same', () =>
    fc.assert(
      fc.property(
        fc.tuple(
          fc.string({ unit: fc.constantFrom('a', 'A', 'ü', '.', '~', '%'), maxLength: 255 }),
          fc.nat(254),
        ),
        ([name, at]) => {
          const text = diskName(name);
          expect(text.length).to.be.lessThan(256);
          expect(text).to.match(/^[a-z0-9_%~-]*$/);
          const other = `${name.slice(0, at)}B${name.slice(at)}`;
          expect(diskName(other)).not.to.equal(text);
        },
      ),
    ));
});

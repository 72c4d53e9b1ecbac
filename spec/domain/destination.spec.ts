import { expect } from 'chai';
import { destinationFault, importedDestinationFault } from '../../lib/domain/destination.js';

const BAD = 'invalid mapping destination';
const RANGE = `${BAD}: wildcard index out of range in`;
const WRONG = `${BAD}: function argument is invalid or in the wrong format in`;
const FEW = `${BAD}: not enough arguments passed to the function in`;
const MANY = `${BAD}: too many arguments passed to the function in`;
const UNKNOWN = `${BAD}: unknown function in`;

/** source, destination, what nats-server 2.15.3 says; undefined: it takes them. */
const ROWS: readonly (readonly [source: string, destination: string, fault: string | undefined])[] = [
  ['foo', 'bar', undefined],
  ['foo.*', 'bar', undefined],
  ['foo.*.*', 'bar.$2.{{wildcard(1)}}', undefined],
  ['foo.*.>', 'bar.$1.>', undefined],
  ['foo.*', 'bar.{{partition(9)}}.{{ Random( 5 ) }}', undefined],
  ['foo.*', 'bar.{{left(1,2)}}.{{right(1,2)}}.{{split(1,)}}', undefined],
  ['foo', 'bar.{{partition(9,1)}}', undefined],
  ['foo.*', 'bar.$2', `${RANGE} $2: [2]`],
  ['foo.*', 'bar.{{partition(9,3)}}', `${RANGE} {{partition(9,3)}}: [3]`],
  ['foo', 'bar.$1', `${RANGE} $1`],
  ['foo', 'bar.{{split(1,-)}}', `${RANGE} {{split(1,-)}}`],
  ['foo.*', 'bar.*', 'invalid subject'],
  ['foo.>', 'bar', 'invalid subject'],
  ['foo', 'bar.>', 'invalid subject'],
  ['foo.*', 'bar.{{nope(1)}}', `${UNKNOWN} {{nope(1)}}`],
  ['foo.*', 'bar.{{wildcard}}', `${UNKNOWN} {{wildcard}}`],
  ['foo.*', 'bar.{{wildcard()}}', `${FEW} {{wildcard()}}`],
  ['foo.*', 'bar.{{wildcard(1,2)}}', `${MANY} {{wildcard(1,2)}}`],
  ['foo.*', 'bar.{{wildcard(x)}}', `${WRONG} {{wildcard(x)}}`],
  ['foo.*', 'bar.{{split(1)}}', `${FEW} {{split(1)}}`],
  ['foo.*', 'bar.{{split(1,a,b)}}', `${MANY} {{split(1,a,b)}}`],
  ['foo.*', 'bar.{{split(1,a b)}}', `${WRONG} {{split(1,a b)}}`],
  ['foo.*', 'bar.{{left(1,x)}}', `${WRONG} {{left(1,x)}}`],
  ['foo.*', 'bar.{{partition(a,1)}}', `${WRONG} {{partition(a,1)}}`],
  ['foo.*', 'bar.{{partition(4294967296,1)}}', `${WRONG} {{partition(4294967296,1)}}`],
  ['foo.*', 'bar.{{partition()}}', `${WRONG} {{partition()}}`],
  ['foo.*', 'bar.{{random()}}', `${WRONG} {{random()}}`],
  ['foo.*', 'bar.{{random(1,2)}}', `${FEW} {{random(1,2)}}`],
  ['foo', 'b ar', `${BAD}: invalid transform`],
  ['foo', 'a..b', `${BAD}: invalid transform`],
  ['foo', '', `${BAD}: invalid transform`],
  // nats-server takes these: the first would be the first token of the subject, whatever that is.
  ['foo.*', 'bar.$0', `${RANGE} $0: [0]`],
  ['foo.*', 'bar.{{wildcard(-1)}}', `${RANGE} {{wildcard(-1)}}: [-1]`],
];

describe('the destination of a mapping', () => {
  for (const [source, destination, fault] of ROWS) {
    it(`${JSON.stringify(destination)} of ${source} is ${fault ?? 'right'}`, () => {
      expect(destinationFault(source, destination)).to.equal(fault);
    });
  }

  it('of an import has no function but that of one wildcard', () => {
    expect(importedDestinationFault('a.$1.{{wildcard(2)}}.>')).to.equal(undefined);
    expect(importedDestinationFault('a.{{partition(3,1)}}')).to.equal(
      `${BAD}: the only mapping function allowed for import transforms is {{Wildcard()}} in {{partition(3,1)}}`,
    );
    expect(importedDestinationFault('a.{{nope(1)}}')).to.equal(`${UNKNOWN} {{nope(1)}}`);
  });
});

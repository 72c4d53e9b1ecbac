import { expect } from 'chai';
import fc from 'fast-check';
import { parseInSteps } from '../../../lib/jetstream/api/json-steps.js';
import { count, finish } from '../../support/steps.js';

/** A value that was read, its objects as `JSON.parse` has them. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, each]) => [name, plain(each)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

function read(text: string): unknown {
  return plain(finish(parseInSteps(text)));
}

function outcome(parse: (text: string) => unknown, text: string): unknown {
  try {
    return { value: parse(text) };
  } catch (error) {
    expect(error).to.be.instanceOf(SyntaxError);
    return 'refused';
  }
}

const SAMPLES = [
  ...[
    '',
    ' ',
    '{}',
    '[]',
    ' [ ] ',
    '{"a":1}',
    '{"a":1,"a":2}',
    '{"__proto__":{"x":1}}',
    '{"":0}',
    '[1,]',
    '[,1]',
  ],
  ...[
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{a:1}',
    "{'a':1}",
    '[1 2]',
    '[1]2',
    '[[]',
    '[]]',
    '{]',
    '[}',
    'nul',
    'true',
    'false',
  ],
  ...[
    'null',
    'nulll',
    '01',
    '-',
    '-0',
    '1.',
    '.5',
    '1e5',
    '1E-5',
    '1e',
    '+1',
    '0x1',
    'NaN',
    '9'.repeat(400),
    '1e999',
  ],
  ...[
    '"',
    '"a',
    '"\\"',
    '"\\\\"',
    '"\\\\\\"',
    '"\\u0041"',
    '"\\u00"',
    '"\\x"',
    '"\n"',
    '"\t"',
    '"\u007f"',
    '"é\u2028"',
  ],
  ...[
    '\ufeff{}',
    '\u00a0{}',
    '{"a":1}\u0000',
    '{"a" : [ 1 , { "b" : null } ] }',
    '\r\n\t{}\r\n\t',
    '"\ud800"',
  ],
];

describe('JSON in steps', () => {
  for (const text of SAMPLES)
    it(`is read as JSON.parse reads it: ${JSON.stringify(text).slice(0, 40)}`, () => {
      expect(outcome(read, text)).to.deep.equal(outcome(JSON.parse, text));
    });

  it('is read as JSON.parse reads it, whatever it is', () => {
    const cut = fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 3 }));
    const check = ([json, at, by]: readonly [string, number, string]): void => {
      expect(read(json)).to.deep.equal(JSON.parse(json));
      const place = at % (json.length + 1);
      const damaged = json.slice(0, place) + by + json.slice(place + 1);
      expect(outcome(read, damaged), damaged).to.deep.equal(outcome(JSON.parse, damaged));
    };
    fc.assert(fc.property(cut, check), { numRuns: 2_000 });
  });

  it('pauses often, whatever is in it', () => {
    const many = <T>(of: (n: number) => T): readonly T[] => Array.from({ length: 50_000 }, (_, n) => of(n));
    const long = [
      JSON.stringify(many((n) => n)),
      JSON.stringify(many((n) => ({ [`k${n}`]: 1 }))),
      JSON.stringify(Object.fromEntries(many((n) => [`k${n}`, '']))),
      `${'['.repeat(9_999)}${']'.repeat(9_999)}`,
    ];
    for (const text of long) expect(count(parseInSteps(text)).pauses, text.slice(0, 20)).to.be.at.least(70);
  });

  it('may be nested as deeply as in Go', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(Array.isArray(finish(parseInSteps(nested(10_000))))).to.equal(true);
    expect(() => finish(parseInSteps(nested(10_003)))).to.throw(SyntaxError, 'exceeded max depth');
  });
});

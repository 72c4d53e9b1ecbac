import { expect } from 'chai';
import fc from 'fast-check';
import { type Kind, readFields } from '../../../lib/dialects/nats/json.js';
import { readFieldsSlowly } from '../../support/dialects/nats/json-reference.js';

const KINDS: Readonly<Record<string, Kind>> = {
  flag: 'boolean',
  name: 'string',
  many: 'strings',
  blob: 'bytes',
  count: 'int',
  small: 'int32',
  big: 'uint64',
  octet: 'byte',
  import: 'permissions',
};

const keys = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...Object.keys(KINDS)) },
  fc.constantFrom(
    'FLAG',
    'Name',
    'nAme',
    'ſmall',
    '\\u0066lag',
    'other',
    '__proto__',
    'constructor',
    '1',
    '',
  ),
);
const sources = fc.oneof(
  fc.constantFrom(
    'true',
    'false',
    'null',
    '0',
    '-0',
    '1',
    '255',
    '256',
    '1.0',
    '1e2',
    '1E2',
    '-1.5',
    '[]',
    '{}',
  ),
  fc.constantFrom('9007199254740993', '999999999999999', '18446744073709551616', '-2147483649', '["a",null]'),
  fc.constantFrom('"a\\"b"', '"\\\\"', '"a:b"', '"{[,]}"', '"\\ud800"', '"aGk="', '"n.e"', '{"allow":["a"]}'),
  fc.string().map((text) => JSON.stringify(text)),
  fc.integer().map(String),
);
const entries = fc.array(fc.tuple(keys, sources, fc.constantFrom('', ' ', '\n')), { maxLength: 6 });

describe('readFields', () => {
  it('reads what is plain as it reads the same with something in it that is not', () => {
    const property = fc.property(entries, (list) => {
      const fields = list.map(([key, source, blank]) => `${blank}"${key}"${blank}:${blank}${source}${blank}`);
      const plain = readFields(`{${fields.join(',')}}`, KINDS);
      const nested = readFields(`{${[...fields, '"nested":[]'].join(',')}}`, KINDS);
      expect(plain).to.deep.equal(nested);
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it('reads any object as the slow reading does, and refuses what that refuses', () => {
    const long = `"long":"${'x'.repeat(1_100)}"`;
    const nested = fc.json({ maxDepth: 3 });
    const some = fc.array(fc.tuple(keys, fc.oneof(sources, nested), fc.constantFrom('', ' ', '\t', '\r\n')), {
      maxLength: 6,
    });
    const spoilt = fc.tuple(fc.integer({ min: 0, max: 200 }), fc.constantFrom('', '"', ',', '}', '\\'));
    const property = fc.property(some, fc.boolean(), fc.option(spoilt), (list, isLong, spoil) => {
      const fields = list.map(([key, source, blank]) => `${blank}"${key}"${blank}:${blank}${source}${blank}`);
      const whole = `{${[...fields, ...(isLong ? [long] : [])].join(',')}}`;
      const json =
        spoil === null ? whole : `${whole.slice(0, spoil[0])}${spoil[1]}${whole.slice(spoil[0] + 1)}`;
      expect(readFields(json, KINDS), json).to.deep.equal(readFieldsSlowly(json, KINDS));
    });
    fc.assert(property, { numRuns: 5_000 });
  });

  const values = [
    'null',
    'true',
    '1',
    '"a"',
    '[]',
    '{}',
    '[1',
    '',
    ' null ',
    '{"name":"a"} x',
    '{"name":"a",}',
  ];
  for (const json of values)
    it(`reads ${json === '' ? 'nothing' : json} as the slow reading does`, () => {
      expect(readFields(json, KINDS)).to.deep.equal(readFieldsSlowly(json, KINDS));
    });

  it('takes the last of several, and none where one of them does not fit', () => {
    expect(readFields('{"name":"a","NAME":"b"}', KINDS)).to.deep.equal({ name: 'b' });
    expect(readFields('{"name":"a","name":"b"}', KINDS)).to.deep.equal({ name: 'b' });
    expect(readFields('{"name":1,"name":"b"}', KINDS)).to.equal(undefined);
    expect(readFields('{"name" :1,"name" :"b","other":"\\":"}', KINDS)).to.equal(undefined);
  });
});

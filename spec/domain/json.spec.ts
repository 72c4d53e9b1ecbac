import { expect } from 'chai';
import fc from 'fast-check';
import { compactJson, compactPieces, prettyJson } from '../../lib/domain/json.js';

describe('JSON of monitoring', () => {
  it('says what JSON.stringify says, for any value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse([...prettyJson(value)].join(''))).to.deep.equal(JSON.parse(JSON.stringify(value)));
        expect(JSON.parse(compactJson(value))).to.deep.equal(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('indents as JSON.stringify does, and leaves out what is undefined', () => {
    const value = {
      a: [],
      b: {},
      c: [1, [2, { d: null, e: undefined }]],
      f: undefined,
      g: { h: 'i' },
      j: true,
    };
    expect([...prettyJson(value)].join('')).to.equal(JSON.stringify(value, undefined, 2));
  });

  it('escapes what a browser could take for markup or a line end', () => {
    const text = '"\\u003cb\\u003e\\u0026\\u2028\\u2029"';
    expect([...prettyJson('<b>&\u2028\u2029')].join('')).to.equal(text);
    expect(compactJson('<b>&\u2028\u2029')).to.equal(text);
  });

  it('escapes what a terminal could take for more than text', () => {
    const text = 'a\u202e\x9b\x7f\u200b\u{e0041}\x1b';
    const escaped = '"a\\u202e\\u009b\\u007f\\u200b\\udb40\\udc41\\u001b"';
    expect([...prettyJson({ name: text })].join('')).to.equal(`{\n  "name": ${escaped}\n}`);
    expect(compactJson(text)).to.equal(escaped);
  });

  it('reads an iterable item by item', () => {
    const read: number[] = [];
    function* numbers() {
      for (let i = 0; i < 3; i++) {
        read.push(i);
        yield i;
      }
    }
    const pieces = prettyJson({ list: numbers() });
    pieces.next();
    expect(read).to.deep.equal([]);
    expect([...pieces].join('')).to.include('2');
    expect(read).to.deep.equal([0, 1, 2]);
  });

  it('is written on one line in pieces, lists as they are read and functions where they are reached', () => {
    let count = 0;
    function* numbers() {
      for (; count < 3; count++) yield { n: count };
    }
    const value = {
      a: '<',
      none: undefined,
      empty: numbers.call(undefined),
      total: () => count,
      nested: { list: new Set([1]), absent: () => undefined },
      nothing: new Set(),
    };
    const text = [...compactPieces(value)].join('');
    expect(text).to.equal(
      '{"a":"\\u003c","empty":[{"n":0},{"n":1},{"n":2}],"total":3,"nested":{"list":[1]},"nothing":[]}',
    );
    expect([...compactPieces({ only: () => undefined })].join('')).to.equal('{}');
  });
});

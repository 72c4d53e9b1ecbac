import { expect } from 'chai';
import fc from 'fast-check';
import { parseConf } from '../../../lib/config/conf/parser.js';
import { plainValue } from '../../../lib/config/conf/values.js';

type Plain = string | number | boolean | readonly Plain[] | { readonly [key: string]: Plain };
type Tree = Record<string, Plain>;

function isTree(value: Plain): value is Tree {
  return typeof value === 'object' && !Array.isArray(value);
}

/** Text in double quotes, everything else than plain characters escaped. */
function quoted(text: string): string {
  const escaped = text.replaceAll(
    /[^ -~]|["\\]/gu,
    (each) => `\\x${Buffer.from(each).toString('hex').match(/../g)!.join('\\x')}`,
  );
  return `"${escaped}"`;
}

/** A scalar as briefly as it goes: text that needs none is without quotes. */
function scalar(value: Plain, brief: boolean): string {
  if (typeof value !== 'string') return String(value);
  const bare = /^[a-z_>*][\w.>*#/-]*$/i.test(value) && !/^(?:true|false|yes|no|on|off)$/i.test(value);
  return brief && bare ? value : quoted(value);
}

/** `{ "a": [1 , 2 ], … }` all on one line, as JSON but for what nats-server minds. */
function asJson(value: Plain): string {
  if (Array.isArray(value)) return `[${value.map(asJson).join(', ')} ]`;
  if (!isTree(value)) return scalar(value, false);
  const entries = Object.entries(value).map(([key, each]) => `"${key}": ${asJson(each)}`);
  return `{ ${entries.join(', ')} }`;
}

/** One to a line, blocks without a separator, comments in between. */
function asLines(tree: Tree): string {
  const part = (value: Plain): string => {
    if (Array.isArray(value)) return `[ # items\n${value.map(part).join('\n')}\n]`;
    return isTree(value) ? `{\n${asLines(value)}\n}` : scalar(value, true);
  };
  return Object.entries(tree)
    .map(([key, value]) => (isTree(value) ? `${key} ${part(value)}` : `${key}: ${part(value)} // end\n`))
    .join('\n');
}

/** With `=` and `;`, CRLF and single quotes around keys. */
function asAssignments(tree: Tree): string {
  const part = (value: Plain): string => {
    if (Array.isArray(value)) return `[${value.map(part).join(' ,\r\n')}\t]`;
    return isTree(value) ? `{\r\n${asAssignments(value)}\r\n}` : scalar(value, true);
  };
  return Object.entries(tree)
    .map(([key, value]) => `'${key}' = ${part(value)};`)
    .join('\r\n');
}

describe('config/conf property', () => {
  const key = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/).filter((name) => name !== 'include');
  const { tree } = fc.letrec<{ value: Plain; tree: Tree }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[a-z.>*]{1,9}$/),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.array(tie('value'), { maxLength: 4 }),
      tie('tree'),
    ),
    tree: fc.dictionary(key, tie('value'), { maxKeys: 5 }),
  }));

  const parse = (text: string) => {
    const readFile = () => {
      throw new Error('nothing to include');
    };
    const entries = parseConf(text, { path: 'n.conf', environment: {}, readFile });
    return plainValue({ kind: 'map', entries, at: { file: '', line: 1, column: 1 } });
  };

  const styles: readonly [name: string, print: (value: Tree) => string][] = [
    ['as JSON', asJson],
    ['one to a line', asLines],
    ['as assignments', asAssignments],
  ];
  for (const [name, print] of styles) {
    it(`reads any tree that is printed ${name}`, () => {
      fc.assert(
        fc.property(tree, (value) => {
          expect(parse(print(value))).to.deep.equal({ ...value });
        }),
      );
    });
  }

  it('reads or refuses any text, and never fails otherwise', () => {
    const words = fc.constantFrom(
      ...' \n\t:={}[],;"\'#/()$.-\\',
      'a',
      '1',
      '1k',
      'include ',
      '\\x41',
      '2016-',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 12 }), (parts) => {
        try {
          parse(parts.join(''));
        } catch (error) {
          expect(error).to.have.property('code', 'CONFIG_UNREADABLE');
          expect((error as Error).message).to.match(/^n\.conf:\d+:\d+: [^\n]+$/);
        }
      }),
      { numRuns: 500 },
    );
  });
});

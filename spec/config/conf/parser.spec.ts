import { expect } from 'chai';
import { parseConf } from '../../../lib/config/conf/parser.js';
import { plainValue } from '../../../lib/config/conf/values.js';
import { SluiceError } from '../../../lib/domain/errors.js';

interface Case {
  readonly environment?: Record<string, string>;
  /** Files by path, for includes. */
  readonly files?: Record<string, string>;
}

function parse(text: string, { environment = {}, files = {} }: Case = {}) {
  const readFile = (path: string) => {
    const found = files[path];
    if (found === undefined) throw Object.assign(new Error(path), { code: 'ENOENT' });
    return found;
  };
  const entries = parseConf(text, { path: 'dir/n.conf', environment, readFile });
  return { entries, plain: plainValue({ kind: 'map', entries, at: { file: '', line: 1, column: 1 } }) };
}

function problem(text: string, given?: Case): string {
  try {
    parse(text, given);
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'CONFIG_UNREADABLE') return error.message;
    throw error;
  }
  return 'nothing';
}

describe('config/conf/parser', () => {
  // Unless a line says otherwise, nats-server 2.10 reads each of these the same.
  const right: readonly [text: string, plain: unknown][] = [
    ['', {}],
    ['{}', {}],
    ['a: 1', { a: 1 }],
    ['a = 1', { a: 1 }],
    ['a 1', { a: 1 }],
    ['a\t1', { a: 1 }],
    ['a\n\n1', { a: 1 }],
    ['a:', { a: '' }],
    ['a: ;\nb: 1', { a: '', b: 1 }],
    ['a 1; b 2', { a: 1, b: 2 }],
    ['a: 1, b: 2; c: 3', { a: 1, b: 2, c: 3 }],
    ['a: 1\r\nb: 2\r\n', { a: 1, b: 2 }],
    ['a: 1\na: 2', { a: 2 }],
    ['a: 1\n}', { a: 1 }],
    ['{a: 1}', { a: 1 }],
    ['{a: 1\n', { a: 1 }],
    ['{a: 1}\n{b: 2}', { a: 1, b: 2 }],
    ['{{a: 1}}', { a: 1 }],
    ['{"a": {"b": ["x" , "y"]}, "c": true}', { a: { b: ['x', 'y'] }, c: true }],
    // Quotes of keys
    ['"a b": 1', { 'a b': 1 }],
    ["'a:b': 1", { 'a:b': 1 }],
    ['"include": 1', { include: 1 }],
    ['include: 1', { include: 1 }],
    // Blocks
    ['a {b: 1}', { a: { b: 1 } }],
    ['a: {b: 1}', { a: { b: 1 } }],
    ['a = {b = 1}', { a: { b: 1 } }],
    ['a {\n b: 1\n c: 2\n}', { a: { b: 1, c: 2 } }],
    ['a {b: 1, c: 2; d: 3,\n}', { a: { b: 1, c: 2, d: 3 } }],
    ['a {b:\n1}', { a: { b: 1 } }],
    ['a {}, b: 1', { a: {}, b: 1 }],
    ['a{b: 1', { 'a{b': 1 }],
    // Lists
    ['a: []', { a: [] }],
    ['a: [x, y]', { a: ['x', 'y'] }],
    ['a: [x\ny\n\n z]', { a: ['x', 'y', 'z'] }],
    ['a: [x,]', { a: ['x'] }],
    ['a: [[x,y],[z]]', { a: [['x', 'y'], ['z']] }],
    ['a: [{b: 1}\n{b: 2}]', { a: [{ b: 1 }, { b: 2 }] }],
    ['a: [1 # c\n2 // d\n]', { a: [1, 2] }],
    // Comments
    ['# c\na: 1 // d\n//e\nb: 2 # f', { a: 1, b: 2 }],
    ['a { # c\n b: 1 # d\n # e\n}', { a: { b: 1 } }],
    ['a: x#y', { a: 'x#y' }],
    ['a: nats://x', { a: 'nats://x' }],
    ['a: /x', { a: '/x' }],
    // Text
    ['a: "x\\x41\\t\\n\\r\\"\\\\"', { a: 'xA\t\n\r"\\' }],
    ['a: "\\xc3\\xa9"', { a: 'é' }],
    ["a: 'x\\n'", { a: 'x\\n' }],
    ["a: 'x\ny'", { a: 'x\ny' }],
    ['a: x\\x41y', { a: 'xAy' }],
    ['a: tru\\x65', { a: 'true' }],
    ["a: abc'\nb: 1", { a: 'abc', b: 1 }],
    ['a: x"y', { a: 'x"y' }],
    ['a: +1', { a: '+1' }],
    ['a: (\nx (y)\n)\nb: 1', { a: '\nx (y)\n', b: 1 }],
    ['a: (x\n)\n', { a: 'x\n' }],
    // Integers and their units
    ['a: -1', { a: -1 }],
    ['a: 00012', { a: 12 }],
    ['a: 1k', { a: 1_000 }],
    ['a: -1K', { a: -1_000 }],
    ['a: 1kb', { a: 1_024 }],
    ['a: 1Ki', { a: 1_024 }],
    ['a: 1KiB', { a: 1_024 }],
    ['a: 10m', { a: 10_000_000 }],
    ['a: 1mb', { a: 1_048_576 }],
    ['a: 1g', { a: 1e9 }],
    ['a: 2gb', { a: 2_147_483_648 }],
    ['a: 1T\nb: 1tib', { a: 1e12, b: 1_099_511_627_776 }],
    // What only starts like a number
    ['a: 10s', { a: '10s' }],
    ['a: 1b', { a: '1b' }],
    ['a: 1kx', { a: '1kx' }],
    ['a: 4222abc', { a: '4222abc' }],
    ['a: 127.0.0.1', { a: '127.0.0.1' }],
    ['a: 127.0.0.1:4222', { a: '127.0.0.1:4222' }],
    ['a: 127.0.0.1:-1', { a: '127.0.0.1:-1' }],
    // Other kinds
    ['a: 1.5', { a: 1.5 }],
    ['a: -1.5', { a: -1.5 }],
    ['a: [1.5]', { a: [1.5] }],
    ['a: TRUE\nb: yes\nc: on', { a: true, b: true, c: true }],
    ['a: false\nb: No\nc: oFF', { a: false, b: false, c: false }],
    ['a: "true"', { a: 'true' }],
    ['a: 2012-01-02T03:04:05Z', { a: new Date('2012-01-02T03:04:05Z') }],
    // Here nats-server is less forgiving: it takes [1 for text, BOM for a part of the key, \r for one of the text.
    ['a: [1,2]', { a: [1, 2] }],
    ['{"a":[1,2]}', { a: [1, 2] }],
    ['\ufeffa: 1', { a: 1 }],
    ['a: (\r\nx\r\n)\r\nb: 1', { a: '\r\nx\r\n', b: 1 }],
    ['a: (x\n)', { a: 'x\n' }],
  ];
  for (const [text, plain] of right) {
    it(`reads ${JSON.stringify(text)}`, () => expect(parse(text).plain).to.deep.equal(plain));
  }

  const variables: readonly [text: string, environment: Record<string, string>, plain: unknown][] = [
    ['b: 1\na: $b', {}, { b: 1, a: 1 }],
    ['b: 1\na {c: $b}', {}, { b: 1, a: { c: 1 } }],
    ['b: 1\na {b: 2, c: $b}', {}, { b: 1, a: { b: 2, c: 2 } }],
    ['b: 1\na: [$b]', {}, { b: 1, a: [1] }],
    ['b {c: 1}\na: $b', {}, { b: { c: 1 }, a: { c: 1 } }],
    ['b: 1\na: $b', { b: '2' }, { b: 1, a: 1 }],
    ['a: $B', { B: '4222' }, { a: 4_222 }],
    ['a: $B', { B: '10s' }, { a: '10s' }],
    ['a: $B', { B: '1kb' }, { a: 1_024 }],
    ['a: $B', { B: 'yes' }, { a: true }],
    ['a: $B', { B: '' }, { a: '' }],
    ['a: $B', { B: '"x y"' }, { a: 'x y' }],
    ['a: $B', { B: '[x, y]' }, { a: ['x', 'y'] }],
    ['a: $B', { B: '{x: 1}' }, { a: { x: 1 } }],
    ['a: $B', { B: '$C', C: 'z' }, { a: 'z' }],
    ['a: $B', { B: '$2a$11$x' }, { a: '$2a$11$x' }],
    ['a: "$B"', { B: '1' }, { a: '$B' }],
    ['a: x$B', { B: '1' }, { a: 'x$B' }],
    ['a: $2a$11$abc', {}, { a: '$2a$11$abc' }],
  ];
  for (const [text, environment, plain] of variables) {
    it(`reads ${JSON.stringify(text)} with ${JSON.stringify(environment)}`, () =>
      expect(parse(text, { environment }).plain).to.deep.equal(plain));
  }

  const includes: readonly [text: string, files: Record<string, string>, plain: unknown][] = [
    ["include 'x.conf'", { 'dir/x.conf': 'a: 1' }, { a: 1 }],
    ['include "x.conf"\nb: 2', { 'dir/x.conf': 'a: 1' }, { a: 1, b: 2 }],
    ['include x.conf', { 'dir/x.conf': 'a: 1' }, { a: 1 }],
    ['INCLUDE ../x.conf', { 'x.conf': 'a: 1' }, { a: 1 }],
    ['include /x.conf', { 'dir/x.conf': 'a: 1' }, { a: 1 }],
    ['a {include x.conf}', { 'dir/x.conf': 'b: 1' }, { a: { b: 1 } }],
    ['a {\ninclude x.conf\nc: 2}', { 'dir/x.conf': '{b: 1}' }, { a: { b: 1, c: 2 } }],
    ['{include x.conf}', { 'dir/x.conf': 'b: 1' }, { b: 1 }],
    ['include s/x.conf', { 'dir/s/x.conf': 'include y.conf', 'dir/s/y.conf': 'a: 1' }, { a: 1 }],
    ['include x.conf\na: $b', { 'dir/x.conf': 'b: 1' }, { b: 1, a: 1 }],
    ['a: 2\ninclude x.conf', { 'dir/x.conf': 'a: 1' }, { a: 1 }],
    ['include x.conf\na: 2', { 'dir/x.conf': 'a: 1' }, { a: 2 }],
    ['a: include', {}, { a: 'include' }],
  ];
  for (const [text, files, plain] of includes) {
    it(`reads ${JSON.stringify(text)} with its files`, () =>
      expect(parse(text, { files }).plain).to.deep.equal(plain));
  }

  // nats-server refuses all of these as well, but for those marked.
  const wrong: readonly [text: string, message: string][] = [
    ['a', 'dir/n.conf:1:0: a: a key without a value'],
    ["'\n'", 'dir/n.conf:1:1: \\n: a key without a value'],
    ['a:\n1', 'dir/n.conf:1:0: a: no value on the same line'],
    ['= 1', "dir/n.conf:1:0: '=' where a key is due"],
    ['a {: 1}', "dir/n.conf:1:3: ':' where a key is due"],
    ['a: 1 2', "dir/n.conf:1:5: '2' after a value, allowed: a line end, ',' or ';'"],
    ['a: 1.5s', "dir/n.conf:1:6: 's' after a value, allowed: a line end, ',' or ';'"],
    ['a {b: 1 c: 2}', "dir/n.conf:1:8: 'c' after a value, allowed: ',', ';', '}' or a line end"],
    ['a: "x"y', "dir/n.conf:1:6: 'y' after a value, allowed: a line end, ',' or ';'"],
    ['a: [x y]', "dir/n.conf:1:6: 'y' after a value, allowed: ',', ']' or a line end"],
    ['a: [x,,y]', "dir/n.conf:1:6: ',' where a value is due"],
    ['x: 1\na: [1', "dir/n.conf:2:4: '[' is not closed"],
    ['a {b: 1', "dir/n.conf:1:2: '{' is not closed"],
    ['a {\n b: 1\n', "dir/n.conf:1:2: '{' is not closed"],
    ['a {b: ,}', 'dir/n.conf:1:3: b: a key without a value'],
    ['a: "x', 'dir/n.conf:1:3: the quotes of a text are not closed'],
    ["a: 'x", 'dir/n.conf:1:3: the quotes of a text are not closed'],
    ['a: (x)', "dir/n.conf:1:3: the text in '(' has no ')' alone on a line"],
    [
      'a: "x\\q"',
      'dir/n.conf:1:5: not an escape, allowed: \\xXX with two hex digits, \\t, \\n, \\r, \\" and \\\\',
    ],
    [
      'a: "\\xZZ"',
      'dir/n.conf:1:4: not an escape, allowed: \\xXX with two hex digits, \\t, \\n, \\r, \\" and \\\\',
    ],
    ['a: .5', "dir/n.conf:1:3: a number starts with a digit, not with '.'"],
    ['a: 1.x', "dir/n.conf:1:3: no digit after '.'; put text in quotes"],
    ['a: -x', "dir/n.conf:1:3: no digit after '-'; put text that starts with '-' in quotes"],
    [
      'a: 1-2',
      "dir/n.conf:1:3: a number with '-' is read as a date, allowed: 2006-01-02T15:04:05Z; put other text in quotes",
    ],
    [
      'a: 2016-02-30T00:00:00Z',
      "dir/n.conf:1:3: a number with '-' is read as a date, allowed: 2006-01-02T15:04:05Z; put other text in quotes",
    ],
    [
      'a: 99999999999999999999',
      'dir/n.conf:1:3: number out of range, allowed: -9007199254740991 to 9007199254740991',
    ],
    ['a: $b', 'dir/n.conf:1:3: $b: no such variable, neither a key before it nor in the environment'],
    [
      'b {c: 1}\na: $c',
      'dir/n.conf:2:4: $c: no such variable, neither a key before it nor in the environment',
    ],
    [
      'a: $constructor',
      'dir/n.conf:1:3: $constructor: no such variable, neither a key before it nor in the environment',
    ],
    ['a: 1\n} b', "dir/n.conf:2:2: '}' without a '{'"],
    ['include [x]', "dir/n.conf:1:8: include: not a file name but '[', allowed: a name in quotes"],
    [
      'include\n"x"',
      'dir/n.conf:1:7: include: not a file name but the end of the line, allowed: a name in quotes',
    ],
    ['x: 1\ninclude "no.conf"', 'dir/n.conf:2:1: include "no.conf": no such file or directory'],
    [`${'a {'.repeat(101)}`, 'dir/n.conf:1:303: nested too deeply, allowed: 100 levels'],
    // nats-server passes over these, and over some more of the file with them.
    ['a {b }', 'dir/n.conf:1:3: b: a key without a value'],
    [
      'a: 1kbb',
      "dir/n.conf:1:3: unknown unit 'kbb', allowed: k, kb, ki, kib, m, mb, mi, mib, g, gb, gi, gib, t, tb, ti, tib, p, pb, pi, pib, e, eb, ei, eib",
    ],
    ['"', 'dir/n.conf:1:1: the quotes of a key are not closed'],
  ];
  for (const [text, message] of wrong) {
    const name = text.length > 40 ? `${text.slice(0, 40)}…` : text;
    it(`says what is wrong with ${JSON.stringify(name)}`, () => expect(problem(text)).to.equal(message));
  }

  it('finds files that include one another', () => {
    const files = { 'dir/a.conf': 'x: 1\ninclude b.conf', 'dir/b.conf': 'include a.conf' };
    expect(problem('include a.conf', { files })).to.equal(
      'dir/b.conf:1:0: include "a.conf": the file includes itself: dir/n.conf > dir/a.conf > dir/b.conf > dir/a.conf',
    );
  });

  const many = (count: number, name = 'x') => `include ${name}\n`.repeat(count);

  it('names the include that is nested too deeply', () => {
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, level) => [`dir/f${level}`, `\ninclude f${level + 1}`]),
    );
    expect(problem('include f0', { files })).to.equal(
      'dir/f15:2:1: include "f16": nested too deeply, allowed: 16 levels of includes',
    );
  });

  it('names the include that is one too many, however few lines it takes', () => {
    const files = Object.fromEntries(
      Array.from({ length: 10 }, (_, level) => [`dir/f${level}`, many(4, `f${level + 1}`)]),
    );
    files['dir/f10'] = 'a: 1';
    expect(problem('include f0', { files })).to.match(
      /^dir\/f\d:\d:[01]: include "f\d+": too many includes, allowed: 1000 in all$/,
    );
  });

  it('names the include that makes it too large', () => {
    const files = { 'dir/x': `# ${' '.repeat(6 * 1024 * 1024)}` };
    expect(problem(many(3), { files })).to.equal(
      'dir/n.conf:3:1: include "x": too large, allowed: 16MiB with all includes',
    );
  });

  it('takes a file twice that does not include itself', () =>
    expect(parse('a {include x}\nb {include x}', { files: { 'dir/x': 'c: 1' } }).plain).to.deep.equal({
      a: { c: 1 },
      b: { c: 1 },
    }));

  it('does not let an included file see variables of the including one', () =>
    expect(problem('b: 1\ninclude x', { files: { 'dir/x': 'a: $b' } })).to.equal(
      'dir/x:1:3: $b: no such variable, neither a key before it nor in the environment',
    ));

  it('finds environment variables that refer to one another', () =>
    expect(problem('a: $B', { environment: { B: '$C', C: '$B' } })).to.match(
      /^dir\/n\.conf:1:3: \$B: the environment does not hold one value/,
    ));

  it('does not show what the environment holds', () => {
    const message = problem('x: 1\na: $SECRET', { environment: { SECRET: 'hunter2 and more' } });
    expect(message).to.equal(
      'dir/n.conf:2:4: $SECRET: the environment does not hold one value; quotes go around text with spaces',
    );
  });

  it('knows where keys and values are', () => {
    const { entries } = parse('x: 1\n  "a" {\n\tb = [1,\n  two]\n}');
    const a = entries.get('a')!;
    expect(a.at).to.deep.equal({ file: 'dir/n.conf', line: 2, column: 4 });
    if (a.value.kind !== 'map') throw new Error('no map');
    const b = a.value.entries.get('b')!;
    expect(b.at).to.deep.equal({ file: 'dir/n.conf', line: 3, column: 2 });
    if (b.value.kind !== 'list') throw new Error('no list');
    expect(b.value.items.map(({ at }) => [at.line, at.column])).to.deep.equal([
      [3, 7],
      [4, 3],
    ]);
  });

  it('knows which key of an included file is meant', () => {
    const { entries } = parse('\ninclude x', { files: { 'dir/x': '\n\n a: 1' } });
    expect(entries.get('a')!.at).to.deep.equal({ file: 'dir/x', line: 3, column: 2 });
  });

  it('puts the value of a variable where it is referred to', () => {
    const { entries } = parse('b: 1\na: $b\nc: $E', { environment: { E: 'x' } });
    expect(entries.get('a')!.value.at).to.deep.equal({ file: 'dir/n.conf', line: 2, column: 4 });
    expect(entries.get('c')!.value.at).to.deep.equal({ file: 'dir/n.conf', line: 3, column: 4 });
    expect(entries.get('b')!.referenced).to.equal(true);
    expect(entries.get('a')!.referenced).to.equal(false);
  });

  it('keeps keys that are properties of every object', () => {
    const { plain } = parse('constructor: 1\n__proto__ {toString: 2}');
    expect(Object.entries(plain as object).map(([key]) => key)).to.deep.equal(['constructor', '__proto__']);
  });
});

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'smol-toml';
import { type SettingPath, showPath } from '../../lib/config/show.js';
import { tomlPlaces } from '../../lib/config/toml-places.js';

/** The place of each path, as `line:column`. */
function places(text: string): Readonly<Record<string, string>> {
  const found = tomlPlaces(text, (quoted) => Object.keys(parse(`${quoted} = 0`))[0]!);
  return Object.fromEntries([...found].map(([path, { line, column }]) => [path, `${line}:${column}`]));
}

/** Every path of a parsed text. */
function pathsOf(value: unknown, path: SettingPath = []): readonly string[] {
  const own = path.length === 0 ? [] : [showPath(path)];
  if (typeof value !== 'object' || value === null || value instanceof Date) return own;
  const inner = Array.isArray(value) ? value.map((each, index) => [index, each]) : Object.entries(value);
  return [...own, ...inner.flatMap(([key, each]) => pathsOf(each, [...path, key as string | number]))];
}

const rows: readonly (readonly [text: string, places: Readonly<Record<string, string>>])[] = [
  ['', {}],
  ['# a = 1\n', {}],
  ['a = 1', { a: '1:1' }],
  ['\n  a = 1 # b = 2\n\tb = 2', { a: '2:3', b: '3:2' }],
  ['a = 1\r\nb = 2\r\n', { a: '1:1', b: '2:1' }],
  ['a.b = 1\na . c = 2', { a: '1:1', 'a.b': '1:1', 'a.c': '2:1' }],
  ['"a b"."\\u0063" = 1\n\'d.e\' = 2', { '"a b"': '1:1', '"a b".c': '1:1', '"d.e"': '2:1' }],
  ['[a]\nb = 1\n[ a . c ]\nd = 2', { a: '1:2', 'a.b': '2:1', 'a.c': '3:3', 'a.c.d': '4:1' }],
  [
    '[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 3\n[[a.e]]\n',
    {
      ...{ a: '1:3', 'a[0]': '1:3', 'a[0].b': '2:1', 'a[1]': '3:3', 'a[1].b': '4:1' },
      ...{ 'a[1].c': '5:2', 'a[1].c.d': '6:1', 'a[1].e': '7:3', 'a[1].e[0]': '7:3' },
    },
  ],
  [
    'a = [1, "b]", [ 2 ],\n  # c\n  3,\n]\nd = 4',
    {
      ...{
        a: '1:1',
        'a[0]': '1:6',
        'a[1]': '1:9',
        'a[2]': '1:15',
        'a[2][0]': '1:17',
        'a[3]': '3:3',
        d: '5:1',
      },
    },
  ],
  [
    'a = { b = 1, c.d = [{ e = 2 }, {}] }\nf = 3',
    {
      ...{ a: '1:1', 'a.b': '1:7', 'a.c': '1:14', 'a.c.d': '1:14', 'a.c.d[0]': '1:21' },
      ...{ 'a.c.d[0].e': '1:23', 'a.c.d[1]': '1:32', f: '2:1' },
    },
  ],
  ['a = """\nb = "1"\n""c\\""""""\nd = 2', { a: '1:1', d: '4:1' }],
  [
    "a = '''\nb = '1'\n'''''\nc = 'd#'\ne = \"f\\\"#\" # g\nh = 1",
    { a: '1:1', c: '4:1', e: '5:1', h: '6:1' },
  ],
  ['a = 1979-05-27 07:32:00Z\nb = [-inf, +1_0.5e3]', { a: '1:1', b: '2:1', 'b[0]': '2:6', 'b[1]': '2:12' }],
];

describe('config/toml-places', () => {
  for (const [text, expected] of rows) {
    it(`finds the keys of ${JSON.stringify(text)}`, () => {
      expect(places(text)).to.deep.equal(expected);
      expect(Object.keys(expected)).to.have.members([...new Set(pathsOf(parse(text)))]);
    });
  }

  it('finds every key of config.toml and of the examples in its documentation', () => {
    const page = readFileSync('docs/config.md', 'utf8');
    const examples = [...page.matchAll(/^```toml\n([\s\S]*?)^```$/gm)].map(([, toml = '']) => toml);
    const texts = [readFileSync('config.toml', 'utf8'), ...examples];
    expect(texts).to.have.length.above(5);
    for (const text of texts) expect(Object.keys(places(text))).to.include.members([...pathsOf(parse(text))]);
  });

  it('ends with what is no TOML, whatever it is', () => {
    for (const text of [
      'a',
      '=',
      '[',
      ']',
      '[[',
      'a = [',
      'a = {',
      'a = {}}',
      'a = [}',
      '{',
      '"',
      '"""',
      '.',
      'a = [\u0000',
    ])
      expect(places(`${text}\n`), text).to.be.an('object');
  });
});

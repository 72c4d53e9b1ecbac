import { expect } from 'chai';
import { escapeJson, printable, printableLines, safeJson } from '../../lib/domain/printable.js';

/**
 * What no terminal may get to see: both sets of controls, what changes the direction or splits lines, and what shows
 * nothing.
 */
const DANGEROUS = new RegExp(
  [
    '[\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ud800-\\udfff]',
    '[\\xad\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u2800\\u3164\\ufe00-\\ufe0f\\uffa0]',
    '[\\u{13441}\\u{13442}\\u{16fe4}\\u{1d159}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}]',
  ].join('|'),
  'u',
);

/** Text that does harm. */
const HOSTILE = [
  '\x1b[2J\x1b[H',
  '\x1b]0;title\x07',
  '\x1bP$q"p\x1b\\',
  '\x1b]52;c;cm0gLXJmIC8=\x07',
  '\x9b31m',
  '\x90q\x9c',
  'a\rb\nc\td\be\0',
  'user\u202etxt.exe',
  '\u2028\u2029\u200b\ufeff\u{e0041}',
  '\ud83d alone \udc80',
  ...[
    '\u3164',
    '\u115f\u1160',
    '\uffa0',
    '\u2800',
    '\u180b\u180e\u180f',
    '\u034f',
    '\u17b4\u17b5',
    '\ufe0e\ufe0f',
  ],
  ...['\u{e0100}\u{e01ef}', '\u{e0020}\u{e007f}', '\u{13441}\u{13442}', '\u{16fe4}', '\u{1d159}\u{1d173}'],
];

describe('printable', () => {
  for (const text of HOSTILE) {
    it(`makes ${JSON.stringify(text)} harmless`, () => {
      expect(printable(text)).to.not.match(DANGEROUS);
      expect(safeJson({ text, [text]: 1 })).to.not.match(DANGEROUS);
      expect(JSON.parse(safeJson({ text, [text]: 1 }))).to.deep.equal({ text, [text]: 1 });
    });
  }

  it('leaves what people write as it is', () => {
    for (const text of ['two coffees, please', 'Grüße, 世界, e\u0301, €, 😀, 한글', '{"a":"b\\n"}'])
      expect(printable(text)).to.equal(text);
    expect(safeJson('Grüße, 世界 😀')).to.equal('"Grüße, 世界 😀"');
  });

  it('leaves the line ends of several lines', () => {
    expect(printableLines('a\x1b\nb\r\n')).to.equal('a\\x1b\nb\\r\n');
  });

  it('leaves JSON the same JSON', () => {
    for (const text of HOSTILE) {
      const json = JSON.stringify({ [text]: [text] });
      expect(JSON.parse(escapeJson(json))).to.deep.equal({ [text]: [text] });
      expect(escapeJson(json)).to.not.match(DANGEROUS);
    }
  });

  it('shows what it was', () => {
    expect(printable('\x1b[31m\n\r\t\x07\x7f\x9b')).to.equal('\\x1b[31m\\n\\r\\t\\x07\\x7f\\u009b');
    expect(printable('\u202e\u{e0041}\udc80\ud800')).to.equal('\\u202e\\u{e0041}\\x80\\ud800');
  });

  it('lets no code point through that it should not, nor any it should', () => {
    for (let code = 0; code <= 0x10ffff; code += code < 0x3000 ? 1 : 7) {
      const letter = String.fromCodePoint(code);
      const isPlain = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(letter) && !DANGEROUS.test(letter);
      expect(printable(letter) === letter, code.toString(16)).to.equal(isPlain);
    }
  });
});

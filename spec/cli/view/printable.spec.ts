import { expect } from 'chai';
import { excerptOf, printable, safeJson } from '../../../lib/cli/view/printable.js';
import { seeded } from '../../support/random.js';

/** What no terminal may get to see: both sets of controls, and what changes the direction or splits lines. */
const DANGEROUS = /[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]/u;

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
];

describe('cli/view/printable', () => {
  for (const text of HOSTILE) {
    it(`makes ${JSON.stringify(text)} harmless`, () => {
      expect(printable(text)).to.not.match(DANGEROUS);
      expect(safeJson({ text, [text]: 1 })).to.not.match(DANGEROUS);
      expect(JSON.parse(safeJson({ text, [text]: 1 }))).to.deep.equal({ text, [text]: 1 });
    });
  }

  it('leaves what people write as it is', () => {
    for (const text of ['two coffees, please', 'Grüße, 世界, e\u0301, €, 😀', '{"a":"b\\n"}'])
      expect(printable(text)).to.equal(text);
    expect(safeJson('Grüße, 世界 😀')).to.equal('"Grüße, 世界 😀"');
  });

  it('shows what it was', () => {
    expect(printable('\x1b[31m\n\r\t\x07\x7f\x9b')).to.equal('\\x1b[31m\\n\\r\\t\\x07\\x7f\\u009b');
    expect(printable('\u202e\u{e0041}\udc80\ud800')).to.equal('\\u202e\\u{e0041}\\x80\\ud800');
  });

  it('lets no code point through that it should not, nor any it should', () => {
    for (let code = 0; code <= 0x10ffff; code += code < 0x3000 ? 1 : 7) {
      const letter = String.fromCodePoint(code);
      const isPlain = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(letter);
      expect(printable(letter) === letter, code.toString(16)).to.equal(isPlain);
      if (isPlain) expect(letter).to.not.match(DANGEROUS);
    }
  });

  describe('an excerpt', () => {
    it('is never cut inside a letter', () => {
      const text = 'a😀é世';
      const payload = Buffer.from(text);
      for (let most = 0; most <= payload.length; most++) {
        const { text: shown, bytes, isCut } = excerptOf(payload, most);
        expect(text.startsWith(shown!), `${most}: ${shown}`).to.equal(true);
        expect(bytes.length).to.be.at.most(most);
        expect(most - bytes.length).to.be.below(4);
        expect(isCut).to.equal(most < payload.length);
      }
    });

    it('of bytes that are no text is bytes', () => {
      const random = seeded(1);
      const payload = Buffer.from(Uint8Array.from({ length: 300 }, () => random() * 256)).fill(0xff, 0, 1);
      const { text, bytes, isCut } = excerptOf(payload, 10);
      expect({ text, isCut }).to.deep.equal({ text: undefined, isCut: true });
      expect(bytes.equals(payload.subarray(0, 10))).to.equal(true);
    });
  });
});

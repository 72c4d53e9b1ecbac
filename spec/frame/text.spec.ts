import { expect } from 'chai';
import fc from 'fast-check';
import { hashBytes } from '../../lib/frame/hash.js';
import { bytesOfText, hashOfText, isFitForLines, textOf } from '../../lib/frame/text.js';

/** What UTF-8 is made of, and what it is not. */
const octets = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(
        0x41,
        0x80,
        0xbf,
        0xc0,
        0xc3,
        0xa9,
        0xe2,
        0x82,
        0xac,
        0xed,
        0xa0,
        0xef,
        0xbd,
        0xf0,
        0x9f,
        0x98,
        0x80,
      ),
    ),
    { maxLength: 12 },
  )
  .map((list) => Buffer.from(list));

function whole(bytes: Buffer): string {
  return textOf(bytes, 0, bytes.length);
}

describe('text', () => {
  for (const [bytes, text] of [
    [[], ''],
    [[0x61, 0x2e, 0x62], 'a.b'],
    [[0xc3, 0xa9], 'é'],
    [[0xef, 0xbf, 0xbd], '\ufffd'],
    [[0xf0, 0x9f, 0x98, 0x80], '😀'],
    [[0xff], '\udcff'],
    [[0x61, 0xc3], 'a\udcc3'],
    [[0xc3, 0x61], '\udcc3a'],
    [[0xe2, 0x82, 0x61], '\udce2\udc82a'],
    [[0xed, 0xb2, 0x80], '\udced\udcb2\udc80'], // a surrogate written as UTF-8 is none
    [[0xc0, 0xae], '\udcc0\udcae'], // nor is a letter written too long
    [[0xff, 0xef, 0xbf, 0xbd, 0xfe], '\udcff\ufffd\udcfe'],
    [[0xf0, 0x9f, 0x98, 0x80, 0x80], '😀\udc80'],
  ] as const) {
    it(`of ${JSON.stringify(text)}, both ways`, () => {
      expect(whole(Buffer.from(bytes))).to.equal(text);
      expect([...bytesOfText(text)]).to.deep.equal([...bytes]);
    });
  }

  it('is taken from the middle of a read', () => {
    expect(textOf(Buffer.from([0xff, 0x61, 0xc3, 0xa9]), 1, 3)).to.equal('a\udcc3');
  });

  it('of any bytes goes back to the same bytes', () => {
    fc.assert(fc.property(octets, (bytes) => bytesOfText(whole(bytes)).equals(bytes)));
  });

  it('has the hash of its bytes', () => {
    fc.assert(
      fc.property(octets, (bytes) => {
        expect(hashOfText(whole(bytes))).to.equal(hashBytes(bytes, 0, bytes.length));
      }),
    );
  });

  it('of UTF-8 is what every decoder makes of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(whole(Buffer.from(text))).to.equal(Buffer.from(text).toString());
        expect(bytesOfText(text).equals(Buffer.from(text))).to.equal(true);
      }),
    );
  });

  it('that is not UTF-8 is U+FFFD to those who write UTF-8', () => {
    expect(Buffer.from('a\udcff').toString()).to.equal('a\ufffd');
  });

  for (const [text, fit] of [
    ['a.é😀\ufffd', true],
    ['', true],
    ['a\udc80', false],
    ['\udcff', false],
    ['a\rb', false],
    ['\na', false],
  ] as const) {
    it(`${JSON.stringify(text)} is ${fit ? '' : 'not '}fit for lines`, () => {
      expect(isFitForLines(text)).to.equal(fit);
    });
  }
});

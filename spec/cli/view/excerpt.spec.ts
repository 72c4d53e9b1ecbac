import { expect } from 'chai';
import { excerptOf } from '../../../lib/cli/view/excerpt.js';
import { seeded } from '../../support/random.js';

describe('cli/view/excerpt', () => {
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

import { expect } from 'chai';
import { numbered, payloadOf, SMALLEST_BYTES } from '../../tools/soak/message.js';

describe('soak: messages', () => {
  for (const size of [0, SMALLEST_BYTES, 33, 1_000, 1_048_576]) {
    it(`say who sent them, at ${size} bytes`, () => {
      const payload = payloadOf(17, 4_711, size);
      expect(payload.length).to.equal(Math.max(size, SMALLEST_BYTES));
      const framed = Buffer.concat([Buffer.from('UPDATE a '), payload, Buffer.from('\n')]);
      expect(numbered(framed, 9, 9 + payload.length)).to.deep.equal({ stream: 17, seq: 4_711 });
    });
  }

  it('are no text that a line could end in', () => {
    expect(payloadOf(1, 1, 100_000).toString('latin1')).to.match(/^[ -~]+$/);
  });

  it('are not recognised with any one byte changed, left out or added', () => {
    const payload = payloadOf(3, 1_234, 60);
    for (let at = 0; at < payload.length; at++) {
      const changed = Buffer.from(payload);
      changed[at] = changed[at]! ^ 1;
      const shorter = Buffer.concat([payload.subarray(0, at), payload.subarray(at + 1)]);
      const longer = Buffer.concat([payload.subarray(0, at), Buffer.from('7'), payload.subarray(at)]);
      for (const bytes of [changed, shorter, longer]) {
        const found = numbered(bytes, 0, bytes.length);
        expect(found, `byte ${at} of ${bytes}`).to.equal(undefined);
      }
    }
  });

  it('of another stream or number have another checksum', () => {
    const sums = [payloadOf(1, 2, 60), payloadOf(2, 1, 60), payloadOf(1, 3, 60)].map((bytes) =>
      bytes.toString().slice(5, 13),
    );
    expect(new Set(sums).size).to.equal(3);
  });
});

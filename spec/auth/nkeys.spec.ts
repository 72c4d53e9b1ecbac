import { createAccount, createOperator, createServer, createUser } from '@nats-io/nkeys';
import { expect } from 'chai';
import { decodeSignature, isPublicKey, keyOf, verifies } from '../../lib/auth/nkeys.js';
import { makeNonce } from '../../lib/auth/nonce.js';

describe('nkeys', () => {
  it('are of a kind', () => {
    const keys = { U: createUser(), A: createAccount(), O: createOperator() } as const;
    for (const kind of ['U', 'A', 'O'] as const) {
      for (const [is, pair] of Object.entries(keys)) {
        expect(isPublicKey(pair.getPublicKey(), kind), `${is} as ${kind}`).to.equal(is === kind);
      }
      expect(isPublicKey(createServer().getPublicKey(), kind)).to.equal(false);
    }
  });

  it('are not anything else', () => {
    const key = createUser().getPublicKey();
    const seed = Buffer.from(createUser().getSeed()).toString();
    const changed = key.slice(0, 20) + (key[20] === 'A' ? 'B' : 'A') + key.slice(21);
    for (const text of [
      '',
      'U',
      key.toLowerCase(),
      `${key}A`,
      key.slice(1),
      changed,
      seed,
      'U'.repeat(56),
      `U${'é'.repeat(55)}`,
    ]) {
      expect(isPublicKey(text, 'U'), text).to.equal(false);
    }
  });

  it('verify what their owner signed, and nothing else', () => {
    for (let i = 0; i < 20; i++) {
      const pair = createUser();
      const key = keyOf(pair.getPublicKey());
      const data = Buffer.from(makeNonce());
      const signature = Buffer.from(pair.sign(data));
      expect(verifies(key, data, signature)).to.equal(true);
      expect(verifies(key, Buffer.from(makeNonce()), signature)).to.equal(false);
      expect(verifies(keyOf(createUser().getPublicKey()), data, signature)).to.equal(false);
      expect(verifies(key, data, signature.subarray(1))).to.equal(false);
      signature[i * 3]! ^= 1;
      expect(verifies(key, data, signature)).to.equal(false);
    }
  });

  it('come with nonces of 15 characters, each another', () => {
    const nonces = new Set(Array.from({ length: 100 }, makeNonce));
    expect(nonces.size).to.equal(100);
    for (const nonce of nonces) expect(nonce).to.match(/^[A-Za-z0-9_-]{15}$/);
  });

  it('come with signatures in two kinds of base64', () => {
    for (const [text, hex] of [
      ['-_8', 'fbff'],
      ['+/8=', 'fbff'],
      ['AAA', '0000'],
      ['AAAA', '000000'],
      ['', ''],
      ['+/8', undefined],
      ['-_8=', undefined],
      ['A', undefined],
      ['AA A', undefined],
      ['****', undefined],
    ] as const) {
      expect(decodeSignature(text)?.toString('hex'), text).to.equal(hex);
    }
  });
});

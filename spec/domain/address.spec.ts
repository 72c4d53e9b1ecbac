import { expect } from 'chai';
import { formatAddress, isLoopback, looksLikeAddress, parseAddress } from '../../lib/domain/address.js';

describe('domain/address', () => {
  const rows: readonly [string, string | undefined, number?][] = [
    ['127.0.0.1:4222', '127.0.0.1', 4222],
    ['localhost:4222', 'localhost', 4222],
    ['broker-1.example.org:1', 'broker-1.example.org', 1],
    ['[::1]:4222', '::1', 4222],
    ['[::]:65535', '::', 65535],
    ['[fe80::1%eth0]:4222', 'fe80::1%eth0', 4222],
    ['4222', 'default', 4222],
    ['-1', 'default', 0],
    [':4222', '0.0.0.0', 4222],
    ['*:4222', '*', 4222],
    ['127.0.0.1:-1', '127.0.0.1', 0],
    ['127.0.0.1:0', '127.0.0.1', 0],
    ['127.0.0.1:65536', undefined],
    ['127.0.0.1:-2', undefined],
    ['127.0.0.1:', undefined],
    ['127.0.0.1', undefined],
    ['::1:4222', undefined],
    ['[::1]', undefined],
    ['[127.0.0.1]:4222', undefined],
    ['a b:4222', undefined],
    ['nats://localhost:4222', undefined],
    ['', undefined],
    ['1e3', undefined],
  ];
  for (const [text, host, port] of rows) {
    it(`reads ${JSON.stringify(text)} as ${host === undefined ? 'no address' : `${host} port ${port}`}`, () => {
      expect(parseAddress(text, 'default')).to.deep.equal(host === undefined ? undefined : { host, port });
    });
  }

  for (const text of ['127.0.0.1:4222', '[::1]:4222', 'localhost:-1']) {
    it(`prints ${text} as it was written`, () => {
      expect(formatAddress(parseAddress(text, '')!)).to.equal(text);
    });
  }

  const words: readonly [string, boolean][] = [
    ['127.0.0.1:7777', true],
    ['127.0.0.1:99999', true],
    [':7777', true],
    ['7777', true],
    ['[::1]:-1', true],
    ['config.toml', false],
    ['./7777', false],
    ['dir:1/7777', false],
    ['localhost', false],
  ];
  for (const [word, expected] of words) {
    it(`takes ${word} for ${expected ? 'an address' : 'a file'}`, () =>
      expect(looksLikeAddress(word)).to.equal(expected));
  }

  const hosts: readonly [string, boolean][] = [
    ['127.0.0.1', true],
    ['127.8.8.8', true],
    ['localhost', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['10.0.0.1', false],
    ['example.org', false],
  ];
  for (const [host, expected] of hosts) {
    it(`knows that ${host} is ${expected ? '' : 'not '}loopback`, () =>
      expect(isLoopback(host)).to.equal(expected));
  }
});

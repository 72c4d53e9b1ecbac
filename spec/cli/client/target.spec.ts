import { expect } from 'chai';
import { parseTarget, parseTargets, type Target } from '../../../lib/cli/client/target.js';
import { SluiceError } from '../../../lib/domain/errors.js';

const NOTHING = { port: 4222, user: undefined, password: undefined, token: undefined, tls: false };

describe('cli/client/target', () => {
  const rows: readonly [string, Partial<Target>][] = [
    ['localhost', { host: 'localhost' }],
    ['127.0.0.1:4333', { host: '127.0.0.1', port: 4333 }],
    ['nats://demo.example.net', { host: 'demo.example.net' }],
    ['nats://demo.example.net:1/', { host: 'demo.example.net', port: 1 }],
    ['tls://a', { host: 'a', tls: true }],
    ['NATS://a', { host: 'a' }],
    ['nats://ann:s3cret@a:5', { host: 'a', port: 5, user: 'ann', password: 's3cret' }],
    ['ann:s3cret@a', { host: 'a', user: 'ann', password: 's3cret' }],
    ['nats://t0ken@a', { host: 'a', token: 't0ken' }],
    ['nats://a%40b:p%3Aw%2F@h', { host: 'h', user: 'a@b', password: 'p:w/' }],
    ['nats://ann:p@ss@h', { host: 'h', user: 'ann', password: 'p@ss' }],
    ['nats://ann:@h', { host: 'h', user: 'ann', password: '' }],
    ['[::1]:4333', { host: '::1', port: 4333 }],
    ['nats://[::1]', { host: '::1' }],
    [' a ', { host: 'a' }],
  ];
  for (const [text, expected] of rows) {
    it(`reads «${text}»`, () => expect(parseTarget(text)).to.deep.equal({ ...NOTHING, ...expected }));
  }

  for (const text of [
    '',
    'nats://',
    'http://a',
    'x:y:z',
    'a:99999',
    ':4222',
    'a b',
    'nats://a/b',
    'a%zz:b@h',
  ]) {
    it(`refuses «${text}»`, () => {
      expect(() => parseTarget(text))
        .to.throw(SluiceError)
        .with.property('code', 'USAGE');
    });
  }

  it('keeps a login out of what it says', () => {
    expect(() => parseTarget('nats://ann:s3cret@a b')).to.throw(
      SluiceError,
      /^nats:\/\/…@a b: no host and port/,
    );
    expect(() => parseTarget('ann:s3cret@h:x')).to.throw(/^(?!.*s3cret)/);
  });

  it('reads lists', () => {
    expect(parseTargets('a,nats://b:5').map(({ host, port }) => [host, port])).to.deep.equal([
      ['a', 4222],
      ['b', 5],
    ]);
  });
});

import { expect } from 'chai';
import { banner } from '../../lib/cli/banner.js';
import { exposedListeners, isReadableByOthers, type Listening } from '../../lib/cli/exposure.js';
import { type Address, configFrom } from '../../lib/config.js';

const listening = (
  line: Address | undefined,
  nats: Address | undefined,
  monitorAddress?: Address,
): Listening => ({
  lineAddresses: line ? [line] : [],
  natsAddresses: nats ? [nats] : [],
  monitorAddress,
});
const open = { host: '0.0.0.0', port: 8889 };
const loopback = { host: '127.0.0.1', port: 4222 };

describe('cli/banner', () => {
  it('says what listens where, how to try it, and what to beware of', () => {
    const text = banner('1.2.3', listening(open, loopback), configFrom(), undefined);
    expect(text).to.equal(
      [
        'sluice 1.2.3 is ready',
        '  line  0.0.0.0:8889',
        '  nats  127.0.0.1:4222',
        '  configuration: built-in defaults',
        '',
        'Try it in two terminals:',
        '  telnet 127.0.0.1 8889    then type: SUB greetings',
        '  telnet 127.0.0.1 8889    then type: PUB greetings hello',
        '',
        'warning: anyone who reaches 0.0.0.0:8889 may publish and subscribe: no authorization is configured',
        '',
      ].join('\n'),
    );
  });

  it('leaves the warnings to a log on the same terminal', () => {
    const text = banner('1.2.3', listening(open, loopback), configFrom(), undefined, true);
    expect(text).not.to.include('warning');
    expect(text.endsWith('PUB greetings hello\n')).to.equal(true);
  });

  it('shows the nats command where there is no line listener', () => {
    const text = banner('1', listening(undefined, loopback), configFrom(), 'my.toml');
    expect(text)
      .to.include('configuration: my.toml')
      .and.include('nats -s nats://127.0.0.1:4222 sub greetings');
    expect(text).not.to.include('telnet');
  });

  it('names every listener', () => {
    const second = { host: '127.0.0.1', port: 4223 };
    const all = {
      ...listening(open, loopback, { host: '127.0.0.1', port: 8222 }),
      natsAddresses: [loopback, second],
    };
    expect(banner('1', all, configFrom(), undefined)).to.include(
      '  line  0.0.0.0:8889\n  nats  127.0.0.1:4222\n  nats  127.0.0.1:4223\n  http  127.0.0.1:8222\n',
    );
  });

  const user = { user: 'ann', password: 'hunter2' };
  const rows = [
    { name: 'both open', lineAddress: open, natsAddress: { host: '::', port: 4222 }, count: 2 },
    { name: 'both loopback', lineAddress: { host: '::1', port: 1 }, natsAddress: loopback, count: 0 },
    { name: 'only NATS, open', lineAddress: undefined, natsAddress: open, count: 1 },
    {
      name: 'open with a token',
      lineAddress: open,
      natsAddress: open,
      authorization: { token: 't' },
      count: 0,
    },
    { name: 'open with a user', lineAddress: open, natsAddress: open, authorization: user, count: 0 },
  ];
  for (const { name, count, authorization = {}, lineAddress, natsAddress } of rows) {
    it(`warns of ${count} listeners: ${name}`, () =>
      expect(
        exposedListeners(listening(lineAddress, natsAddress), configFrom({ authorization })),
      ).to.have.lengthOf(count));
  }

  const tls = { cert_file: 'c', key_file: 'k', ca_file: 'a' };
  const listed = { users: [{ user: 'ann', password: 'p' }] };
  const NKEY = 'UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4';
  for (const [name, settings, count] of [
    ['users', { authorization: listed }, 0],
    ['an nkey', { authorization: { users: [{ nkey: NKEY }] } }, 0],
    ['users of accounts', { accounts: { A: listed } }, 0],
    ['an operator', { operator: ['o.jwt'] }, 0],
    ['users of the system account alone', { accounts: { SYS: listed }, system_account: 'SYS' }, 2],
    ['users of $SYS alone', { accounts: { $SYS: listed } }, 2],
    ['a no_auth_user', { authorization: { ...listed, no_auth_user: 'ann' } }, 2],
    ['TLS', { tls }, 2],
    ['TLS with certificates, line clients in the clear', { tls: { ...tls, verify: true } }, 1],
    ['TLS with certificates for all', { tls: { ...tls, verify: true }, line: { tls: true } }, 0],
    ['TLS with certificates, for who wants it', { tls: { ...tls, verify: true, allow_non_tls: true } }, 2],
  ] as const) {
    it(`warns of ${count} open listeners with ${name}`, () =>
      expect(exposedListeners(listening(open, open), configFrom(settings as object))).to.have.lengthOf(
        count,
      ));
  }

  const address = { host: '127.0.0.1', port: 4222 };
  for (const [name, settings, line, nats] of [
    [
      'no login',
      {},
      'telnet 127.0.0.1 8889    then type: SUB greetings',
      'nats -s nats://127.0.0.1:4222 sub greetings',
    ],
    [
      'users',
      { authorization: listed },
      'telnet 127.0.0.1 8889    then type: AUTH USER PASSWORD, then SUB greetings',
      'nats -s nats://127.0.0.1:4222 --user USER --password PASSWORD sub greetings',
    ],
    [
      'a token',
      { authorization: { token: 't' } },
      'telnet 127.0.0.1 8889    then type: AUTH TOKEN, then SUB greetings',
      'nats -s nats://127.0.0.1:4222 --user TOKEN sub greetings',
    ],
    [
      'a no_auth_user',
      { authorization: { ...listed, no_auth_user: 'ann' } },
      'telnet 127.0.0.1 8889    then type: SUB greetings',
      'nats -s nats://127.0.0.1:4222 sub greetings',
    ],
    [
      'nkeys alone',
      { authorization: { users: [{ nkey: NKEY }] } },
      undefined,
      'nats -s nats://127.0.0.1:4222 --nkey FILE sub greetings',
    ],
    [
      'an operator',
      { operator: ['o.jwt'] },
      undefined,
      'nats -s nats://127.0.0.1:4222 --creds FILE sub greetings',
    ],
    [
      'TLS',
      { tls, line: { tls: true } },
      'openssl s_client -quiet -connect 127.0.0.1:8889    then type: SUB greetings',
      'nats -s tls://127.0.0.1:4222 --tlsca FILE sub greetings',
    ],
    [
      'TLS with certificates',
      { tls: { ...tls, verify: true }, line: { tls: true } },
      undefined,
      'nats -s tls://127.0.0.1:4222 --tlsca FILE --tlscert FILE --tlskey FILE sub greetings',
    ],
  ] as const) {
    it(`suggests commands that work with ${name}`, () => {
      const config = configFrom(settings as object);
      const both = banner('1', listening(open, address), config, undefined);
      expect(both).to.include(line ?? nats);
      if (line === undefined) expect(both).to.not.include('type: ');
      expect(banner('1', listening(undefined, address), config, undefined)).to.include(`  ${nats}\n`);
    });
  }

  it('names the user of clients without credentials', () => {
    const config = configFrom({ authorization: { ...listed, no_auth_user: 'ann' } });
    expect(exposedListeners(listening(undefined, open), config)).to.deep.equal([
      'anyone who reaches 0.0.0.0:8889 is "ann" without a password: authorization.no_auth_user',
    ]);
  });

  for (const [name, settings, count] of [
    ['no login', {}, 0],
    ['users', { authorization: listed }, 2],
    ['a token', { authorization: { token: 't' } }, 2],
    ['nkeys alone', { authorization: { users: [{ nkey: NKEY }] } }, 0],
    ['users over TLS, line clients in the clear', { authorization: listed, tls }, 1],
    ['users over TLS', { authorization: listed, tls, line: { tls: true } }, 0],
    ['users over TLS for who wants it', { authorization: listed, tls: { ...tls, allow_non_tls: true } }, 2],
  ] as const) {
    it(`says of ${count} open listeners with ${name} that secrets can be read on the way`, () => {
      const config = configFrom(settings as object);
      expect(isReadableByOthers(listening(open, open), config)).to.have.lengthOf(count);
      expect(isReadableByOthers(listening(loopback, loopback), config)).to.deep.equal([]);
    });
  }
});

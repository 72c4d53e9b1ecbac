import { X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { certificateNames } from '../../lib/auth/certificate.js';
import { CertificateUsers } from '../../lib/auth/certificate-login.js';
import { namesEqual, parseDistinguishedName } from '../../lib/auth/distinguished-name.js';
import { type CERTIFICATES, derOf } from '../support/auth/certificates.js';

/** Whose certificate, who is configured, who it is; seen on nats-server 2.10.29. */
const ROWS: readonly (readonly [
  keyof typeof CERTIFICATES,
  users: readonly string[],
  found: string | undefined,
])[] = [
  ['sans', ['spiffe://acme.test/anna', 'anna.acme.test', 'anna@acme.test'], 'anna@acme.test'],
  ['sans', ['spiffe://acme.test/anna', 'anna.acme.test'], 'anna.acme.test'],
  ['sans', ['CN=anna,O=Acme\\, Inc.,C=DE', 'spiffe://acme.test/anna'], 'spiffe://acme.test/anna'],
  ['sans', ['CN=anna,O=Acme\\, Inc.,C=DE'], 'CN=anna,O=Acme\\, Inc.,C=DE'],
  ['sans', ['O=Acme\\, Inc.,C=DE,CN=anna'], 'O=Acme\\, Inc.,C=DE,CN=anna'],
  ['sans', ['O=Acme\\, Inc.,C=DE,CN=anna', 'CN=anna,O=Acme\\, Inc.,C=DE'], 'CN=anna,O=Acme\\, Inc.,C=DE'],
  ['sans', ['CN=anna', '127.0.0.1', 'anna'], undefined],
  ['sans', ['CN=Anna,O=Acme\\, Inc.,C=DE', 'CN=anna,O=Acme,C=DE'], undefined],
  [
    'domain',
    ['CN=bob,OU=Night,OU=Ops,O=Acme,DC=acme,DC=test'],
    'CN=bob,OU=Night,OU=Ops,O=Acme,DC=acme,DC=test',
  ],
  [
    'domain',
    ['CN=bob,OU=Ops+OU=Night,O=Acme,DC=test,DC=acme'],
    'CN=bob,OU=Ops+OU=Night,O=Acme,DC=test,DC=acme',
  ],
  ['domain', ['CN=bob,OU=Ops+OU=Night,O=Acme'], 'CN=bob,OU=Ops+OU=Night,O=Acme'],
  [
    'domain',
    ['dc=test, dc=acme, o=Acme, cn=bob, ou=Night, ou=Ops'],
    'dc=test, dc=acme, o=Acme, cn=bob, ou=Night, ou=Ops',
  ],
  ['domain', ['CN=bob,OU=Night,OU=Ops,O=Acme,DC=acme'], undefined],
  ['multi', ['OU=Ops+CN=carl,O=Acme'], 'OU=Ops+CN=carl,O=Acme'],
  ['multi', ['CN=carl,OU=Ops,O=Acme'], 'CN=carl,OU=Ops,O=Acme'],
  ['multi', ['CN=carl', ''], undefined],
  ['hosts', ['host.acme.test', ''], undefined],
  ['odd', ['CN=\\#dora,O=Zoë #1'], 'CN=\\#dora,O=Zoë #1'],
];

describe('a certificate as a login', () => {
  for (const [certificate, users, found] of ROWS) {
    it(`${certificate} is ${found ?? 'none'} of ${JSON.stringify(users)}`, () => {
      const book = new CertificateUsers(new Map(users.map((name) => [name, { name }])));
      expect(book.find(derOf(certificate), () => true)?.name).to.equal(found);
    });
  }

  it('passes over users that are not for the connection', () => {
    const book = new CertificateUsers(
      new Map(['anna@acme.test', 'CN=anna,O=Acme\\, Inc.,C=DE'].map((name) => [name, { name }])),
    );
    expect(book.find(derOf('sans'), ({ name }) => name.startsWith('CN'))?.name).to.match(/^CN/);
    expect(book.find(derOf('sans'), () => false)).to.equal(undefined);
  });

  it('has the names Node finds in it', () => {
    const names = certificateNames(derOf('sans'))!;
    expect(new X509Certificate(derOf('sans')).subjectAltName).to.equal(
      `email:${names.emails[0]}, DNS:${names.hosts[0]}, URI:${names.uris[0]}, IP Address:127.0.0.1`,
    );
    expect(new X509Certificate(derOf('odd')).subject).to.include('O=Zoë #1');
    expect(names.subject?.flat()).to.deep.include({ type: 'O', value: 'Acme, Inc.' });
  });

  it('is no user where it is cut short or spoilt anywhere', () => {
    const der = derOf('domain');
    const user = 'CN=bob,OU=Night,OU=Ops,O=Acme,DC=acme,DC=test';
    const book = new CertificateUsers(new Map([[user, { name: user }]]));
    for (let length = 0; length < der.length; length++) {
      expect(book.find(der.subarray(0, length), () => true)).to.equal(undefined);
    }
    for (let at = 0; at < der.length; at++) {
      for (const value of [0, 0x7f, 0x84, 0xff]) {
        const spoilt = Buffer.from(der);
        spoilt[at] = value;
        book.find(spoilt, () => true); // must not throw, nor hang
      }
    }
  });
});

describe('distinguished names', () => {
  for (const [a, b, equal] of [
    ['CN=a', 'cn=a', true],
    ['CN=a', ' CN = a ', true],
    ['CN=a', 'CN=A', false],
    ['CN=a,O=b', 'O=b,CN=a', false],
    ['CN=a+O=b', 'O=b+CN=a', true],
    ['CN=a+CN=a', 'CN=a+CN=b', false],
    ['CN=a\\,b', 'CN=a\\2cb', true],
    ['CN=a\\ ', 'CN=a', false],
    ['CN=a\\  ', 'CN=a\\20', true],
    ['CN=\\C3\\AB', 'CN=ë', true],
    ['CN=a=b', 'CN=a\\=b', true],
  ] as const) {
    it(`${a} ${equal ? 'is' : 'is not'} ${b}`, () => {
      expect(namesEqual(parseDistinguishedName(a)!, parseDistinguishedName(b)!)).to.equal(equal);
    });
  }

  for (const text of ['', 'anna', 'CN=a,', 'CN=a+', '=a', 'CN=a\\', 'CN=a\\zz', 'CN=#0401', ',CN=a']) {
    it(`${JSON.stringify(text)} is none`, () => {
      expect(parseDistinguishedName(text)).to.equal(undefined);
    });
  }
});

import { expect } from 'chai';
import { configOf, problemsOf } from '../../support/config/problems.js';

describe('config/schema/tls', () => {
  const PAIR = 'tls.cert_file = "c.pem"\ntls.key_file = "k.pem"\n';

  it('is off without a certificate', () => expect(configOf('tls.timeout = "1s"').tls).to.equal(undefined));

  it('has defaults for all but certificate and key', () =>
    expect(configOf(PAIR).tls).to.deep.equal({
      certFile: 'c.pem',
      keyFile: 'k.pem',
      verify: false,
      verifyAndMap: false,
      allowNonTls: false,
      handshakeFirst: false,
      timeoutMs: 2_000,
      handshakeRate: 0,
      minVersion: 'TLSv1.2',
      cipherSuites: [],
      curvePreferences: [],
      pinnedCerts: [],
    }));

  const right: readonly [string, Readonly<Record<string, unknown>>][] = [
    ['tls.ca_file = "a"\ntls.verify = true', { caFile: 'a', verify: true, verifyAndMap: false }],
    ['tls.ca_file = "a"\ntls.verify_and_map = true', { verify: true, verifyAndMap: true }],
    ['tls.handshake_first = true', { handshakeFirst: true }],
    ['tls.handshake_first = "off"', { handshakeFirst: false }],
    ['tls.handshake_first = "auto"', { handshakeFirst: 50 }],
    ['tls.handshake_first = "300ms"', { handshakeFirst: 300 }],
    ['tls.handshake_first = "0s"', { handshakeFirst: true }],
    ['tls.min_version = "1.3"', { minVersion: 'TLSv1.3' }],
    ['tls.timeout = "500ms"', { timeoutMs: 500 }],
    ['tls.handshake_rate = 5', { handshakeRate: 5 }],
    ['tls.curve_preferences = ["CurveP256", "X25519"]', { curvePreferences: ['P-256', 'X25519'] }],
    [
      'tls.cipher_suites = ["ECDHE-RSA-AES128-GCM-SHA256", "TLS_AES_256_GCM_SHA384"]',
      { cipherSuites: ['ECDHE-RSA-AES128-GCM-SHA256', 'TLS_AES_256_GCM_SHA384'] },
    ],
    [
      'tls.cipher_suites = ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"]',
      {
        cipherSuites: [
          'ECDHE-ECDSA-AES256-GCM-SHA384',
          'ECDHE-RSA-CHACHA20-POLY1305',
          'ECDHE-RSA-AES128-SHA256',
        ],
      },
    ],
  ];
  for (const [toml, as] of right) {
    it(`reads ${toml} as ${JSON.stringify(as)}`, () => expect(configOf(PAIR + toml).tls).to.deep.include(as));
  }

  it('takes a list of certificates', () => {
    const toml =
      'line.tls = true\ntls.ca_file = "a"\ntls.certificates = [{cert_file="c",key_file="k"},{cert_file="d",key_file="l"}]';
    const pairs = [
      { certFile: 'c', keyFile: 'k' },
      { certFile: 'd', keyFile: 'l' },
    ];
    expect(configOf(toml).tls).to.deep.include({ ...pairs[0], certificates: pairs, caFile: 'a' });
    expect(configOf(toml).authorization.timeoutMs).to.equal(3_000);
  });

  const timeouts: readonly [string, number][] = [
    ['', 2_000],
    [PAIR, 3_000],
    [`${PAIR}tls.timeout = "5s"`, 6_000],
    [`${PAIR}tls.timeout = "5s"\nauthorization.timeout = "2s"`, 2_000],
    ['authorization.timeout = "1ms"', 1],
    ['authorization.timeout = "576h"', 576 * 3_600_000],
    ['tls.timeout = "5s"', 2_000],
  ];
  for (const [toml, ms] of timeouts) {
    it(`gives clients ${ms} ms to log in with ${JSON.stringify(toml)}`, () =>
      expect(configOf(toml).authorization.timeoutMs).to.equal(ms));
  }

  const wrong: readonly [string, ...string[]][] = [
    ['tls.cert_file = "c"', 'tls.cert_file: needs tls.key_file as well'],
    ['tls.key_file = "k"', 'tls.key_file: needs tls.cert_file as well'],
    ['tls.ca_file = "a"', 'tls.ca_file: needs tls.cert_file as well'],
    ['line.tls = true', 'line.tls: needs tls.cert_file as well'],
    [
      `${PAIR}tls.certificates = [{ cert_file = "c", key_file = "k" }]`,
      'tls.certificates: excluded by tls.cert_file, which is the only certificate then',
    ],
    ['tls.certificates = [{ cert_file = "c" }]', 'tls.certificates[0].key_file: missing'],
    [
      'tls.certificates = [{ cert_file = "", key_file = "k" }]',
      'tls.certificates[0].cert_file = "": not a path',
    ],
    [
      'tls.handshake_first = "soon"',
      'tls.handshake_first = "soon": not usable, allowed: true, false, "auto" or a duration',
    ],
    [
      'tls.cipher_suites = ["ROT13"]',
      "tls.cipher_suites: not a list of what is allowed: names of cipher suites, OpenSSL's or IANA's",
    ],
    [
      'tls.curve_preferences = ["P-1"]',
      'tls.curve_preferences: not a list of what is allowed: X25519, P-256, P-384, P-521',
    ],
    ['tls.min_version = "1.1"', 'tls.min_version = "1.1": not a choice, allowed: 1.2, 1.3'],
    ['tls.certfile = "c"', 'tls.certfile: unknown key, did you mean cert_file?'],
  ];
  for (const [toml, ...says] of wrong) {
    it(`refuses ${toml}`, () => expect(problemsOf(toml)).to.deep.equal(says));
  }
});

import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { DEFAULT_CIPHERS } from 'node:tls';
import { expect } from 'chai';
import { pino } from 'pino';
import { securityFor, tlsServerOptions } from '../../lib/broker/tls-security.js';
import { startBroker } from '../../lib/broker.js';
import type { TlsConfig } from '../../lib/config/shapes.js';
import { configFrom } from '../../lib/config.js';
import { SluiceError } from '../../lib/domain/errors.js';
import { StreamWire } from '../../lib/transport/stream-wire.js';
import { TlsContext, type TlsServerOptions } from '../../lib/transport/tls-context.js';
import { Authority, credentialFiles, pemFile } from '../support/certificates.js';
import { duplexPair } from '../support/duplex-pair.js';
import { AUTHORITY, AUTHORITY_FILE, handshake, tlsConfig } from '../support/tls.js';

/** The key of the error that `act` throws, and what it says. */
function problem(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    expect(error.code).to.equal('CONFIG_INVALID');
    return error.message;
  }
  throw new Error('nothing was wrong');
}

function optionsOf(settings: Partial<TlsConfig> = {}): TlsServerOptions {
  return tlsServerOptions(tlsConfig(settings));
}

function createContext(config: TlsConfig, warn?: (warning: string) => void): TlsContext {
  return new TlsContext(tlsServerOptions(config), warn);
}

/** What the two ends of a handshake agree on. */
async function agreed(context: TlsContext, options: Parameters<typeof handshake>[1] = {}) {
  const [near, far] = duplexPair();
  const failures: string[] = [];
  context.secure(far, {
    secured: (stream) => stream.on('error', () => {}),
    failed: (why) => failures.push(why),
  });
  near.on('error', () => {});
  const stream = await handshake(near, options).finally(() => near.destroy());
  expect(failures).to.deep.equal([]);
  return {
    version: stream.getProtocol(),
    cipher: stream.getCipher().name,
    key: (stream.getEphemeralKeyInfo() as { name?: string }).name,
    subject: stream.getPeerCertificate().subject.CN,
  };
}

describe('the files of TLS', () => {
  const { certFile, keyFile } = tlsConfig();
  const noPem = pemFile('hello\n');
  const otherKey = credentialFiles(AUTHORITY.issue()).keyFile;
  const broken = pemFile('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const locked = pemFile(
    privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString(),
  );

  const WRONG: Readonly<Record<string, readonly [Partial<TlsConfig>, string]>> = {
    'no certificate': [
      { certFile: '/none.pem' },
      'tls.cert_file = "/none.pem": cannot be read: no such file or directory',
    ],
    'a directory': [{ certFile: '/' }, 'tls.cert_file = "/": cannot be read: is a directory, not a file'],
    'no key': [
      { keyFile: '/none.pem' },
      'tls.key_file = "/none.pem": cannot be read: no such file or directory',
    ],
    'no authority': [
      { caFile: '/none.pem' },
      'tls.ca_file = "/none.pem": cannot be read: no such file or directory',
    ],
    'a certificate that is no PEM': [
      { certFile: noPem },
      `tls.cert_file = "${noPem}": holds no certificate in PEM`,
    ],
    'a key that is no PEM': [{ keyFile: noPem }, `tls.key_file = "${noPem}": holds no private key in PEM`],
    'an authority that is no PEM': [
      { caFile: noPem },
      `tls.ca_file = "${noPem}": holds no certificate in PEM`,
    ],
    'a broken certificate': [
      { certFile: broken },
      `tls.cert_file = "${broken}": holds a certificate that cannot be read`,
    ],
    'a broken authority': [
      { caFile: broken },
      `tls.ca_file = "${broken}": holds a certificate that cannot be read`,
    ],
    'the key where the certificate belongs': [
      { certFile: keyFile },
      `tls.cert_file = "${keyFile}": holds no certificate in PEM`,
    ],
    'no file at all, and says so of each': [
      { certFile: '/a.pem', keyFile: '/b.pem', caFile: noPem },
      'tls.cert_file = "/a.pem": cannot be read: no such file or directory\n' +
        'tls.key_file = "/b.pem": cannot be read: no such file or directory\n' +
        `tls.ca_file = "${noPem}": holds no certificate in PEM`,
    ],
    'the key of another certificate': [
      { keyFile: otherKey },
      `tls.key_file = "${otherKey}": not the key of the certificate in ${certFile}`,
    ],
    'an encrypted key': [
      { keyFile: locked },
      `tls.key_file = "${locked}": is encrypted, which is not supported`,
    ],
    'an unknown cipher suite': [
      { cipherSuites: ['TLS_AES_128_GCM_SHA256', 'FOO'] },
      'tls.cipher_suites: FOO: unknown cipher suite',
    ],
    'a list for a cipher suite': [
      { cipherSuites: ['AES128-SHA:FOO'] },
      'tls.cipher_suites: AES128-SHA:FOO: unknown cipher suite',
    ],
    'an unknown curve': [
      { curvePreferences: ['X25519', 'P-1'] },
      'tls.curve_preferences: P-1: unknown curve',
    ],
  };

  for (const [what, [settings, message]] of Object.entries(WRONG)) {
    it(`are complained of: ${what}`, () => {
      expect(problem(() => createContext(tlsConfig(settings)))).to.equal(message);
    });
  }

  it('keep a broker from starting', async () => {
    const tls = tlsConfig({ certFile: noPem });
    const config = configFrom({ listener: '127.0.0.1:0', line: { listener: '127.0.0.1:0' } });
    const log = pino({ level: 'silent' });
    const failure = (broken: object) => startBroker({ ...config, ...broken }, log).catch((error) => error);
    expect(await failure({ tls })).to.have.property('code', 'CONFIG_INVALID');
  });
});

describe('a TLS context', () => {
  async function failing(promise: Promise<unknown>): Promise<string> {
    return promise.then(
      () => 'agreed',
      (error: NodeJS.ErrnoException) => error.code ?? error.message,
    );
  }

  it('speaks 1.3, or 1.2, and nothing older', async () => {
    const context = createContext(tlsConfig());
    expect((await agreed(context)).version).to.equal('TLSv1.3');
    expect((await agreed(context, { maxVersion: 'TLSv1.2' })).version).to.equal('TLSv1.2');
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
    expect(await failing(agreed(context, old))).to.equal('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    const strict = createContext(tlsConfig({ minVersion: 'TLSv1.3' }));
    expect(await failing(agreed(strict, { maxVersion: 'TLSv1.2' }))).to.equal(
      'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    );
  });

  for (const suite of [
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ecdhe-ecdsa-aes256-gcm-sha384',
    'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  ]) {
    it(`takes the cipher suite ${suite}`, async () => {
      const context = createContext(tlsConfig({ cipherSuites: [suite] }));
      const { cipher } = await agreed(context, { maxVersion: 'TLSv1.2' });
      expect(cipher).to.equal('ECDHE-ECDSA-AES256-GCM-SHA384');
      expect((await agreed(context)).version).to.equal('TLSv1.3');
    });
  }

  it('speaks TLS 1.3 only where it has cipher suites for nothing else', async () => {
    const context = createContext(tlsConfig({ cipherSuites: ['TLS_AES_128_GCM_SHA256'] }));
    expect((await agreed(context)).cipher).to.equal('TLS_AES_128_GCM_SHA256');
    expect(await failing(agreed(context, { maxVersion: 'TLSv1.2' }))).to.not.equal('agreed');
  });

  it('takes every name that nats-server has for a cipher suite it thinks safe', () => {
    const cipherSuites = [
      'TLS_AES_128_GCM_SHA256',
      'TLS_AES_256_GCM_SHA384',
      'TLS_CHACHA20_POLY1305_SHA256',
      'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
      'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
      'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
      'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
      'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
      'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
      'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
      'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
      'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
      'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
    ];
    createContext(tlsConfig({ cipherSuites }));
  });

  it('takes curves, in nats-server’s names as well', async () => {
    for (const [curve, key] of [
      ['X25519', 'X25519'],
      ['P-384', 'secp384r1'],
      ['CurveP521', 'secp521r1'],
    ] as const) {
      const context = createContext(tlsConfig({ curvePreferences: [curve] }));
      expect(
        (await agreed(context, { ecdhCurve: 'X25519:P-384:P-521:P-256', maxVersion: 'TLSv1.2' })).key,
      ).to.equal(key);
    }
  });

  it('uses new files from the reload on, and nothing of the old', async () => {
    const files = credentialFiles(AUTHORITY.issueServer({ subject: { CN: 'before' } }));
    const context = createContext(tlsConfig(files));
    expect((await agreed(context)).subject).to.equal('before');
    const { cert, key } = AUTHORITY.issueServer({ subject: { CN: 'after' } });
    writeFileSync(files.certFile, cert);
    expect(problem(() => context.reload(optionsOf(files)))).to.include('tls.key_file');
    expect((await agreed(context)).subject, 'after a reload that failed').to.equal('before');
    writeFileSync(files.keyFile, key);
    expect((await agreed(context)).subject, 'before the reload').to.equal('before');
    context.reload(optionsOf(files));
    expect((await agreed(context)).subject).to.equal('after');
  });

  it('takes another configuration, and lets go of sessions made under the old one', async () => {
    const context = createContext(tlsConfig());
    const [near, far] = duplexPair();
    context.secure(far, { secured: (stream) => stream.on('error', () => {}), failed: () => {} });
    const stream = await handshake(near, { maxVersion: 'TLSv1.2' });
    const session = stream.getSession();
    stream.destroy();
    const stranger = new Authority('stranger');
    context.reload(optionsOf({ verify: true, caFile: pemFile(stranger.cert) }));
    const resuming = { session, maxVersion: 'TLSv1.2' } as const;
    expect(await failing(agreed(context, resuming))).to.not.equal('agreed');
    expect((await agreed(context, { ...resuming, ...stranger.issue() })).version).to.equal('TLSv1.2');
    expect(problem(() => context.reload(optionsOf({ certFile: AUTHORITY_FILE })))).to.include('tls.key_file');
    expect((await agreed(context, { ...resuming, ...stranger.issue() })).version).to.equal('TLSv1.2');
  });

  it('leaves the connections there are as they are at a reload', async () => {
    const context = createContext(tlsConfig());
    const [near, far] = duplexPair();
    context.secure(far, { secured: (stream) => stream.pipe(stream), failed: () => {} });
    const stream = await handshake(near);
    context.reload(optionsOf());
    stream.write('still here');
    expect(String(((await once(stream, 'data')) as [Buffer])[0])).to.equal('still here');
    stream.destroy();
  });
});

describe('the certificate of a peer', () => {
  it('is none on a wire without TLS', () => {
    expect(new StreamWire(duplexPair()[0]).peerCertificate).to.equal(undefined);
  });
});

describe('a certificate signed with SHA-1', () => {
  const files = credentialFiles(AUTHORITY.issueServer({ digest: 'sha1' }));

  it('is served, with a warning, to clients that take it', async () => {
    const warnings: string[] = [];
    const context = createContext(tlsConfig(files), (warning) => warnings.push(warning));
    expect(warnings).to.deep.equal([
      `tls.cert_file = "${files.certFile}": signed with SHA-1 or MD5: clients may refuse it, and it can be forged`,
    ]);
    context.reload(optionsOf(files));
    expect(warnings).to.have.length(2);
    const ciphers = `${DEFAULT_CIPHERS}:@SECLEVEL=0`;
    expect(await agreed(context, { ciphers })).to.include({ version: 'TLSv1.3', subject: 'localhost' });
  });

  it('is an error where clients are verified: theirs would be taken as well', () => {
    const settings = { ...files, verify: true, caFile: AUTHORITY_FILE };
    expect(problem(() => createContext(tlsConfig(settings)))).to.equal(
      `tls.cert_file = "${files.certFile}": signed with SHA-1 or MD5, which does not go with tls.verify`,
    );
  });

  for (const verify of [false, true])
    it(`is served with a warning if it is self-signed, verify ${verify}`, () => {
      const own = credentialFiles(new Authority('localhost', { digest: 'sha1' }).credentials);
      const warnings: string[] = [];
      const settings = verify ? { ...own, verify, caFile: AUTHORITY_FILE } : own;
      createContext(tlsConfig(settings), (warning) => warnings.push(warning));
      expect(warnings).to.deep.equal([
        `tls.cert_file = "${own.certFile}": signed with SHA-1 or MD5: clients may refuse it, and it can be forged`,
      ]);
    });

  it('is no warning where it is none', () => {
    const warnings: string[] = [];
    createContext(tlsConfig(), (warning) => warnings.push(warning));
    createContext(tlsConfig(credentialFiles(new Authority('localhost').credentials)), (warning) =>
      warnings.push(warning),
    );
    expect(warnings).to.deep.equal([]);
  });
});

describe('the way to TLS', () => {
  const log = pino({ level: 'silent' });
  for (const [handshakeFirst, mode, fallbackMs] of [
    [false, 'after-info', 0],
    [true, 'first', 1],
    [50, 'auto', 50],
    [0, 'first', 0],
  ] as const) {
    it(`is ${mode} for handshake_first ${handshakeFirst}`, () => {
      const security = securityFor(tlsConfig({ handshakeFirst }), log);
      expect(security.mode).to.equal(mode);
      if (mode === 'auto') expect(security.fallbackMs).to.equal(fallbackMs);
    });
  }
});

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { tlsServerOptions } from '../../lib/broker/tls-security.js';
import { readTlsFiles } from '../../lib/config/tls-files.js';
import { TlsContext } from '../../lib/transport/tls-context.js';
import { type CertificateOptions, credentialFiles } from '../support/certificates.js';
import { duplexPair } from '../support/duplex-pair.js';
import type { Harness } from '../support/harness.js';
import { freshDirectory, startSluice } from '../support/process.js';
import { AUTHORITY, AUTHORITY_FILE, handshake, startTls, tlsConfig } from '../support/tls.js';
import { soon, until } from '../support/until.js';

function files(commonName: string, names: readonly string[], more: CertificateOptions = {}) {
  return credentialFiles(AUTHORITY.issue({ subject: { CN: commonName }, names, ...more }));
}

describe('several certificates', () => {
  const certificates = [
    files('first', ['DNS:a.test']),
    files('wild', ['DNS:*.b.test', 'DNS:b.test']),
    files('c.test', []),
    files('rsa', ['DNS:a.test', 'DNS:r.test'], { keyType: 'rsa' }),
    files('last', ['DNS:a.test', 'DNS:r.test']),
    files('only rsa', ['DNS:only-rsa.test'], { keyType: 'rsa' }),
  ];
  let harness: Harness;
  afterEach(() => harness.stop());

  /** A handshake with a client that asks for this name. */
  async function shake(name: string, options: ConnectionOptions = {}): Promise<TLSSocket> {
    const { port } = harness.broker.natsAddress!;
    const wire = connectSocket({ port, host: '127.0.0.1' });
    harness.wires.push(wire);
    return handshake(wire, { servername: name, checkServerIdentity: () => undefined, ...options });
  }

  async function nameFor(
    name: string,
    options: ConnectionOptions = {},
  ): Promise<string | string[] | undefined> {
    return (await shake(name, options)).getPeerCertificate().subject.CN;
  }

  const start = async (more: Parameters<typeof tlsConfig>[0] = {}) => {
    harness = await startTls({ ...certificates[0]!, certificates, handshakeFirst: true, ...more });
  };

  const rows: readonly [string, string][] = [
    ['a.test', 'first'],
    ['A.TEST', 'first'],
    ['x.b.test', 'wild'],
    ['b.test', 'wild'],
    ['x.y.b.test', 'first'],
    ['c.test', 'first'], // a common name is no name
    ['r.test', 'last'],
    ['other.test', 'first'],
    ['', 'first'],
    ['\x00*..', 'first'],
  ];
  it('are chosen by the name that a client asks for, the first one where there is none for it', async () => {
    await start();
    // Without this a client that understands both kinds may get either.
    const ciphers = { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const;
    for (const [name, expected] of rows) expect(await nameFor(name, ciphers), name).to.equal(expected);
  });

  it('may have keys of two kinds for one name: a client gets the one that it understands', async () => {
    await start();
    const only = (kind: string) =>
      ({ ciphers: `ECDHE-${kind}-AES128-GCM-SHA256`, maxVersion: 'TLSv1.2' }) as const;
    for (const name of ['a.test', '']) {
      expect(await nameFor(name, only('RSA'))).to.equal('rsa');
      expect(await nameFor(name, only('ECDSA'))).to.equal('first');
    }
    expect(await nameFor('r.test', only('ECDSA'))).to.equal('last');
    // What clients understand as well, and is for other names, is no choice.
    expect(await nameFor('only-rsa.test')).to.equal('only rsa');
  });

  it('verify clients alike, and resume sessions, whichever is chosen', async () => {
    await start({ verify: true });
    const client = AUTHORITY.issue();
    for (const name of ['a.test', 'x.b.test'])
      for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
        const stream = await shake(name, { ...client, maxVersion });
        const session =
          maxVersion === 'TLSv1.2' ? stream.getSession() : ((await once(stream, 'session')) as [Buffer])[0];
        stream.destroy();
        const resumed = await shake(name, { ...client, maxVersion, session });
        expect(resumed.isSessionReused(), `${name} ${maxVersion}`).to.equal(true);
        resumed.write('CONNECT {}\r\nPING\r\n');
        resumed.destroy();
      }
    const stranger = await shake('x.b.test', { maxVersion: 'TLSv1.2' }).catch(
      (error: Error) => error.message,
    );
    expect(stranger).to.be.a('string');
  });

  it('wait for the ClientHello where it has not come, and give up with a client that leaves', async () => {
    await start();
    const [context, failures]: [TlsContext, string[]] = [
      new TlsContext(tlsServerOptions(tlsConfig({ certificates, ...certificates[0] }))),
      [],
    ];
    let isSecured = false;
    const outcome = {
      secured: (stream: TLSSocket) => {
        stream.on('error', () => {});
        isSecured = true;
      },
      failed: (why: string) => void failures.push(why),
    };
    const [near, far] = duplexPair();
    for (const end of [near, far]) end.on('error', () => {});
    context.secure(far, outcome);
    const stream = await handshake(near, { servername: 'x.b.test', checkServerIdentity: () => undefined });
    expect(stream.getPeerCertificate().subject.CN).to.equal('wild');
    await until('the server has finished as well', () => isSecured);
    stream.destroy();
    const [gone, left] = duplexPair();
    for (const end of [gone, left]) end.on('error', () => {});
    context.secure(left, outcome);
    left.destroy();
    await until('it has failed', () => failures.length > 0);
    expect(failures).to.deep.equal(['the client hung up']);
  });

  it('are told apart in messages', async () => {
    await start();
    const wrong = { ...certificates[1]!, keyFile: certificates[2]!.keyFile };
    const config = tlsConfig({ certificates: [certificates[0]!, wrong, { certFile: '/a', keyFile: '/b' }] });
    expect(() => readTlsFiles(config)).to.throw(
      `tls.certificates[1].key_file = "${wrong.keyFile}": not the key of the certificate in ${wrong.certFile}\n` +
        'tls.certificates[2].cert_file = "/a": cannot be read: no such file or directory\n' +
        'tls.certificates[2].key_file = "/b": cannot be read: no such file or directory',
    );
  });

  it('come from files in both languages, and are new after a reload', async () => {
    await start();
    const cwd = freshDirectory();
    const [eu, us] = [certificates[0]!, files('before', ['DNS:us.test'])];
    const toml = [eu, us]
      .map(
        ({ certFile, keyFile }) => `[[tls.certificates]]\ncert_file = "${certFile}"\nkey_file = "${keyFile}"`,
      )
      .join('\n');
    const pairs = [eu, us].map(
      ({ certFile, keyFile }) => `{ cert_file: "${certFile}", key_file: "${keyFile}" }`,
    );
    writeFileSync(join(cwd, 's.toml'), toml);
    writeFileSync(join(cwd, 's.conf'), `tls { ca_file: "${AUTHORITY_FILE}", certs: [${pairs.join(', ')}] }`);
    for (const name of ['s.toml', 's.conf']) {
      await using broker = await startSluice(['-c', join(cwd, name)], { cwd });
      const subject = async () => {
        const wire = connectSocket({ port: broker.natsPort, host: '127.0.0.1' });
        harness.wires.push(wire);
        await soon('INFO', once(wire, 'data'));
        const stream = await handshake(wire, { servername: 'us.test' });
        return stream.getPeerCertificate().subject.CN;
      };
      const issue = (CN: string) => {
        const { cert, key } = AUTHORITY.issue({ subject: { CN }, names: ['DNS:us.test'] });
        writeFileSync(us.certFile, cert);
        writeFileSync(us.keyFile, key);
      };
      issue('before');
      broker.kill('SIGHUP');
      await broker.said(/configuration reloaded/);
      expect(await subject()).to.equal('before');
      issue('after');
      broker.stderr = '';
      broker.kill('SIGHUP');
      await broker.said(/configuration reloaded/);
      expect(await subject()).to.equal('after');
    }
  });
});

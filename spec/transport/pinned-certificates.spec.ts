import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { expect } from 'chai';
import type { Credentials } from '../support/certificates.js';
import type { Harness } from '../support/harness.js';
import { AUTHORITY, startTls } from '../support/tls.js';
import { until } from '../support/until.js';

/** SHA-256 of a certificate's SubjectPublicKeyInfo, as `openssl pkey -pubout -outform der | sha256sum` has it. */
function digestOf(cert: string): string {
  const key = new X509Certificate(cert).publicKey.export({ format: 'der', type: 'spki' });
  return createHash('sha256').update(key).digest('hex');
}

describe('pinned certificates', () => {
  const known = AUTHORITY.issue();
  const other = AUTHORITY.issue();
  let harness: Harness;
  afterEach(() => harness.stop());

  /** Whether the handshake of a client with that certificate comes to a PONG. */
  async function isIn({ cert, key }: Credentials): Promise<boolean> {
    const { port } = harness.broker.natsAddress!;
    const socket = connect({ port, host: '127.0.0.1', ca: AUTHORITY.cert, cert, key });
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const closed = once(socket, 'close').catch(() => {});
    socket.on('secureConnect', () => socket.write('CONNECT {"verbose":false}\r\nPING\r\n'));
    await Promise.race([closed, until('it is in', () => text.includes('PONG'))]);
    socket.destroy();
    return text.includes('PONG');
  }

  it('let in a client that has one of the keys, and no other that the authority vouches for', async () => {
    harness = await startTls({ handshakeFirst: true, verify: true, pinnedCerts: [digestOf(known.cert)] });
    expect(await isIn(known)).to.equal(true);
    expect(await isIn(other)).to.equal(false);
    const failed = harness.log.filter(({ msg }) => msg === 'TLS handshake failed');
    expect(failed.map(({ error }) => error)).to.deep.equal(["the client's certificate is not pinned"]);
  });

  it('are any where none is named', async () => {
    harness = await startTls({ handshakeFirst: true, verify: true });
    expect(await isIn(other)).to.equal(true);
  });
});

import { expect } from 'chai';
import { Client } from '../../../lib/cli/client/client.js';
import type { TlsRequest } from '../../../lib/cli/client/wire.js';
import type { TlsConfig } from '../../../lib/config/shapes.js';
import { SluiceError } from '../../../lib/domain/errors.js';
import { Authority, credentialFiles, pemFile } from '../../support/certificates.js';
import type { Harness } from '../../support/harness.js';
import { AUTHORITY, AUTHORITY_FILE, startTls } from '../../support/tls.js';

const STRANGER = new Authority('stranger');

describe('cli/client/wire', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  /** What the client says of a broker with TLS. */
  async function saidOf(tls: Partial<TlsConfig>, wish: Partial<TlsRequest>): Promise<string> {
    harness = await startTls(tls);
    const { port } = harness.broker.natsAddress!;
    const target = { host: '127.0.0.1', port, user: undefined, password: undefined, token: undefined };
    const files = { caFile: AUTHORITY_FILE, certFile: undefined, keyFile: undefined };
    try {
      const client = await Client.connect({
        target: { ...target, tls: wish.isWanted === true },
        login: () => ({}),
        tls: { isWanted: true, isFirst: false, ...files, ...wish },
        name: 'spec',
        timeoutMs: 10_000,
      });
      client.close();
      return 'connected';
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      return error.message.replace(`127.0.0.1:${port}: `, '');
    }
  }

  const rows: readonly (readonly [string, Partial<TlsConfig>, Partial<TlsRequest>, said: string])[] = [
    ['a broker it trusts', {}, {}, 'connected'],
    [
      'a broker that demands a certificate',
      { verify: true },
      {},
      'TLS failed: the broker demands a certificate of its clients; see --tlscert and --tlskey',
    ],
    ['one that is shown one', { verify: true }, credentialFiles(AUTHORITY.issue()), 'connected'],
    [
      'a certificate of an authority it does not know',
      {},
      { caFile: pemFile(STRANGER.cert) },
      "TLS failed: no trusted authority signed the broker's certificate; see --tlscacert",
    ],
    [
      'a certificate that has expired',
      credentialFiles(AUTHORITY.issueServer({ to: new Date(Date.now() - 1_000) })),
      {},
      "TLS failed: the broker's certificate has expired",
    ],
    [
      'a broker that begins with INFO',
      {},
      { isFirst: true },
      'TLS failed: what answered is not TLS; --tlsfirst is only for brokers that begin with it',
    ],
    [
      'a broker that begins with TLS',
      { handshakeFirst: true, timeoutMs: 50 },
      {},
      'the broker closed the connection before it sent INFO; where it begins with TLS, use --tlsfirst',
    ],
  ];
  for (const [what, tls, wish, said] of rows)
    it(`meets ${what}, and says so in one line`, async () => {
      expect(await saidOf(tls, wish)).to.equal(said);
    });
});

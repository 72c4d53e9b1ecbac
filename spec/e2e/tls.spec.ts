import { connect as connect3 } from '@nats-io/transport-node';
import { expect } from 'chai';
import { connect as connect2 } from 'nats';
import type { TlsConfig } from '../../lib/config/shapes.js';
import { Authority, credentialFiles } from '../support/certificates.js';
import type { Harness } from '../support/harness.js';
import { AUTHORITY, AUTHORITY_FILE, startTls } from '../support/tls.js';
import { until } from '../support/until.js';

/** What both clients take, as far as this goes. */
interface Options {
  readonly servers: string;
  readonly reconnect?: boolean;
  readonly maxReconnectAttempts?: number;
  readonly reconnectTimeWait?: number;
  readonly user?: string;
  readonly pass?: string;
  readonly tls?: Readonly<Record<string, unknown>> | null;
}

interface Connection {
  readonly info?: { readonly tls_required?: boolean; readonly tls_available?: boolean } | undefined;
  request(subject: string, payload?: Uint8Array): Promise<{ readonly data: Uint8Array }>;
  subscribe(
    subject: string,
    options: {
      callback: (
        error: Error | null,
        message: { respond(data: Uint8Array): boolean; data: Uint8Array },
      ) => void;
    },
  ): unknown;
  publish(subject: string, payload?: Uint8Array): void;
  flush(): Promise<void>;
  close(): Promise<void>;
}

const CLIENTS: Readonly<Record<string, (options: Options) => Promise<Connection>>> = {
  'nats 2.x': (options) => connect2(options as Parameters<typeof connect2>[0]),
  '@nats-io/transport-node 3.x': (options) => connect3(options as Parameters<typeof connect3>[0]),
};

const CA = { ca: AUTHORITY.cert };
const ANNA = AUTHORITY.issue({ subject: { CN: 'anna' } });

for (const [name, connectTo] of Object.entries(CLIENTS)) {
  describe(`${name} over TLS`, () => {
    let harness: Harness;
    let connections: Connection[] = [];
    afterEach(async () => {
      await Promise.all(connections.map((connection) => connection.close()));
      connections = [];
      await harness.stop();
    });

    async function connect(tls?: Options['tls'], more: Partial<Options> = {}): Promise<Connection> {
      const connection = await connectTo({
        servers: `127.0.0.1:${harness.broker.natsAddress!.port}`,
        reconnect: false,
        ...(tls === undefined ? {} : { tls }),
        ...more,
      });
      connections.push(connection);
      return connection;
    }

    /** Whether two connections can talk through the broker. */
    async function talk(one: Connection, other: Connection = one): Promise<void> {
      one.subscribe('echo', { callback: (_error, message) => message.respond(message.data) });
      await one.flush();
      const { data } = await other.request('echo', Buffer.from('hello'));
      expect(Buffer.from(data).toString()).to.equal('hello');
    }

    const refused = async (tls?: Options['tls']): Promise<string> =>
      connect(tls).then(
        () => 'connected',
        (error: Error) => error.message,
      );

    const ways: readonly (readonly [string, Partial<TlsConfig>, Options['tls']])[] = [
      ['after INFO', {}, CA],
      ['after INFO, with the authority in a file', {}, { caFile: AUTHORITY_FILE }],
      ['where it is available', { allowNonTls: true }, CA],
      ['before INFO', { handshakeFirst: true }, { ...CA, handshakeFirst: true }],
      ['before INFO where it need not', { handshakeFirst: 5_000 }, { ...CA, handshakeFirst: true }],
      ['after INFO where it could before', { handshakeFirst: 50 }, CA],
      ['with a certificate', { verify: true }, { ...CA, ...ANNA }],
      [
        'with a certificate, before INFO',
        { verify: true, handshakeFirst: true },
        { ...CA, ...ANNA, handshakeFirst: true },
      ],
    ];
    for (const [way, settings, tls] of ways) {
      it(`comes up ${way}`, async () => {
        harness = await startTls(settings);
        await talk(await connect(tls), await connect(tls));
        for (const { client } of harness.connections) expect(client.peer.isSecure).to.equal(true);
        expect(harness.log).to.deep.equal([]);
      });
    }

    it('logs in, and with a wrong password does not', async () => {
      harness = await startTls({}, { authorization: { user: 'anna', password: 'secret' } });
      await talk(await connect(CA, { user: 'anna', pass: 'secret' }));
      const failure = await connect(CA, { user: 'anna', pass: 'wrong' }).catch(
        (error: Error) => error.message,
      );
      expect(failure).to.match(/authorization/i);
    });

    it('is left out by who does not want it, if that is allowed', async () => {
      harness = await startTls({ allowNonTls: true });
      const plain = await connect(null);
      expect(plain.info).to.include({ tls_available: true }).and.not.have.property('tls_required');
      await talk(plain, await connect(CA));
      expect([...harness.connections].map(({ client }) => client.peer.isSecure)).to.deep.equal([false, true]);
    });

    it('is refused by a client that does not trust the broker', async () => {
      harness = await startTls();
      expect(await refused({ ca: new Authority('stranger').cert })).to.not.equal('connected');
      await until('it is gone', () => harness.connections.size === 0);
    });

    it('is refused by a client when the certificate has expired', async () => {
      const expired = AUTHORITY.issueServer({ to: new Date(Date.now() - 1_000) });
      harness = await startTls(credentialFiles(expired));
      expect(await refused(CA)).to.match(/expired/);
    });

    it('is refused to a client without a good certificate', async () => {
      harness = await startTls({ verify: true });
      expect(await refused(CA)).to.not.equal('connected');
      expect(await refused({ ...CA, ...new Authority('stranger').issue() })).to.not.equal('connected');
      await until('they are gone', () => harness.connections.size === 0);
    });

    it('carries 20 MB', async () => {
      harness = await startTls();
      const subscriber = await connect(CA);
      const publisher = await connect(CA);
      let received = 0;
      subscriber.subscribe('feed', {
        callback: (error, message) => {
          if (error) throw error;
          received += message.data.length;
        },
      });
      await subscriber.flush();
      const payload = Buffer.alloc(100_000, 'x');
      for (let n = 0; n < 200; n++) publisher.publish('feed', payload);
      await publisher.flush();
      await until('all has come', () => received === 20_000_000);
      expect(harness.log).to.deep.equal([]);
    });
  });
}

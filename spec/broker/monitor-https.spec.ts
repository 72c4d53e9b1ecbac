import { once } from 'node:events';
import { request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { type Config, configFrom } from '../../lib/config.js';
import { Authority, credentialFiles } from '../support/certificates.js';
import { Harness } from '../support/harness.js';
import { ask } from '../support/monitor/fake.js';
import { AUTHORITY, tlsConfig } from '../support/tls.js';
import { eventually, until } from '../support/until.js';

const MONITOR = { listener: '127.0.0.1:0', tls: true };
const PLAIN = { listener: '127.0.0.1:0' };

/** Settings of a monitor with HTTPS, TLS being configured by `withTls`. */
function withTls(more: Parameters<typeof tlsConfig>[0] = {}): (config: Config) => Config {
  return (config) =>
    ({ ...config, tls: tlsConfig(more), monitor: { ...config.monitor, tls: true } }) as Config;
}

describe('the monitor of a broker over HTTPS', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  function get(
    path: string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: string }> {
    const { port } = harness.broker.monitorAddress!;
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port, path, headers, ca: AUTHORITY.cert, agent: false },
        (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (text: string) => {
            body += text;
          });
          response.on('end', () => resolve({ status: response.statusCode!, body }));
        },
      );
      sent.on('error', reject).end();
    });
  }

  it('answers with the certificate of the listeners, also to clients without one', async () => {
    harness = await Harness.start({ monitor: PLAIN }, withTls({ verify: true }));
    const { status, body } = await get('/varz');
    expect(status).to.equal(200);
    const { port } = harness.broker.monitorAddress!;
    expect(JSON.parse(body)).to.include({ http_port: 0, https_port: port, tls_verify: true });
    expect((await get('/metrics')).body).to.include('sluice_connections_limit');
  });

  it('takes its own pages for its own, not those of HTTP', async () => {
    harness = await Harness.start({ monitor: PLAIN }, withTls());
    const { port } = harness.broker.monitorAddress!;
    expect((await get('/varz', { origin: `https://127.0.0.1:${port}` })).status).to.equal(200);
    expect((await get('/varz', { origin: `http://127.0.0.1:${port}` })).status).to.equal(403);
  });

  it('closes connections that speak no TLS, and those whose handshake takes too long', async () => {
    harness = await Harness.start({ monitor: PLAIN }, withTls({ timeoutMs: 100 }));
    const { port } = harness.broker.monitorAddress!;
    const plain = await ask(port, '/varz').then(
      () => 'answered',
      () => 'closed',
    );
    expect(plain).to.equal('closed');
    const silent = connectTcp(port, '127.0.0.1');
    await once(silent, 'close');
    const { status } = await eventually('shake hands within that time', () => get('/healthz'));
    expect(status).to.equal(200);
    await until('both are in the log', () => harness.log.length > 0);
    expect(harness.log[0]!.msg).to.equal('TLS handshake failed');
  });

  it('closes at once, handshakes under way included', async () => {
    harness = await Harness.start({ monitor: PLAIN }, withTls());
    const { port } = harness.broker.monitorAddress!;
    const silent = connectTcp(port, '127.0.0.1');
    await once(silent, 'connect');
    await get('/healthz'); // accepted after the silent one
    const closed = once(silent, 'close');
    await harness.broker.close();
    await closed;
  });

  it('shows the certificate that a reload brings', async () => {
    harness = await Harness.start({ monitor: PLAIN }, withTls());
    const { port } = harness.broker.monitorAddress!;
    const serial = async (): Promise<string> => {
      const socket: TLSSocket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const { serialNumber } = socket.getPeerCertificate();
      socket.destroy();
      return serialNumber;
    };
    const before = await serial();
    const { settings } = harness.broker;
    const renewed = credentialFiles(new Authority().issueServer());
    await harness.broker.reload({ ...settings, tls: { ...settings.tls!, ...renewed } } as Config);
    expect(await serial()).not.to.equal(before);
  });

  it('stays HTTP or HTTPS until a restart', async () => {
    harness = await Harness.start({ monitor: PLAIN });
    const { settings } = harness.broker;
    const secure = { ...settings, tls: tlsConfig(), monitor: { ...settings.monitor, tls: true } } as Config;
    const failure = await harness.broker.reload(secure).then(
      () => undefined,
      ({ message }: Error) => message,
    );
    expect(failure).to.equal('monitor.tls: cannot be changed by a reload, restart sluice');
  });

  it('needs a certificate', async () => {
    harness = await Harness.start();
    expect(() => configFrom({ monitor: MONITOR })).to.throw('monitor.tls: needs tls.cert_file as well');
  });
});

describe('the base path of the monitor', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  for (const base_path of ['/sluice/one', 'sluice/one', 'sluice/one/']) {
    it(`is before every path, as ${base_path}`, async () => {
      harness = await Harness.start({ monitor: { listener: '127.0.0.1:0', base_path } });
      const { port } = harness.broker.monitorAddress!;
      const status = async (path: string) => (await ask(port, path)).status;
      for (const path of ['/sluice/one', '/sluice/one/', '/sluice/one/varz', '/sluice/one/metrics'])
        expect(await status(path), path).to.equal(200);
      for (const path of ['/', '/varz', '/sluice', '/sluice/onevarz', '/sluice/one/none'])
        expect(await status(path), path).to.equal(404);
      expect((await ask(port, '/sluice/one', 'GET', { host: 'evil.example' })).status).to.equal(403);
      const { body } = await ask(port, '/sluice/one/');
      const links = [...body.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link]) => link!);
      for (const link of links.filter((each) => !each.startsWith('data:')))
        expect(link).to.match(/^(?:\.\/|\/sluice\/one\/)/);
      expect(JSON.parse((await ask(port, '/sluice/one/varz')).body)).to.include({
        http_base_path: '/sluice/one',
      });
    });
  }

  it('is none with a slash alone, as with nats-server', async () => {
    harness = await Harness.start({ monitor: { listener: '127.0.0.1:0', base_path: '/' } });
    expect((await ask(harness.broker.monitorAddress!.port, '/varz')).status).to.equal(200);
  });

  it('has no way out of itself', async () => {
    harness = await Harness.start();
    for (const base_path of ['a?b', '..', 'a/../b', 'a b', '/%2e', '//x', 'a//b'])
      expect(() => configFrom({ monitor: { base_path } }), base_path).to.throw('monitor.base_path');
  });
});

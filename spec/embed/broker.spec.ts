import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { pino } from 'pino';
import { type Broker, type BrokerOptions, configFrom, createBroker } from '../../lib/index.js';
import { closeAll, embedded, natsPeer, refused } from '../support/embed/embedded.js';
import { Peer } from '../support/peer.js';
import { tlsConfig } from '../support/tls.js';
import { turns } from '../support/turns.js';
import { PATIENCE_MS, soon } from '../support/until.js';

describe('createBroker', () => {
  afterEach(closeAll);

  it('is ready where url says when it resolves', async () => {
    const broker = await embedded({ nats: { port: 0 }, line: { host: '127.0.0.1', port: 0 } });
    const { port } = broker.natsAddress!;
    expect(broker.url).to.equal(`nats://127.0.0.1:${port}`);
    for (const address of [broker.natsAddress!, broker.lineAddress!]) {
      const socket = connect(address);
      await once(socket, 'connect');
      socket.destroy();
    }
  });

  it('opens no listener that it was not asked for', async () => {
    for (const options of [{ nats: { port: 0 } }, { nats: { port: 0 }, line: false }]) {
      const broker = await createBroker(options);
      expect([broker.natsAddresses.length, broker.lineAddresses, broker.monitorAddress]).to.deep.equal([
        1,
        [],
        undefined,
      ]);
      await broker.close();
    }
  });

  const urls: readonly (readonly [BrokerOptions, RegExp])[] = [
    [{ nats: { host: '0.0.0.0', port: 0 } }, /^nats:\/\/127\.0\.0\.1:\d+$/],
    [{ nats: { host: '::1', port: 0 } }, /^nats:\/\/\[::1\]:\d+$/],
    [{ nats: { host: '::', port: 0 } }, /^nats:\/\/\[::1\]:\d+$/],
    [{ listener: ['127.0.0.1:0', '127.0.0.1:0'], nats: {} }, /^nats:\/\/127\.0\.0\.1:\d+$/],
    [
      { nats: { port: 0 }, tls: { cert_file: tlsConfig().certFile, key_file: tlsConfig().keyFile } },
      /^tls:\/\/127\.0\.0\.1:\d+$/,
    ],
  ];
  for (const [options, url] of urls)
    it(`has a url for ${JSON.stringify({ ...options, tls: undefined })}`, async () => {
      expect((await embedded(options)).url).to.match(url);
    });

  it('names the options that TLS files are given by, as they are spelled', async () => {
    const unread = 'cannot be read: no such file or directory';
    const tls = { certFile: 'a.pem', keyFile: 'b.pem', caFile: 'c.pem', verify: true };
    const message = ['certFile = "a', 'keyFile = "b', 'caFile = "c'].map(
      (each) => `tls.${each}.pem": ${unread}`,
    );
    await refused(() => embedded({ tls }), 'CONFIG_INVALID', message.join('\n'));
    const spelled = { cert_file: 'a.pem', key_file: 'b.pem' };
    await refused(
      () => embedded({ tls: spelled }),
      'CONFIG_INVALID',
      /^tls\.cert_file = .*\ntls\.key_file = /,
    );
    const broker = await embedded();
    await refused(() => broker.reload({ nats: false, tls }), 'CONFIG_INVALID', message.join('\n'));
  });

  it('has no url without a listener', async () => {
    const broker = await embedded();
    expect(() => broker.url)
      .to.throw()
      .with.property('code', 'NO_LISTENER');
    expect(broker.natsAddress).to.equal(undefined);
  });

  it('many in one process keep apart', async () => {
    const brokers = await Promise.all(Array.from({ length: 10 }, () => embedded({ nats: { port: 0 } })));
    expect(new Set(brokers.map(({ url }) => url)).size).to.equal(10);
    const subscriptions = brokers.map((broker) => broker.subscribe('a'));
    await Promise.all(brokers.map((broker, n) => broker.publish('a', `${n}`)));
    for (const [n, subscription] of subscriptions.entries())
      for await (const message of subscription) {
        expect(message.text()).to.equal(`${n}`);
        break;
      }
  });

  it('installs no signal handlers, and says nothing unless given a logger', async () => {
    const before = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => process.listenerCount(signal));
    const lines: string[] = [];
    await embedded();
    const broker = await embedded({ logger: pino({}, { write: (line) => lines.push(line) }) });
    expect(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => process.listenerCount(signal))).to.deep.equal(
      before,
    );
    expect(lines.join('')).to.include(broker.serverId);
  });

  it('takes its logger apart, too', async () => {
    const lines: string[] = [];
    const logger = pino({}, { write: (line) => lines.push(line) });
    const broker = await createBroker({ nats: false, line: false }, { logger });
    await broker.close();
    expect(lines.length).to.be.above(0);
  });

  it('is closed at the end of its block', async () => {
    let broker: Broker;
    {
      await using inside = await createBroker({ nats: false, line: false });
      broker = inside;
      expect(broker.closed).to.equal(false);
    }
    expect(broker.closed).to.equal(true);
    await refused(() => broker.publish('a'), 'SERVER_SHUTDOWN');
  });

  it('is closed by its signal', async () => {
    const controller = new AbortController();
    const broker = await embedded({ signal: controller.signal });
    const peer = await natsPeer(broker);
    controller.abort();
    expect(broker.closed).to.equal(true);
    await soon('the end', peer.closed);
    await broker.close();
  });

  it('does not start with a signal that was aborted', async () => {
    const reason = new Error('never mind');
    const outcome = createBroker({ nats: { port: 0 }, line: false, signal: AbortSignal.abort(reason) });
    expect(await outcome.catch((error: unknown) => error)).to.equal(reason);
  });

  const frozen = async (broker: Broker) => {
    const peer = await natsPeer(broker);
    await peer.send('SUB a 1\r\n').settle();
    peer.stall();
    for (let n = 0; n < 50; n++) void broker.publish('a', 'x'.repeat(10_000));
    await turns();
    return peer;
  };

  it('close without drain cuts all connections off, also in the middle of a drain', async () => {
    for (const first of [{ drain: false }, {}]) {
      const broker = await embedded({ shutdown: { deadline: '10m' } });
      await frozen(broker);
      const closing = broker.close(first);
      await turns();
      expect(broker.close({ drain: false })).to.equal(closing);
      await soon('the close', closing);
    }
  });

  it('close takes no longer than deadlineMs', async () => {
    const broker = await embedded({ shutdown: { deadline: '10m' } });
    await frozen(broker);
    await soon('the close', broker.close({ deadlineMs: 20 }));
  });

  it('close refuses wrong options and does nothing', async () => {
    const broker = await embedded();
    const wrong = { deadlineMs: -1 };
    await refused(
      () => broker.close(wrong),
      'CONFIG_INVALID',
      'deadlineMs = -1: not a whole number in range',
    );
    await refused(() => broker.close({ drian: true } as object), 'CONFIG_INVALID', 'did you mean drain?');
    expect(broker.closed).to.equal(false);
  });

  const wrong: readonly (readonly [object, string])[] = [
    [{ signal: 3 }, 'signal = 3: not usable, allowed: an AbortSignal'],
    [{ authorize: 'x' }, 'authorize = "x": not a function'],
    [{ nats: { port: -2 } }, 'nats.port = -2: not a port'],
    [{ logr: 1 }, 'logr: unknown key'],
  ];
  for (const [options, message] of wrong)
    it(`refuses ${JSON.stringify(options)}`, () =>
      refused(() => embedded(options), 'CONFIG_INVALID', message));

  it('reloads with settings as it started with', async () => {
    const broker = await embedded({ nats: { port: 0 } });
    const { port } = broker.natsAddress!;
    expect(await broker.reload({ nats: { port: 0, max_payload: 7 } })).to.deep.equal(['nats']);
    await refused(() => broker.publish('a', '12345678'), 'MAX_PAYLOAD', '8 bytes, allowed: 7');
    expect(broker.natsAddress!.port).to.equal(port);
    expect(
      await broker.reload({ nats: { port: 0 }, lameDuck: { duration: 100, gracePeriod: 0 } }),
    ).to.deep.equal(['nats', 'lame_duck']);
    const config = configFrom({ nats: { port: 0, maxPayload: 8 } });
    await broker.reload(config);
    await refused(() => broker.publish('a', '123456789'), 'MAX_PAYLOAD', '9 bytes, allowed: 8');
    await refused(
      () => broker.reload({ ...config } as never),
      'CONFIG_INVALID',
      'nats.listeners: unknown key, did you mean listener?',
    );
  });

  it('serves both dialects without a socket', async () => {
    const broker = await embedded();
    const line = new Peer(broker.connect({ dialect: 'line' }), 'line');
    await line.send('SUB a\n').expect('OK SUB a');
    const nats = await natsPeer(broker);
    await nats.send('PUB a 2\r\nhi\r\n').settle();
    await line.expect('UPDATE a hi');
    await refused(
      () => broker.connect({ dialect: 'stomp' as never }),
      'CONFIG_INVALID',
      'dialect = "stomp": not a choice',
    );
  });

  it('shows ends in this process to the monitor, whose books hold', async () => {
    const broker = await embedded({ monitor: { port: 0 } });
    const subscription = broker.subscribe('a', { highWaterMark: 1 });
    for (let n = 0; n < 5; n++) await broker.publish('a', 'x');
    await turns();
    const { host, port } = broker.monitorAddress!;
    const get = async (path: string) =>
      (await (await fetch(`http://${host}:${port}/${path}`)).json()) as Record<string, unknown>;
    const { connections } = (await get('connz')) as { connections: { type: string; name?: string }[] };
    expect(connections.map(({ type, name }) => [type, name])).to.deep.equal([
      ['local', 'a'],
      ['local', undefined],
    ]);
    expect(await get('varz')).to.include({ in_msgs: 5, out_msgs: 5 });
    subscription.destroy();
  });

  it('ends lame duck mode as soon as no connection from outside is left', async () => {
    const broker = await embedded({ lame_duck: { duration: '10m', grace_period: '5m' } });
    broker.subscribe('a');
    await broker.publish('a');
    await soon('it to close', broker.lameDuck());
  });

  it('leaves no handle: its process ends by itself', async () => {
    const script = fileURLToPath(new URL('../support/embed-and-close.js', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: PATIENCE_MS });
    expect(stdout).to.equal('closed\n');
  });
});

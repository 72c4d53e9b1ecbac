import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { ConnectionView } from '../../lib/broker/connection-view.js';
import type { AttachWebSocketOptions } from '../../lib/broker.js';
import { FakeClock } from '../support/fake-clock.js';
import { Harness, msg, pub } from '../support/harness.js';
import { tlsConfig } from '../support/tls.js';
import { until } from '../support/until.js';
import { type Attached, attachTo, frameOf, RawWebSocket, type RequestSpec } from '../support/websocket.js';

const MIB = 1024 * 1024;
const HELLO = `CONNECT {"verbose":false,"pedantic":false}\r\nPING\r\n`;

describe('broker/websockets', () => {
  let harness: Harness;
  let attached: Attached;
  let raws: RawWebSocket[];
  beforeEach(() => {
    raws = [];
  });
  afterEach(async () => {
    for (const { wire } of raws) wire.destroy();
    await harness.stop();
    await attached.stop();
  });

  async function serve(
    options: AttachWebSocketOptions = {},
    ...how: Parameters<typeof Harness.start>
  ): Promise<void> {
    harness = await Harness.start(...how);
    attached = await attachTo(harness, options);
  }

  async function dial(request: RequestSpec = {}): Promise<RawWebSocket> {
    const raw = await RawWebSocket.to(attached.port, request);
    raws.push(raw);
    return raw;
  }

  /** A client that has logged in. */
  async function client(): Promise<RawWebSocket> {
    const raw = await dial();
    raw.send({ payload: HELLO });
    await raw.hears('PONG\r\n');
    return raw;
  }

  describe('messages', () => {
    beforeEach(() => serve());

    it('are of a connection whose type is that of nats-server', async () => {
      await client();
      const [connection] = harness.connections;
      expect(new ConnectionView(connection!).type).to.equal('websocket');
      expect(connection!.transport).to.equal('websocket');
    });

    it('are a stream of bytes, whatever their kind and wherever they are cut', async () => {
      const raw = await client();
      const other = await harness.connect('nats');
      other.send('SUB a 1\r\n');
      await other.settle();
      const bytes = `${pub('a', 'one')}${pub('a', 'two')}`;
      raw.send(
        { op: 1, payload: bytes.slice(0, 5) },
        { op: 2, payload: bytes.slice(5, 20), final: false },
        { op: 0, payload: bytes.slice(20, 21), final: false },
        { op: 9, payload: 'ping' },
        { op: 0, payload: bytes.slice(21) },
      );
      await other.expect('MSG a 1 3\r\none', 'MSG a 1 3\r\ntwo');
      await until('the ping is answered', () =>
        raw.frames.some(({ op, payload }) => op === 10 && String(payload) === 'ping'),
      );
    });

    it('of all sizes come through both ways, over real clients', async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${attached.port}/`);
      const chunks: Buffer[] = [];
      socket.on('message', (chunk: Buffer) => chunks.push(chunk));
      await once(socket, 'open');
      const sizes = [0, 1, 100, 5_000, 70_000, MIB];
      const payloads = sizes.map((size) => Buffer.alloc(size, size));
      socket.send(`${HELLO}SUB big 1\r\n`);
      for (const payload of payloads)
        socket.send(
          Buffer.concat([Buffer.from(`PUB big ${payload.length}\r\n`), payload, Buffer.from('\r\n')]),
        );
      socket.send('PING\r\n');
      const expected = Buffer.concat(
        payloads.flatMap((payload) => [
          Buffer.from(`MSG big 1 ${payload.length}\r\n`),
          payload,
          Buffer.from('\r\n'),
        ]),
      );
      const all = (): Buffer => Buffer.concat(chunks);
      await until(
        'all have come',
        () => all().subarray(-6).toString() === 'PONG\r\n' && all().length > expected.length,
      );
      expect(all().includes(expected)).to.equal(true);
      socket.close(1000);
      const [code] = await once(socket, 'close');
      expect(code).to.equal(1000);
    });

    it('that never end are read as they come, and nothing of them is kept', async () => {
      const raw = await client();
      const head = frameOf({ length: 1n << 40n, key: Buffer.alloc(4) });
      raw.send(head);
      const line = Buffer.from(pub('nobody', 'x'.repeat(10_000)));
      const { received } = {
        get received() {
          return [...harness.connections][0]!.client.inBytes;
        },
      } as { received: number };
      expect(received).to.equal(0);
      for (let i = 0; i < 2_000; i++) if (!raw.wire.write(line)) await once(raw.wire, 'drain');
      await until('all were routed', () => [...harness.connections][0]!.client.inBytes === 2_000 * 10_000);
    });
  });

  describe('violations', () => {
    beforeEach(() => serve());

    for (const [what, frame, why] of [
      ['a frame that is not masked', frameOf({ payload: 'x', key: undefined }), 'mask bit missing'],
      ['a ping in fragments', frameOf({ op: 9, final: false }), 'control frame does not have final bit set'],
      ['a ping of 126 bytes', frameOf({ op: 9, payload: 'x'.repeat(126) }), 'control frame too long'],
      ['a reserved bit', frameOf({ payload: 'x', reserved: 4 }), 'reserved bits must be clear'],
      ['an unknown opcode', frameOf({ op: 5 }), 'unknown opcode 5'],
    ] as const)
      it(`${what} closes with 1002, after what came before it, and nothing else`, async () => {
        const [raw, healthy] = [await client(), await client()];
        raw.send(
          Buffer.concat([frameOf({ payload: 'PING\r\nPING\r\n' }), frame, frameOf({ payload: 'PING\r\n' })]),
        );
        expect(await raw.closeFrame()).to.deep.equal([1002, why]);
        expect(raw.text.match(/PONG/g)).to.have.length(3);
        await until('it is closed', () => raw.isClosed && harness.connections.size === 1);
        healthy.send({ payload: 'PING\r\n' });
        await until('the other one is answered', () => healthy.text.endsWith('PONG\r\nPONG\r\n'));
      });
  });

  describe('close codes', () => {
    it('say what the -ERR before them says', async () => {
      await serve();
      const raw = await client();
      raw.send({ payload: 'NONSENSE\r\n' });
      expect(await raw.closeFrame()).to.deep.equal([1002, 'Protocol Violation']);
      expect(raw.text).to.match(/-ERR 'Unknown Protocol Operation'\r\n$/);
      const big = await client();
      big.send({ payload: `PUB a ${2 * MIB}\r\n` });
      expect(await big.closeFrame()).to.deep.equal([1009, 'Maximum Message Payload Exceeded']);
    });

    it('of a login that fails, and of a shutdown', async () => {
      await serve({}, { authorization: { token: 'right' } });
      const raw = await dial();
      raw.send({ payload: 'CONNECT {"auth_token":"wrong"}\r\n' });
      expect(await raw.closeFrame()).to.deep.equal([1008, 'Authentication Failure']);
      const late = await dial();
      await late.hears('INFO');
      const closed = harness.broker.close();
      expect(await late.closeFrame()).to.deep.equal([1001, 'Server Shutdown']);
      await closed;
    });

    it('of the peer are answered, once it has all that was sent', async () => {
      await serve();
      const raw = await client();
      raw.send({ payload: 'PING\r\n' }, { op: 8, payload: Buffer.from([3, 232]) });
      expect(await raw.closeFrame()).to.deep.equal([1000, '']);
      expect(raw.text.match(/PONG/g)).to.have.length(2);
      await until('the server hangs up', () => raw.isEnded);
      expect(harness.all.closed).to.have.length(1);
      expect([...harness.all.closed][0]).to.include({ reason: 'PEER_CLOSED' });
    });
  });

  describe('upgrades', () => {
    it('of its path are served, and all else of the server is left alone', async () => {
      await serve({ path: '/nats' });
      const others: (string | undefined)[] = [];
      attached.server.on('upgrade', ({ url }, socket) => {
        if (url?.startsWith('/nats')) return;
        others.push(url);
        socket.end('HTTP/1.1 101 Of Another\r\n\r\n');
      });
      expect((await dial({ path: '/nats?a=b' })).status).to.equal(101);
      expect((await dial({ path: '/other' })).answer).to.equal('HTTP/1.1 101 Of Another');
      expect(others).to.deep.equal(['/other']);
      const [response] = await once(get({ port: attached.port, path: '/nats' }), 'response');
      expect(response.statusCode).to.equal(200);
      response.resume();
    });

    it('of other paths are answered with 404 where nothing else would answer', async () => {
      await serve({ path: '/nats' });
      expect((await dial({ path: '/natsx' })).status).to.equal(404);
    });

    it('of two paths are two dialects on one server', async () => {
      await serve({ path: '/nats' });
      harness.broker.attachWebSocket(attached.server, { path: '/line', dialect: 'line' });
      const line = await dial({ path: '/line' });
      line.send({ op: 1, payload: 'SUB news\n' });
      const nats = await dial({ path: '/nats' });
      nats.send({ payload: HELLO });
      await nats.hears('PONG');
      await until('it is subscribed', () => harness.core.account('$G').sublist.size > 0);
      nats.send({ payload: pub('news', 'hello') });
      await line.hears('hello');
    });

    it('that are none, or of pages of other origins, are refused and logged', async () => {
      await serve();
      for (const [request, status] of [
        [{ headers: { 'Sec-WebSocket-Version': '8' } }, 400],
        [{ headers: { 'Sec-WebSocket-Key': 'short' } }, 400],
        [{ headers: { Origin: 'https://evil.test' } }, 403],
        [{ path: '/leafnode' }, 404],
      ] as const)
        expect((await dial(request)).status).to.equal(status);
      expect((await dial({ headers: { Origin: 'http://broker.test' } })).status).to.equal(101);
      const failed = harness.log.filter(({ msg }) => msg === 'WebSocket handshake failed');
      expect(failed.map(({ error }) => error)).to.deep.equal([
        'invalid version',
        'invalid websocket key',
        'origin not allowed: not same origin',
      ]);
      for (const line of failed) expect(line).to.include({ host: 'broker.test', count: 1 });
      expect(failed[2]).to.include({ origin: 'https://evil.test', path: '/' });
    });

    it('that are refused are logged without secrets, and with nothing that a terminal would obey', async () => {
      await serve();
      const origin = `https://evil.test/\u00ad\u0085${'x'.repeat(1_000)}`;
      expect((await dial({ path: '/?token=secret', headers: { Origin: origin } })).status).to.equal(403);
      const [line] = harness.log.filter(({ msg }) => msg === 'WebSocket handshake failed');
      expect(line).to.include({ path: '/' });
      expect(line!['origin'])
        .to.match(/^https:\/\/evil\.test\/Â\\u00adÂ\\u0085x+…$/)
        .and.to.have.length.below(300);
    });

    it('of origins that are named are served', async () => {
      await serve({ origins: ['https://page.test'] });
      expect((await dial({ headers: { Origin: 'https://page.test' } })).status).to.equal(101);
      expect((await dial({ headers: { Origin: 'http://broker.test' } })).status).to.equal(403);
    });

    it('of other pages are refused where no origin is named, whether by no list or by an empty one', async () => {
      await serve({ origins: [] });
      expect((await dial({ headers: { Origin: 'https://evil.test' } })).status).to.equal(403);
      expect((await dial({ headers: { Origin: 'http://broker.test' } })).status).to.equal(101);
    });

    it('count for the address that a trusted proxy names', async () => {
      await serve({ trustProxy: true });
      const raw = await dial({ headers: { 'X-Forwarded-For': '6.6.6.6, 203.0.113.9' } });
      await raw.hears('"client_ip":"203.0.113.9"');
      expect([...harness.connections][0]?.client.peer.remotePort).to.equal(undefined);
    });

    it('and headers of proxies that are not trusted count for nothing', async () => {
      await serve();
      const raw = await dial({ headers: { 'X-Forwarded-For': '203.0.113.9' } });
      await raw.hears('"client_ip":"127.0.0.1"');
    });

    it('end with detaching, and with the broker; connections that are open stay when they are detached', async () => {
      await serve();
      const raw = await client();
      attached.detach();
      await until('it is detached', () => attached.server.listenerCount('upgrade') === 0);
      raw.send({ payload: 'PING\r\n' });
      await until('it is answered', () => raw.text.endsWith('PONG\r\nPONG\r\n'));
      harness.broker.attachWebSocket(attached.server);
      await harness.broker.close();
      expect(attached.server.listenerCount('upgrade')).to.equal(0);
    });
  });

  describe('limits', () => {
    it('of connections count for them, and the client is told', async () => {
      await serve({}, { limits: { max_connections: 1 } });
      await client();
      const refused = await dial();
      await refused.hears("-ERR 'maximum connections exceeded'");
      expect(await refused.closeFrame()).to.deep.equal([1008, 'Maximum Connections Exceeded']);
      expect(harness.log.filter(({ msg }) => msg.startsWith('maximum connections'))).to.have.length(1);
    });

    it('of the rate at which connections come hold for upgrades', async () => {
      await serve({}, { limits: { accept_rate: 1, accept_burst: 1 } });
      expect((await dial()).status).to.equal(101);
      const waiting = connect({ port: attached.port, host: '127.0.0.1' });
      const raw = new RawWebSocket(waiting);
      raws.push(raw);
      waiting.write(
        'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
      );
      const second = new RawWebSocket(connect({ port: attached.port, host: '127.0.0.1' }));
      raws.push(second);
      second.wire.write(
        'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
      );
      await until('one of them is reset', () => raw.isClosed || second.isClosed);
      await until('the other one is let in later', () => raw.status === 101 || second.status === 101);
    });

    it('of the time for a login hold', async () => {
      await serve({}, { authorization: { token: 't', timeout: '30ms' } });
      const raw = await dial();
      expect(await raw.closeFrame()).to.deep.equal([1008, 'Authentication Timeout']);
    });

    it('cut off a client that takes nothing, and no other', async () => {
      const clock = new FakeClock();
      await serve(
        {},
        {
          flow: { write_deadline: '300ms' },
          nats: { max_payload: '1MiB' },
        },
        undefined,
        { clock },
      );
      const frozen = await client();
      const healthy = await client();
      for (const raw of [frozen, healthy]) raw.send({ payload: 'SUB a 1\r\nPING\r\n' });
      await until('both are subscribed', () => harness.core.account('$G').sublist.size === 2);
      frozen.wire.pause();
      const publisher = await client();
      const payload = 'x'.repeat(500_000);
      const before = healthy.text.length;
      // One at a time: a busy machine must not make the healthy one congested as well.
      for (let sent = 1; sent <= 40; sent++) {
        publisher.send({ payload: pub('a', payload) });
        const due = before + sent * `${msg('a', 1, payload)}\r\n`.length;
        await until('the healthy one has it', () => healthy.text.length >= due);
      }
      await until('the frozen one is cut off', () =>
        [...harness.all.closed].some(({ reason }) => reason === 'SLOW_CONSUMER'),
      );
      expect(harness.log.filter(({ msg }) => msg === 'slow consumer, disconnected')).to.have.length(1);
    });
  });

  describe('compression', () => {
    const url = () => `ws://127.0.0.1:${attached.port}/`;

    it('is negotiated where it is on, and messages come through', async () => {
      await serve({ compression: true });
      const socket = new WebSocket(url());
      let text = '';
      socket.on('message', (chunk: Buffer) => {
        text += chunk.toString('latin1');
      });
      await once(socket, 'open');
      expect(socket.extensions).to.include('permessage-deflate');
      const message = pub('a', 'x'.repeat(MIB));
      socket.send(`${HELLO}SUB a 1\r\n`);
      socket.send(message);
      await until('it has come', () => text.includes(`MSG a 1 ${MIB}\r\n${'x'.repeat(MIB)}\r\n`));
      socket.send('NONSENSE\r\n');
      const [code, reason] = await once(socket, 'close');
      expect([code, String(reason)]).to.deep.equal([1002, 'Protocol Violation']);
    });

    it('is off by default', async () => {
      await serve();
      const socket = new WebSocket(url());
      await once(socket, 'open');
      expect(socket.extensions).to.equal('');
      socket.terminate();
    });

    it('begins once a client has logged in, as it takes memory', async () => {
      await serve({ compression: true }, { authorization: { token: 't' } });
      const raw = await dial({ headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } });
      await raw.hears('INFO {');
      raw.send({
        payload: `CONNECT {"verbose":false,"auth_token":"t"}\r\nSUB a 1\r\n${pub('a', 'x'.repeat(1_000))}`,
      });
      await until('the message comes', () => raw.frames.length > 1);
      expect(raw.text).not.to.include('xxx');
      expect(raw.frames[1]?.payload.length).to.be.below(100);
    });

    it('begins once a client has sent something, where it need not log in', async () => {
      await serve({ compression: true });
      const raw = await dial({ headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } });
      await raw.hears('INFO {');
      raw.send({ payload: `${HELLO}SUB a 1\r\n${pub('a', 'x'.repeat(1_000))}` });
      await until('the message comes', () =>
        raw.frames.slice(1).some(({ payload }) => String(payload) !== 'PONG\r\n'),
      );
      expect(raw.text).not.to.include('xxx');
    });

    it('lets no message grow beyond 8 times max_payload', async () => {
      await serve({ compression: true }, { nats: { max_payload: '64KiB' } });
      const socket = new WebSocket(url());
      socket.on('error', () => undefined);
      await once(socket, 'open');
      socket.send(HELLO);
      socket.send(Buffer.alloc(8 * 64 * 1024 + 1, ' '));
      const [code] = await once(socket, 'close');
      expect(code).to.equal(1009);
      await until('it is gone', () => harness.connections.size === 0);
    });

    it('lets a client that has not logged in send 64 KiB of a message at most', async () => {
      await serve({ compression: true }, { authorization: { token: 't', timeout: '1h' } });
      const raw = await dial({ headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } });
      expect(raw.answer).to.include('permessage-deflate');
      raw.send({ payload: Buffer.alloc(70_000), final: false });
      expect(await raw.closeFrame()).to.deep.equal([1009, '']);
      await until('it is gone', () => harness.connections.size === 0);
    });
  });

  it('are told in INFO that they are secure over an HTTPS server', async () => {
    harness = await Harness.start();
    const { certFile, keyFile } = tlsConfig();
    const https = createHttpsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
    attached = await attachTo(harness, {}, https);
    const tls = connectTls({ port: attached.port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(tls, 'secureConnect');
    const raw = await RawWebSocket.over(tls);
    raws.push(raw);
    await raw.hears('"tls_required":true');
    raw.send({ payload: HELLO });
    await raw.hears('PONG');
    expect([...harness.connections][0]).to.have.nested.property('tls.version');
  });

  it('keep a user to kinds of connection', async () => {
    const user = (name: string, type: string) => ({
      user: name,
      password: 'p',
      allowed_connection_types: [type],
    });
    await serve({}, { authorization: { users: [user('ws', 'WEBSOCKET'), user('tcp', 'STANDARD')] } });
    const good = await dial();
    good.send({ payload: 'CONNECT {"user":"ws","pass":"p","verbose":false}\r\nPING\r\n' });
    await good.hears('PONG');
    const bad = await dial();
    bad.send({ payload: 'CONNECT {"user":"tcp","pass":"p"}\r\n' });
    await bad.hears("-ERR 'Authorization Violation'");
    const wrong = await harness.connect('nats', { options: false });
    wrong.send('CONNECT {"user":"ws","pass":"p"}\r\n');
    expect(await wrong.closeReason()).to.equal('AUTHORIZATION_VIOLATION');
  });

  it('serve wsconnect of nats-core', async () => {
    await serve();
    const { wsconnect } = createRequire(import.meta.url)(
      '@nats-io/nats-core',
    ) as typeof import('@nats-io/nats-core');
    // Node has a WebSocket of its own from 22 on.
    const wsFactory = async (url: string) => ({ socket: new WebSocket(url) as never, encrypted: false });
    const connection = await wsconnect({ servers: `ws://127.0.0.1:${attached.port}`, wsFactory });
    const subscription = connection.subscribe('echo', {
      callback: (_, message) => void message.respond(message.data),
    });
    const reply = await connection.request('echo', 'hello');
    expect(reply.string()).to.equal('hello');
    subscription.unsubscribe();
    await connection.close();
  });
});

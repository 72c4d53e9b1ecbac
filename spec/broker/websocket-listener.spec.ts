import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { type Config, configFrom, type SettingsInput } from '../../lib/config.js';
import { FakeClock } from '../support/fake-clock.js';
import { Harness } from '../support/harness.js';
import { AUTHORITY_FILE, tlsConfig } from '../support/tls.js';
import { turns } from '../support/turns.js';
import { eventually, until } from '../support/until.js';
import { RawWebSocket, type RequestSpec, requestOf } from '../support/websocket.js';

const { certFile, keyFile } = tlsConfig();
const TLS = { tls_cert_file: certFile, tls_key_file: keyFile };
const PLAIN = { listener: '127.0.0.1:0', no_tls: true };

describe('broker/websocket-listener', () => {
  let harness: Harness;
  let raws: RawWebSocket[];
  beforeEach(() => {
    raws = [];
  });
  afterEach(async () => {
    for (const { wire } of raws) wire.destroy();
    await harness.stop();
  });

  async function start(settings: SettingsInput): Promise<void> {
    harness = await Harness.start(settings, (config: Config) => config, { clock: new FakeClock() });
  }

  const port = (): number => harness.broker.websocketAddress!.port;

  async function dial(request: RequestSpec = {}): Promise<RawWebSocket> {
    const raw = await RawWebSocket.to(port(), request);
    raws.push(raw);
    return raw;
  }

  async function dialTls(options: object = {}): Promise<RawWebSocket> {
    const ca = readFileSync(AUTHORITY_FILE);
    const tls = connectTls({
      port: port(),
      host: '127.0.0.1',
      ca,
      checkServerIdentity: () => undefined,
      ...options,
    });
    await once(tls, 'secureConnect');
    const raw = await RawWebSocket.over(tls);
    raws.push(raw);
    return raw;
  }

  /** Logs in with these options; the answer to the PING after it, or the error. */
  async function login(raw: RawWebSocket, options: object): Promise<string> {
    raw.send({ payload: `CONNECT ${JSON.stringify({ verbose: false, ...options })}\r\nPING\r\n` });
    await until('it is answered', () => /PONG|-ERR/.test(raw.text));
    return /PONG|-ERR '[^']*'/.exec(raw.text)![0];
  }

  it('serves NATS clients on any path, and says in INFO where', async () => {
    await start({ websocket: PLAIN });
    const raw = await dial({ path: '/some/path' });
    await raw.hears(`"port":${port()}`);
    expect(raw.text).not.to.include('tls_required');
    expect(await login(raw, {})).to.equal('PONG');
  });

  it('serves line clients on the path that is configured', async () => {
    await start({ websocket: { ...PLAIN, line_path: '/line' } });
    const raw = await dial({ path: '/line' });
    raw.send({ op: 1, payload: 'PING\n' });
    await raw.hears('PONG');
    expect([...harness.connections][0]?.dialect).to.equal('line');
  });

  it('over TLS, first of all', async () => {
    await start({ websocket: { listener: '127.0.0.1:0', ...TLS } });
    const raw = await dialTls();
    await raw.hears('"tls_required":true,"tls_available":true');
    expect(await login(raw, {})).to.equal('PONG');
    expect([...harness.connections][0]).to.have.nested.property('tls.isFirst', true);
  });

  it('closes what speaks no TLS where that is asked for', async () => {
    await start({ websocket: { listener: '127.0.0.1:0', ...TLS } });
    const raw = new RawWebSocket(connect({ port: port(), host: '127.0.0.1' }));
    raws.push(raw);
    raw.wire.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await until('it is closed', () => raw.isClosed);
    expect(harness.log[0]).to.deep.include({ msg: 'TLS handshake failed' });
    expect(harness.connections.size).to.equal(0);
  });

  it('takes certificates for logins where its own settings say so, and not where those of [tls] do', async () => {
    await start({
      authorization: { users: [{ user: 'a', password: 'p' }] },
      websocket: { listener: '127.0.0.1:0', ...TLS, tls_ca_file: AUTHORITY_FILE },
      tls: { cert_file: certFile, key_file: keyFile, ca_file: AUTHORITY_FILE, verify_and_map: true },
    });
    expect(await login(await dialTls(), { user: 'a', pass: 'p' })).to.equal('PONG');
  });

  it('answers requests that are no upgrades with 400', async () => {
    await start({ websocket: PLAIN });
    const [response] = await once(get({ port: port(), host: '127.0.0.1' }), 'response');
    expect(response.statusCode).to.equal(400);
    expect(response.headers).to.include({ 'sec-websocket-version': '13' });
    response.resume();
    const rubbish = new RawWebSocket(connect({ port: port(), host: '127.0.0.1' }));
    raws.push(rubbish);
    rubbish.wire.write('CONNECT {}\r\n\r\n');
    await until('it is answered, and closed', () => rubbish.isClosed);
    expect(rubbish.status).to.equal(400);
  });

  it('answers a head of more than 16 KiB with 431, and takes one just under it', async () => {
    await start({ websocket: PLAIN });
    expect((await dial({ headers: { 'X-Long': 'x'.repeat(15 * 1024) } })).status).to.equal(101);
    const large = await dial({ headers: { 'X-Long': 'x'.repeat(17 * 1024) } });
    expect(large.answer).to.match(/^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
    expect(harness.log.at(-1)).to.include({ error: 'the head of the request is too large', count: 1 });
  });

  it('closes a connection whose handshake takes too long, before and within TLS', async () => {
    await start({ websocket: { ...PLAIN, handshake_timeout: '30ms' } });
    const slow = connect({ port: port(), host: '127.0.0.1' });
    slow.on('error', () => undefined);
    slow.write('GET / HTTP/1.1\r\n');
    await once(slow, 'close');
    expect(harness.log[0]).to.deep.include({ msg: 'WebSocket handshake failed', error: 'handshake timeout' });
    await eventually('shake hands within that time', async () => expect((await dial()).status).to.equal(101));
  });

  it('does not close one for the time that its request was not read, as others had their turn', async () => {
    await start({ websocket: { ...PLAIN, handshake_timeout: '30ms' } });
    const { reads } = harness.core.beginnings;
    let looked = 0;
    reads.holds = () => ++looked < 4;
    const slow = connect({ port: port(), host: '127.0.0.1' });
    slow.on('error', () => undefined);
    slow.write('GET / HTTP/1.1\r\n');
    await once(slow, 'close');
    expect(looked).to.equal(4);
  });

  it('reads requests that come at the same instant over some turns', async () => {
    await start({ websocket: PLAIN });
    const sockets = Array.from({ length: 500 }, () => connect({ port: port(), host: '127.0.0.1' }));
    let upgraded = 0;
    for (const socket of sockets) {
      harness.wires.push(socket);
      socket.on('error', () => undefined).once('data', () => upgraded++);
    }
    const { reads } = harness.core.beginnings;
    await until('all are accepted', () => reads.size === sockets.length);
    let counted = 0;
    const count = reads.count.bind(reads);
    reads.count = () => {
      counted++;
      count();
    };
    for (const socket of sockets) socket.write(requestOf());
    let most = 0;
    for (let before = 0; before < sockets.length; before = counted) {
      await turns(1);
      most = Math.max(most, counted - before);
    }
    expect(most).to.be.at.most(256);
    await until('all are upgraded', () => upgraded === sockets.length);
  });

  it('counts handshakes as connections', async () => {
    await start({ websocket: { ...PLAIN, handshake_timeout: '1m' }, limits: { max_connections: 1 } });
    const slow = connect({ port: port(), host: '127.0.0.1' });
    await once(slow, 'connect');
    const second = await dial();
    await second.hears("-ERR 'maximum connections exceeded'");
    slow.destroy();
    for (let isIn = false; !isIn; ) {
      const next = await dial();
      await until('it is let in or refused', () => /INFO|-ERR/.test(next.text));
      isIn = next.text.includes('INFO');
    }
  });

  it('leaves no handshake behind when the broker closes', async () => {
    await start({ websocket: { ...PLAIN, handshake_timeout: '1m' } });
    const slow = connect({ port: port(), host: '127.0.0.1' });
    slow.on('error', () => undefined);
    await once(slow, 'connect');
    const closed = once(slow, 'close');
    await harness.broker.close();
    await closed;
  });

  it('has logins of its own where they are given', async () => {
    await start({ authorization: { token: 'general' }, websocket: { ...PLAIN, token: 'web' } });
    expect(await login(await dial(), { auth_token: 'web' })).to.equal('PONG');
    expect(await login(await dial(), { auth_token: 'general' })).to.equal("-ERR 'Authorization Violation'");
    const tcp = await harness.connect('nats', { options: { auth_token: 'general' } });
    expect(tcp.connection.reason).to.equal(undefined);
  });

  it('asks for logins where only it has some', async () => {
    await start({ websocket: { ...PLAIN, user: 'u', password: 'p' } });
    const raw = await dial();
    await raw.hears('"auth_required":true');
    expect(await login(raw, { user: 'u', pass: 'p' })).to.equal('PONG');
    expect(await login(await dial(), {})).to.equal("-ERR 'Authorization Violation'");
  });

  it('has a user of its own for clients that send no credentials', async () => {
    const users = ['a', 'b'].map((user) => ({ user, password: 'p' }));
    await start({ authorization: { users }, websocket: { ...PLAIN, no_auth_user: 'b' } });
    expect(await login(await dial(), {})).to.equal('PONG');
    expect([...harness.connections][0]?.client.rights.user).to.equal('b');
  });

  it('takes credentials from cookies, where CONNECT has none', async () => {
    await start({
      authorization: { users: [{ user: 'joe', password: 'secret' }] },
      websocket: { ...PLAIN, user_cookie: 'u', pass_cookie: 'p' },
    });
    const headers = { Cookie: 'u=joe; p=secret' };
    expect(await login(await dial({ headers }), {})).to.equal('PONG');
    expect(await login(await dial({ headers }), { pass: 'wrong' })).to.equal(
      "-ERR 'Authorization Violation'",
    );
    expect(await login(await dial(), {})).to.equal("-ERR 'Authorization Violation'");
    expect(JSON.stringify(harness.log)).not.to.include('secret');
  });

  it('closes those that send no credentials in its own time', async () => {
    await start({
      authorization: { token: 't', timeout: '1h' },
      websocket: { ...PLAIN, auth_timeout: '20ms' },
    });
    expect(await (await dial()).closeFrame()).to.deep.equal([1008, 'Authentication Timeout']);
  });

  it('answers upgrades with the headers that are configured', async () => {
    await start({ websocket: { ...PLAIN, headers: { 'X-Frame-Options': 'DENY' } } });
    expect((await dial()).answer).to.include('\r\nX-Frame-Options: DENY');
  });

  it('goes by what a reload has changed', async () => {
    await start({ websocket: PLAIN });
    const Origin = 'https://page.test';
    expect((await dial({ headers: { Origin } })).status).to.equal(403);
    const settings = (websocket: SettingsInput['websocket']) =>
      configFrom({
        listener: '127.0.0.1:0',
        line: { listener: '127.0.0.1:0' },
        websocket: { ...PLAIN, ...websocket },
      });
    const changes = await harness.broker.reload(settings({ allowed_origins: [Origin], token: 'new' }));
    expect(changes).to.include('websocket');
    const raw = await dial({ headers: { Origin } });
    expect(await login(raw, { auth_token: 'new' })).to.equal('PONG');
    let refused: unknown;
    await harness.broker.reload(settings({ listener: '127.0.0.1:1' })).catch((error: unknown) => {
      refused = error;
    });
    expect(String(refused)).to.include('websocket.listener: cannot be changed by a reload');
  });

  it('is seen in the monitor', async () => {
    await start({
      websocket: { ...PLAIN, no_tls: true, compression: true },
      monitor: { listener: '127.0.0.1:0' },
    });
    expect(await login(await dial(), {})).to.equal('PONG');
    const { port: http } = harness.broker.monitorAddress!;
    const fetched = async (path: string) =>
      (await fetch(`http://127.0.0.1:${http}${path}`)).json() as Promise<Record<string, never>>;
    const { websocket } = await fetched('/varz');
    expect(websocket).to.deep.include({ host: '127.0.0.1', port: port(), no_tls: true, compression: true });
    const { connections } = await fetched('/connz');
    expect(connections?.[0]).to.deep.include({ kind: 'Client', type: 'websocket' });
  });
});

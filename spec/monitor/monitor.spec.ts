import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { pino } from 'pino';
import { SluiceError } from '../../lib/domain/errors.js';
import { startMonitor } from '../../lib/monitor/monitor.js';
import type { ConnectionSnapshot } from '../../lib/monitor/snapshot.js';
import { connection, FakeBroker } from '../support/monitor/fake.js';
import { type Fixture, fixture } from '../support/monitor/fixture.js';
import { soon, until } from '../support/until.js';

const PATHS = [
  ...['/', '/varz', '/connz', '/subsz', '/subscriptionsz', '/healthz', '/accountz', '/accstatz'],
  ...['/routez', '/leafz', '/gatewayz', '/jsz', '/metrics'],
];

/** Connections of about 1.5 KB of JSON each, and who is told as each is written. */
function counting(length: number, written: () => number): ConnectionSnapshot[] {
  return Array.from({ length }, (_, i) =>
    Object.defineProperty(connection(i + 1, { name: 'n'.repeat(1_000) }), 'inMessages', { get: written }),
  );
}

describe('the monitor', () => {
  let monitored: Fixture;
  beforeEach(async () => {
    monitored = await fixture();
  });
  afterEach(() => monitored.monitor.close());

  it('asks the broker for nothing before it is asked itself, and then for what it needs', async () => {
    expect(monitored.broker.asked).to.deep.equal([]);
    await monitored.ask('/varz');
    expect(monitored.broker.asked).to.deep.equal(['server']);
    await monitored.ask('/connz?subs=q');
    expect(monitored.broker.asked).to.deep.equal(['server']);
    await monitored.ask('/connz');
    expect(monitored.broker.asked).to.deep.equal(['server', 'server', 'connections']);
  });

  it('lists every path but the alias on its index page', async () => {
    const { status, headers, body } = await monitored.ask('/');
    expect(status).to.equal(200);
    expect(headers['content-type']).to.equal('text/html; charset=utf-8');
    const links = [...body.matchAll(/href="\.(\/\w+)"/g)].map(([, path]) => path);
    const listed = PATHS.filter((path) => path !== '/' && path !== '/subscriptionsz');
    expect(links).to.have.members(listed);
    expect(body).to.include('9.8.7');
  });

  for (const path of PATHS) {
    it(`answers HEAD ${path} as GET, without the body`, async () => {
      const got = await monitored.ask(path);
      const head = await monitored.ask(path, 'HEAD');
      expect([got.status, head.status]).to.deep.equal([200, 200]);
      expect(head.body).to.equal('');
      expect(head.headers['content-type']).to.equal(got.headers['content-type']);
      expect(Number(head.headers['content-length'])).to.be.greaterThan(0);
    });
  }

  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    it(`refuses ${method}`, async () => {
      const { status, headers } = await monitored.ask('/varz', method);
      expect(status).to.equal(405);
      expect(headers.allow).to.equal('GET, HEAD');
      expect(monitored.broker.asked).to.deep.equal([]);
    });
  }

  it('sends JSON indented by two, with markup escaped', async () => {
    const { headers, body } = await monitored.ask('/connz?subs=1');
    expect(headers['content-type']).to.equal('application/json');
    expect(headers).to.not.have.property('access-control-allow-origin');
    expect(body).to.include('"a.\\u003e"');
    const plain = JSON.stringify(JSON.parse(body), undefined, 2);
    expect(body.replaceAll('\\u003e', '>')).to.equal(plain);
  });

  it('wraps JSON into no callback, as any page could load it as a script', async () => {
    const { status, headers, body } = await monitored.ask('/varz?callback=f');
    expect([status, body]).to.deep.equal([403, 'callback is not allowed: see monitor.allowed_origins\n']);
    expect(headers['x-content-type-options']).to.equal('nosniff');
  });

  it('refuses other hosts and other sites before it asks the broker anything', async () => {
    const refused = await Promise.all([
      monitored.ask('/varz', 'GET', { host: 'evil.example' }),
      monitored.ask('/nope', 'GET', { host: 'evil.example:8222' }),
      monitored.ask('/varz', 'GET', { origin: 'https://evil.example' }),
      monitored.ask('/varz', 'GET', { 'sec-fetch-site': 'cross-site' }),
    ]);
    expect(refused.map(({ status }) => status)).to.deep.equal([403, 403, 403, 403]);
    expect(monitored.broker.asked).to.deep.equal([]);
    expect((await monitored.json('/varz')).http_req_stats).to.deep.equal({ '/varz': 1 });
  });

  it('answers 500 when the broker fails, says so in the log, and goes on', async () => {
    monitored.broker.server = () => {
      throw new TypeError('out of order');
    };
    const replies = [await monitored.ask('/varz'), await monitored.ask('/routez')];
    expect(replies.map(({ status }) => status)).to.deep.equal([500, 500]);
    expect(replies[0]!.body).to.equal('internal error\n');
    expect(monitored.lines.map(({ msg }) => msg)).to.deep.equal(['monitoring request failed']);
    expect((await monitored.ask('/nope')).status).to.equal(404);
  });

  it('breaks a long answer off when the broker fails within it', async () => {
    const broken = connection(5_000);
    Object.defineProperty(broken, 'inMessages', {
      get: () => {
        throw new TypeError('out of order');
      },
    });
    monitored.broker.open = [...Array.from({ length: 500 }, (_, i) => connection(i + 1)), broken];
    const failure = await monitored.ask('/connz').then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error.code,
    );
    expect(failure).to.equal('ECONNRESET');
    expect(monitored.lines).to.have.length(1);
  });

  it('sends a long answer whole, in turns with others', async () => {
    monitored.broker.open = Array.from({ length: 3_000 }, (_, i) => connection(i + 1));
    const long = monitored.ask('/connz?limit=3000');
    const short = monitored.ask('/healthz');
    expect((await short).body).to.equal('{"status":"ok"}');
    const { headers, body } = await long;
    expect(headers['transfer-encoding']).to.equal('chunked');
    const { connections } = JSON.parse(body) as { connections: { cid: number }[] };
    expect(connections.map(({ cid }) => cid)).to.deep.equal(Array.from({ length: 3_000 }, (_, i) => i + 1));
  });

  it('does not write a long answer that only its head is wanted of', async () => {
    let written = 0;
    monitored.broker.open = counting(3_000, () => written++);
    const { status, body } = await monitored.ask('/connz?limit=3000', 'HEAD');
    expect([status, body]).to.deep.equal([200, '']);
    expect(written).to.be.within(1, 1_000);
  });

  it('survives a client that leaves before it is answered', async () => {
    let looked = 0;
    const row = connection(1);
    function* many() {
      for (; looked < 400_000; looked++) yield row;
    }
    monitored.broker.open = many();
    const socket = connect(monitored.monitor.address.port, '127.0.0.1');
    socket.write('GET /connz?cid=2 HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until('it looks', () => looked > 0);
    socket.destroy();
    await until('it has looked at all', () => looked === 400_000);
    expect((await monitored.ask('/healthz')).status).to.equal(200);
    expect(monitored.lines).to.deep.equal([]);
  });

  it('writes no further for a client that takes nothing, and forgets it once it has left', async () => {
    let written = 0;
    const total = 40_000;
    monitored.broker.open = counting(total, () => written++);
    const socket = connect(monitored.monitor.address.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.pause();
    socket.write(`GET /connz?limit=${total} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await until('rows are written', () => written > 0);
    let before = written;
    let looksAlike = 0;
    await until('it has stopped writing', () => {
      looksAlike = written === before ? looksAlike + 1 : 0;
      before = written;
      return looksAlike > 100;
    });
    expect(written).to.be.lessThan(total);
    socket.destroy();
    expect((await monitored.ask('/healthz')).status).to.equal(200);
    expect(monitored.lines).to.deep.equal([]);
  });

  it('counts requests by path, with the alias under its name', async () => {
    for (const target of ['/connz?x=1', '/connz?limit=q', '/subsz', '/subscriptionsz', '/nope', '/', '/varz'])
      await monitored.ask(target);
    await monitored.ask('/varz', 'POST');
    const { http_req_stats: stats } = await monitored.json('/varz');
    expect(stats).to.deep.equal({ '/': 1, '/connz': 2, '/subsz': 2, '/varz': 2 });
  });

  it('names monitor.listener when the address is taken', async () => {
    const failure = await startMonitor(
      monitored.monitor.address,
      new FakeBroker(),
      pino({ level: 'silent' }),
    ).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(SluiceError);
    expect((failure as SluiceError).code).to.equal('ADDRESS_IN_USE');
    const { port } = monitored.monitor.address;
    expect((failure as SluiceError).message).to.equal(
      `monitor.listener 127.0.0.1:${port}: address already in use`,
    );
  });

  it('names monitor.listener when one cannot listen there', async () => {
    const failure = await startMonitor(
      { host: '203.0.113.1', port: 0 },
      new FakeBroker(),
      pino({ level: 'silent' }),
    ).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect((failure as SluiceError).code).to.equal('ADDRESS_UNUSABLE');
    expect((failure as SluiceError).message).to.match(
      /^monitor\.listener 203\.0\.113\.1:-1: cannot listen there: /,
    );
  });

  it('refuses connections while a hundred are open', async () => {
    const { port } = monitored.monitor.address;
    let closed = 0;
    const sockets = Array.from({ length: 101 }, () => {
      const socket = connect(port, '127.0.0.1').resume();
      socket.on('error', () => {});
      socket.on('close', () => closed++);
      return socket;
    });
    await until('one is turned away', () => closed > 0);
    expect(closed).to.equal(1);
    for (const socket of sockets) socket.destroy();
  });

  it('refuses a head of more than 16 KiB, and takes one just under it', async () => {
    const { port } = monitored.monitor.address;
    for (const { bytes, status } of [
      { bytes: 16 * 1024 - 200, status: 200 },
      { bytes: 16 * 1024 + 1, status: 431 },
    ]) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {}); // what is left unread of a refused request resets the connection
      const head = `GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: ${'x'.repeat(bytes)}`;
      socket.write(`${head}\r\n\r\n`);
      let answer = '';
      socket.setEncoding('latin1').on('data', (text: string) => {
        answer += text;
      });
      await until('it has answered', () => answer.includes('\r\n\r\n'));
      expect(answer.slice(0, 12)).to.equal(`HTTP/1.1 ${status}`);
      socket.destroy();
    }
  });

  it('closes at once, with idle, half-written and half-answered connections', async () => {
    const { port } = monitored.monitor.address;
    let written = 0;
    monitored.broker.open = counting(20_000, () => written++);
    const sockets = ['', 'GET /varz HTT', 'GET /varz HTTP/1.1\r\nHost: localhost\r\n\r\n'].map((text) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(text);
      return socket;
    });
    const [, , kept] = sockets;
    await once(kept!, 'data');
    const slow = connect(port, '127.0.0.1').pause();
    slow.write('GET /connz?limit=20000 HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until('rows are written', () => written > 0);
    const gone = Promise.all(sockets.map((socket) => once(socket.resume(), 'close')));
    await soon('the monitor to close', Promise.all([monitored.monitor.close(), monitored.monitor.close()]));
    await soon('its sockets to close', gone);
    slow.destroy();
    const failure = await monitored.ask('/varz').catch((error: NodeJS.ErrnoException) => error.code);
    expect(failure).to.equal('ECONNREFUSED');
    expect(monitored.lines).to.deep.equal([]);
  });
});

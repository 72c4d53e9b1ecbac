import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { MAX_HTTP_ANSWERS, MAX_HTTP_WAITING } from '../../lib/domain/limits.js';
import type { ConnectionSnapshot } from '../../lib/monitor/snapshot.js';
import { connection } from '../support/monitor/fake.js';
import { type Fixture, fixture } from '../support/monitor/fixture.js';
import { until } from '../support/until.js';

function get(path: string, ...lines: readonly string[]): string {
  return [`GET ${path} HTTP/1.1`, 'Host: localhost', ...lines, '', ''].join('\r\n');
}

/** A connection to the monitor, and what came back. */
class Peer {
  text = '';
  readonly statuses: string[] = [];
  hasEnded = false;
  readonly socket: Socket;

  constructor({ monitor }: Fixture) {
    this.socket = connect({
      port: monitor.address.port,
      host: '127.0.0.1',
      allowHalfOpen: true,
      noDelay: true,
    });
    let line = '';
    this.socket.setEncoding('latin1').on('data', (text: string) => {
      this.text += text;
      const lines = (line + text).split('\r\n');
      line = lines.pop()!.slice(-1_000);
      for (const each of lines) {
        const status = /^HTTP\/1\.1 (\d+)|}HTTP\/1\.1 (\d+)/.exec(each);
        if (status !== null) this.statuses.push((status[1] ?? status[2])!);
      }
    });
    this.socket.on('error', () => {});
    this.socket.on('end', () => {
      this.hasEnded = true;
    });
  }

  /** What the group of a pattern stands for, each time it occurs. */
  all(pattern: RegExp): readonly string[] {
    return [...this.text.matchAll(pattern)].map(([, value = '']) => value);
  }
}

describe('requests on one HTTP connection', () => {
  let monitored: Fixture;
  const peers: Peer[] = [];
  beforeEach(async () => {
    monitored = await fixture();
  });
  afterEach(async () => {
    for (const { socket } of peers.splice(0)) socket.destroy();
    await monitored.monitor.close();
  });

  function open(): Peer {
    const peer = new Peer(monitored);
    peers.push(peer);
    return peer;
  }

  /** As many connections as fill what the kernel buffers for a peer that does not read, and how many were described. */
  function endless(): { described: number } {
    const seen = { described: 0 };
    const get = () => seen.described++;
    monitored.broker.open = Array.from({ length: 20_000 }, (_, i) =>
      Object.defineProperty(connection(i + 1, { name: 'n'.repeat(1_000) }), 'inMessages', { get }),
    );
    return seen;
  }

  it('are answered in the order they came, one at a time', async () => {
    let most = 0;
    let now = 0;
    monitored.broker.connections = function* (): Generator<ConnectionSnapshot> {
      most = Math.max(most, ++now);
      for (let i = 1; i <= 2_000; i++) yield connection(i);
      now--;
    };
    const peer = open();
    const targets = Array.from({ length: 30 }, (_, i) => `/connz?limit=1&offset=${i}`);
    peer.socket.write(targets.map((target) => get(target)).join(''));
    await until('all are answered', () => peer.statuses.length === targets.length);
    await until('the last is whole', () => peer.all(/"cid": (\d+)/g).length === targets.length);
    expect(peer.all(/"offset": (\d+)/g)).to.deep.equal(targets.map((_, i) => String(i)));
    expect(peer.all(/"cid": (\d+)/g)).to.deep.equal(targets.map((_, i) => String(i + 1)));
    expect(most).to.equal(1);
  });

  it('wait until the one before has been taken', async () => {
    const seen = endless();
    const peer = open();
    peer.socket.pause();
    peer.socket.write(get('/connz?limit=20000') + get('/varz').repeat(500));
    await until('the first is being answered', () => seen.described > 0);
    const other = open();
    other.socket.write(get('/leafz').repeat(50));
    await until('another connection is answered', () => other.statuses.length === 50);
    expect(monitored.broker.asked.filter((what) => what === 'server')).to.have.length(51);
    peer.socket.resume();
    await until('all are answered', () => peer.statuses.length === 501);
  });

  for (const [what, parts] of [
    ['whole', [get('/healthz') + get('/leafz')]],
    ['cut anywhere', [...(get('/healthz') + get('/leafz'))]],
    [
      'cut within the empty line',
      [get('/healthz').slice(0, -1), `\n${get('/leafz').slice(0, -3)}`, '\n\r\n'],
    ],
    ['after empty lines', [`\r\n\r\n${get('/healthz')}\r\n${get('/leafz')}`]],
  ] as const) {
    it(`are understood ${what}`, async () => {
      const peer = open();
      for (const part of parts) await new Promise((resolve) => peer.socket.write(part, resolve));
      await until('both are answered', () => peer.text.includes('"leafs"'));
      expect(peer.statuses).to.deep.equal(['200', '200']);
    });
  }

  it('are answered though their sender has said its last word', async () => {
    const peer = open();
    peer.socket.end(get('/healthz') + get('/connz'));
    await until('it has ended', () => peer.hasEnded);
    expect(peer.statuses).to.deep.equal(['200', '200']);
    expect(peer.text).to.include('"num_connections": 2');
  });

  for (const [what, head] of [
    ['POST', ['POST /varz HTTP/1.1', 'Host: localhost', 'Content-Length: 40']],
    ['GET', ['GET /varz HTTP/1.1', 'Host: localhost', 'Content-Length: 40']],
    ['GET', ['GET /varz HTTP/1.1', 'Host: localhost', 'Transfer-Encoding: chunked']],
  ] as const) {
    it(`end with one that has a body: ${what}, ${head[2]}`, async () => {
      const peer = open();
      peer.socket.write(`${head.join('\r\n')}\r\n\r\n${get('/leafz')}`);
      await until('it has ended', () => peer.hasEnded);
      expect(peer.statuses).to.deep.equal([what === 'POST' ? '405' : '200']);
      expect(peer.text).to.match(/^connection: close\r$/im);
    });
  }

  it('go on after one that expects what is not there', async () => {
    const peer = open();
    peer.socket.write(get('/healthz', 'Expect: miracles') + get('/leafz'));
    await until('both are answered', () => peer.text.includes('"leafs"'));
    expect(peer.statuses).to.deep.equal(['200', '200']);
  });

  it('are refused where too many long answers are being made', async () => {
    const seen = endless();
    const slow = Array.from({ length: MAX_HTTP_ANSWERS }, () => open());
    for (const { socket } of slow) {
      socket.pause();
      socket.write(get('/connz?limit=20000'));
    }
    await until('all slots are taken', () => seen.described > 0 && monitored.broker.asked.length >= 2);
    const waiting = Array.from({ length: MAX_HTTP_WAITING }, () => open());
    for (const { socket } of waiting) socket.write(get('/connz?limit=1'));
    const late = open();
    late.socket.write(get('/healthz'));
    await until('what is short is answered', () => late.statuses.length === 1);
    late.socket.write(get('/connz?limit=1'));
    await until('a further one is answered', () => late.statuses.length === 2);
    expect(late.statuses).to.deep.equal(['200', '503']);
    expect(late.text).to.match(/^retry-after: 1\r$/im);
    for (const { socket } of slow) socket.destroy();
    await until('those that waited are answered', () =>
      waiting.every(({ statuses }) => statuses.length === 1),
    );
    expect(new Set(waiting.flatMap(({ statuses }) => statuses))).to.deep.equal(new Set(['200']));
  });
});

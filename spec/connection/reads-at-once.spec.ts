/** Thousands of connections that have not logged in and become readable together: they are read over some turns. */
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { Harness } from '../support/harness.js';
import { AUTHORITY, startTls } from '../support/tls.js';
import { mostInATurn } from '../support/turns.js';
import { until } from '../support/until.js';

const MANY = 500;
/** Most of them that are read between two looks; those of two turns at most. */
const MOST = 256;
const CONNECT = 'CONNECT {"verbose":false,"user":"a","pass":"right"}\r\nPING\r\n';

/** The client's end of TLS over a socket, of which the second flight is kept until `release`. */
class PatientClient {
  text = '';
  isReady = false;
  private readonly socket: Socket;
  private readonly kept: Uint8Array[] = [];
  private flights = 0;

  constructor(socket: Socket, version: 'TLSv1.2' | 'TLSv1.3') {
    this.socket = socket;
    const below = new Duplex({
      read: () => void socket.resume(),
      write: (chunk: Buffer, _encoding, done) => {
        if (++this.flights === 1) socket.write(chunk);
        else this.keep(chunk);
        done();
      },
    });
    socket.on('data', (chunk) => void below.push(chunk));
    const stream = connectTls({
      socket: below as never,
      ca: AUTHORITY.cert,
      checkServerIdentity: () => undefined,
      minVersion: version,
      maxVersion: version,
    });
    stream.on('error', () => undefined);
    stream.on('data', (chunk) => {
      this.text += String(chunk);
    });
    stream.on('secureConnect', () => stream.write(CONNECT));
  }

  release(): void {
    for (const chunk of this.kept) this.socket.write(chunk);
    this.keep = (chunk) => void this.socket.write(chunk);
  }

  private keep(chunk: Buffer): void {
    this.kept.push(chunk);
    this.isReady = true;
  }
}

describe('many connections that become readable at the same instant', () => {
  let harness: Harness;
  let sockets: Socket[];
  afterEach(() => harness.stop());

  /** Connects all, and waits until each has been greeted. */
  async function open(port: number): Promise<void> {
    sockets = [];
    let greeted = 0;
    for (let n = 0; n < MANY; n++) {
      const socket = connect(port, '127.0.0.1');
      harness.wires.push(socket);
      sockets.push(socket);
      socket.on('error', () => undefined).once('data', () => greeted++);
      if (n % 50 === 49) await until('they are greeted', () => greeted > n);
    }
  }

  const wasRead = (): number =>
    [...harness.connections].filter(({ stream }) => (stream as Socket).bytesRead > 0).length;
  const secured = (): number => [...harness.connections].filter(({ tls }) => tls !== undefined).length;

  for (const [what, first] of [
    ['log in', CONNECT],
    ['send half of a line', 'CONNECT {"verb'],
  ] as const)
    it(`and ${what} are read over some turns`, async () => {
      harness = await Harness.start({ authorization: { user: 'a', password: 'right', timeout: '60s' } });
      await open(harness.broker.natsAddress!.port);
      for (const socket of sockets) socket.write(first);
      expect(await mostInATurn(MANY, wasRead)).to.be.at.most(MOST);
      if (first === CONNECT)
        await until('all are in, and none is limited', () => harness.core.beginnings.reads.size === 0);
    });

  it('and need no login are read over some turns, and are limited no more once they were', async () => {
    harness = await Harness.start();
    await open(harness.broker.natsAddress!.port);
    for (const socket of sockets) socket.write(CONNECT);
    expect(await mostInATurn(MANY, wasRead)).to.be.at.most(MOST);
    await until('none is limited', () => harness.core.beginnings.reads.size === 0);
  });

  it('and begin TLS with part of a ClientHello are read over some turns', async () => {
    harness = await startTls({ timeoutMs: 60_000 });
    await open(harness.broker.natsAddress!.port);
    for (const socket of sockets) socket.write(Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1]));
    expect(await mostInATurn(MANY, wasRead)).to.be.at.most(MOST);
  });

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
    it(`and finish handshakes of ${version} are read over some turns, and all are in afterwards`, async () => {
      harness = await startTls({ timeoutMs: 60_000 });
      await open(harness.broker.natsAddress!.port);
      const clients = sockets.map((socket) => new PatientClient(socket, version));
      await until('all are at their second flight', () => clients.every(({ isReady }) => isReady));
      for (const client of clients) client.release();
      expect(await mostInATurn(MANY, secured)).to.be.at.most(MOST);
      await until('all are in', () => clients.every(({ text }) => text.includes('PONG')));
    });
});

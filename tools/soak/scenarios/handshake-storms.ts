/** 10i to 10l, and 10p: thousands of connections do the same step of a handshake at the same instant, beside a healthy pair. */
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { RunningBroker } from '../broker.js';
import { Inspector } from '../inspector.js';
import { optionalTls } from '../load/toml.js';
import { whole } from '../table.js';
import { DelayProbe } from './delay-probe.js';
import { type Context, eventually, Outcome, type Scenario, seconds, withBroker } from './scenario.js';

/** Longest that a message of the pair, and a turn of the broker's event loop, may take, in milliseconds. */
const MOST_MS = 100;
const PATIENCE_MS = 60_000;
/** Connections that are being made at a time. */
const AT_ONCE = 50;
const LOGIN = 'CONNECT {"verbose":false,"pedantic":false}\r\nPING\r\n';
const UPGRADE =
  'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
/** What such a request ends with. */
const OFFER = 'Sec-WebSocket-Extensions: permessage-deflate\r\n';
const END = '\r\n';

/** One connection of a storm. */
interface Contender {
  /** Whether it has come to where the storm begins. */
  readonly isReady: boolean;
  /** Whether it has come through. */
  readonly isDone: boolean;
  /** Takes the step. */
  act(): void;
}

/** Sends some bytes, and is done with the first answer. */
class Sender implements Contender {
  readonly isReady = true;
  isDone = false;
  private readonly socket: Socket;
  private readonly bytes: string | Buffer;

  constructor(socket: Socket, bytes: string | Buffer) {
    this.socket = socket;
    this.bytes = bytes;
    socket.once('data', () => {
      this.isDone = true;
    });
  }

  act(): void {
    this.socket.write(this.bytes);
  }
}

/** Logs in over TLS; keeps what it would send, but for the first so many flights, until it acts. */
class TlsLogin implements Contender {
  isReady: boolean;
  isDone = false;
  private readonly socket: Socket;
  private readonly kept: Buffer[] = [];
  private flightsFree: number;

  constructor(socket: Socket, flightsFree: number) {
    this.socket = socket;
    this.flightsFree = flightsFree;
    this.isReady = flightsFree === 0;
    if (!this.isReady) this.begin();
  }

  act(): void {
    this.flightsFree = Number.POSITIVE_INFINITY;
    for (const chunk of this.kept) this.socket.write(chunk);
    if (this.kept.length === 0) this.begin();
  }

  private begin(): void {
    const { socket } = this;
    const below = new Duplex({
      read: () => void socket.resume(),
      write: (chunk: Buffer, _encoding, done) => {
        if (this.flightsFree-- > 0) socket.write(chunk);
        else this.keep(chunk);
        done();
      },
    });
    socket.on('data', (chunk) => void below.push(chunk));
    const stream = connectTls({ socket: below as Socket, rejectUnauthorized: false });
    let text = '';
    stream.on('error', () => undefined);
    stream.on('data', (chunk) => {
      text = (text + String(chunk)).slice(-16);
      if (text.includes('PONG')) this.isDone = true;
    });
    stream.on('secureConnect', () => stream.write(LOGIN));
  }

  private keep(chunk: Buffer): void {
    this.kept.push(chunk);
    this.isReady = true;
  }
}

/** What a TLS client begins with. */
function clientHello(): Promise<Buffer> {
  return new Promise((resolve) => {
    const below = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        resolve(chunk);
        done();
      },
    });
    connectTls({ socket: below as Socket, rejectUnauthorized: false }).on('error', () => undefined);
  });
}

interface Storm {
  readonly id: string;
  readonly name: string;
  readonly connections: number;
  /** Over which port it comes. Default: that of NATS clients, which greets. */
  readonly websocket?: true;
  contender(socket: Socket, hello: Buffer): Contender;
}

const STORMS: readonly Storm[] = [
  {
    id: '10i',
    name: '1,500 TLS ClientHellos at the same instant',
    connections: 1_500,
    contender: (socket, hello) => new Sender(socket, hello),
  },
  {
    id: '10j',
    name: '1,000 whole TLS logins at the same instant',
    connections: 1_000,
    contender: (socket) => new TlsLogin(socket, 0),
  },
  {
    id: '10k',
    name: '1,000 TLS handshakes that end, with the logins, at the same instant',
    connections: 1_000,
    contender: (socket) => new TlsLogin(socket, 1),
  },
  {
    id: '10l',
    name: '1,500 WebSocket upgrade requests at the same instant',
    connections: 1_500,
    websocket: true,
    contender: (socket) => new Sender(socket, UPGRADE + END),
  },
  {
    id: '10p',
    name: '2,000 WebSocket upgrade requests with compression whose last bytes come at the same instant',
    connections: 2_000,
    websocket: true,
    contender: (socket) => {
      socket.write(UPGRADE + OFFER);
      return new Sender(socket, END);
    },
  },
];

/** Connects; a listener that greets has done so. */
function open(port: number, isGreeted: boolean): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true).on('error', reject);
    if (isGreeted) socket.once('data', () => resolve(socket));
    else socket.once('connect', () => resolve(socket));
  });
}

async function contenders(broker: RunningBroker, storm: Storm): Promise<readonly Contender[]> {
  const { connections, websocket, contender } = storm;
  const port = websocket === undefined ? broker.port : broker.websocketPort;
  const hello = await clientHello();
  const all: Contender[] = [];
  while (all.length < connections) {
    const opened = Array.from({ length: AT_ONCE }, () => open(port, websocket === undefined));
    for (const socket of await Promise.all(opened)) all.push(contender(socket, hello));
    await eventually(PATIENCE_MS, () => all.every(({ isReady }) => isReady));
  }
  return all;
}

function scenarioOf(storm: Storm): Scenario {
  const run = async (context: Context): Promise<Outcome> => {
    const tls = optionalTls();
    if (tls === undefined) return Outcome.skip('no openssl here');
    const inspector = new Inspector();
    const toml = `${tls}timeout = "60s"\n[log]\nlevel = "error"\n[limits]\naccept_rate = 0\n`;
    return withBroker(context, { toml, env: inspector.env, websocket: true }, async (broker) => {
      const outcome = new Outcome();
      const probe = await DelayProbe.start(broker);
      const all = await contenders(broker, storm);
      await inspector.look(); // which costs a collection
      await sleep(1_000);
      await inspector.look();
      await sleep(500);
      await probe.look();
      const from = performance.now();
      for (const each of all) each.act();
      const areDone = await eventually(PATIENCE_MS, () => all.every(({ isDone }) => isDone));
      const tookMs = performance.now() - from;
      const { worstMs } = await probe.look();
      const { loopDelayMs } = await inspector.look();
      const done = all.filter(({ isDone }) => isDone).length;
      outcome.check('connections that came through', whole(done), areDone);
      outcome.note('… in', seconds(tookMs));
      outcome.check('worst delay of the pair, ms', whole(worstMs), worstMs <= MOST_MS);
      outcome.check('… of the event loop, ms', whole(loopDelayMs), loopDelayMs <= MOST_MS);
      const { sent, received } = await probe.stop();
      outcome.check('messages of the pair that were lost', sent - received, sent === received);
      return outcome;
    });
  };
  return { id: storm.id, name: storm.name, run };
}

export const handshakeStorms: readonly Scenario[] = STORMS.map(scenarioOf);

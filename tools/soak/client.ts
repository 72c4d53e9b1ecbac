/** One connection of the load, in any of the tongues, that can also behave badly. */
import { once } from 'node:events';
import { connect as connectSocket, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { createWebSocketStream, WebSocket } from 'ws';
import { type ClientProtocol, type OnMessage, readerOf } from './frames.js';

const HOST = '127.0.0.1';
/** Time for anything that the broker must answer at once, in milliseconds; generous, as publishers are held. */
const PATIENCE_MS = 60_000;

export interface ClientOptions {
  readonly protocol?: ClientProtocol;
  readonly tls?: boolean;
  /** Over a WebSocket, compressed or not. */
  readonly websocket?: { readonly compression: boolean };
  readonly user?: string;
  readonly onMessage?: OnMessage;
  /** Time in which it must be let in, in milliseconds. */
  readonly patienceMs?: number;
}

/** How a connection ended. */
export type Ending = 'fin' | 'reset' | 'ours';

export class Client {
  readonly protocol: ClientProtocol;
  /** Set at any time: who gets its messages. */
  onMessage: OnMessage;
  /** Sees every line that answers nothing. */
  onLine: (line: string) => void = () => {};
  /** What the broker complained of. */
  readonly errors: string[] = [];
  /** Publishes confirmed, where the tongue confirms each. */
  confirmed = 0;
  ending: Ending | undefined;
  readonly closed: Promise<Ending>;
  private socket: Duplex;
  /** Under TLS and within a WebSocket what that runs over. */
  private transport: Duplex;
  private readonly opened: () => Promise<unknown>;
  private readonly awaited: { readonly start: string; readonly done: () => void }[] = [];
  private tally: (ending: Ending) => void = () => {};

  private constructor(socket: Duplex, opened: () => Promise<unknown>, options: ClientOptions) {
    this.protocol = options.protocol ?? 'nats';
    this.onMessage = options.onMessage ?? (() => {});
    this.socket = socket;
    this.opened = opened;
    this.transport = socket;
    this.closed = new Promise((resolve) => {
      this.tally = resolve;
    });
    this.watch(socket);
  }

  /** Connects and is let in. Rejects where it is not. */
  static async open(port: number, options: ClientOptions = {}): Promise<Client> {
    const client =
      options.websocket === undefined ? Client.overTcp(port, options) : Client.overWebSocket(port, options);
    try {
      await within(options.patienceMs ?? PATIENCE_MS, 'a connection', client.connect(options));
    } catch (error) {
      client.destroy();
      throw error;
    }
    return client;
  }

  private static overTcp(port: number, options: ClientOptions): Client {
    const socket = connectSocket({ host: HOST, port, noDelay: true });
    return new Client(socket, () => once(socket, 'connect'), options);
  }

  private static overWebSocket(port: number, options: ClientOptions): Client {
    const perMessageDeflate = options.websocket?.compression === true;
    const webSocket = new WebSocket(`ws://${HOST}:${port}/`, { perMessageDeflate });
    const client = new Client(createWebSocketStream(webSocket), () => once(webSocket, 'open'), options);
    webSocket.once('upgrade', ({ socket }) => {
      client.transport = socket;
    });
    return client;
  }

  /** Bytes that have come over TCP. */
  get receivedBytes(): number {
    return this.transport instanceof Socket ? this.transport.bytesRead : 0;
  }

  get localPort(): number {
    return this.transport instanceof Socket ? (this.transport.localPort ?? 0) : 0;
  }

  /** Bytes that the kernel has not taken yet. */
  get unsentBytes(): number {
    return this.socket.writableLength;
  }

  /** Resolves once the broker has taken the subscription: what is published from then on must come. */
  async subscribe(subject: string, sid = '1', queue?: string): Promise<void> {
    if (this.protocol === 'nats') {
      this.send(`SUB ${subject} ${queue === undefined ? '' : `${queue} `}${sid}\r\n`);
      await this.ping();
    } else if (this.protocol === 'line') {
      await this.ask(`SUB ${subject}\n`, 'OK SUB');
    } else await this.ask(`SUBSCRIBE ${subject}\r\n`, 'SUBSCRIBE');
  }

  /** False where the socket asks to wait; see {@link drained}. */
  send(bytes: string | Buffer): boolean {
    return this.ending !== undefined || this.socket.write(bytes, 'latin1');
  }

  /** A message as its tongue has it. */
  publish(subject: string, payload: Buffer): boolean {
    return this.send(publishFrame(this.protocol, subject, payload));
  }

  /** Resolves when the socket takes more, or has closed. */
  async drained(): Promise<void> {
    if (this.ending !== undefined || !this.socket.writableNeedDrain) return;
    await Promise.race([new Promise((resolve) => this.socket.once('drain', resolve)), this.closed]);
  }

  /** Resolves with the answer, which comes after everything that was sent before it; rejects if the connection ends. */
  ping(): Promise<void> {
    if (this.protocol === 'line') return this.ask('PING\n', 'PONG');
    return this.ask('PING\r\n', this.protocol === 'nats' ? 'PONG' : '+PONG');
  }

  /** Stops reading: the window of TCP closes. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Gone from one moment to the next: RST. */
  reset(): void {
    this.ending ??= 'ours';
    if (this.transport instanceof Socket) this.transport.resetAndDestroy();
    this.socket.destroy();
  }

  /** Its last word, whatever it was in the middle of: FIN. */
  end(bytes: string | Buffer = ''): void {
    this.ending ??= 'ours';
    this.socket.end(bytes, 'latin1');
    this.socket.resume();
  }

  destroy(): void {
    this.ending ??= 'ours';
    this.socket.destroy();
  }

  private ask(bytes: string, start: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const lost = (): void => reject(new Error(`the connection ended before ${start}`));
      if (this.ending !== undefined) return lost();
      this.awaited.push({ start, done: resolve });
      void this.closed.then(lost);
      this.send(bytes);
    });
  }

  private async connect({ tls, user }: ClientOptions): Promise<void> {
    const failed = this.closed.then((ending) => {
      throw new Error(`${ending}: ${this.errors.join(', ') || 'the connection ended at once'}`);
    });
    failed.catch(() => {});
    await Promise.race([this.opened(), failed]);
    if (this.protocol === 'nats') {
      if (tls === true) await this.secure();
      else await Promise.race([new Promise<void>((done) => this.expect('INFO', done)), failed]);
      if (tls !== true) this.listen();
      const login = user === undefined ? {} : { user, pass: user };
      this.send(`CONNECT ${JSON.stringify({ verbose: false, pedantic: false, name: 'soak', ...login })}\r\n`);
    } else this.listen();
    await Promise.race([this.ping(), failed]);
  }

  private expect(start: string, done: () => void): void {
    this.awaited.push({ start, done });
    this.listen();
  }

  /** TLS once the greeting has been read. */
  private async secure(): Promise<void> {
    const plain = this.socket;
    await once(plain, 'readable');
    plain.read();
    const secure = connectTls({ socket: plain, rejectUnauthorized: false });
    await once(secure, 'secureConnect');
    this.socket = secure;
    this.watch(secure);
    this.listen();
  }

  private watch(socket: Duplex): void {
    const over = (ending: Ending): void => {
      this.ending ??= ending;
      this.tally(this.ending);
    };
    socket.on('error', () => over('reset'));
    socket.once('end', () => over('fin'));
    socket.once('close', () => over('reset'));
  }

  private listening = false;

  private listen(): void {
    if (this.listening) return;
    this.listening = true;
    const reader = readerOf(this.protocol, {
      onMessage: (bytes, start, end, frame) => this.onMessage(bytes, start, end, frame),
      onLine: (line) => this.readLine(line),
    });
    this.socket.on('data', (chunk: Buffer) => reader.feed(chunk));
  }

  private readLine(line: string): void {
    if (line === 'PING') {
      this.send('PONG\r\n');
      return;
    }
    if (line.startsWith('OK PUB') || line.startsWith(':')) {
      this.confirmed++;
      return;
    }
    if (line.startsWith('-ERR') || line.startsWith('ERR')) this.errors.push(line);
    const next = this.awaited[0];
    if (next !== undefined && line.startsWith(next.start)) {
      this.awaited.shift();
      next.done();
    } else this.onLine(line);
  }
}

/** A message as a tongue has it, ready to be written. */
export function publishFrame(protocol: ClientProtocol, subject: string, payload: Buffer): Buffer {
  if (protocol === 'line') return Buffer.concat([Buffer.from(`PUB ${subject} `), payload, Buffer.from('\n')]);
  const start =
    protocol === 'nats'
      ? `PUB ${subject} ${payload.length}\r\n`
      : `*3\r\n$7\r\nPUBLISH\r\n$${subject.length}\r\n${subject}\r\n$${payload.length}\r\n`;
  return Buffer.concat([Buffer.from(start), payload, Buffer.from('\r\n')]);
}

/** `promise`, or a rejection that says what was waited for. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms} ms in vain for ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

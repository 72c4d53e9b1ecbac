/** WebSockets as a client has them, frame by frame: what real clients never send is possible, too. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AttachWebSocketOptions } from '../../lib/broker.js';
import type { Harness } from './harness.js';
import { until } from './until.js';

export interface FrameSpec {
  /** Default 2, binary. */
  readonly op?: number;
  readonly payload?: string | Buffer;
  /** Default true. */
  readonly final?: boolean;
  /** Default: a random key; undefined: not masked. */
  readonly key?: Buffer | undefined;
  /** The three reserved bits. Default 0. */
  readonly reserved?: number;
  /** Length as it is declared; default: that of the payload. */
  readonly length?: bigint;
}

/** The bytes of a frame as RFC 6455 has it, written without any of the code under test. */
export function frameOf(spec: FrameSpec = {}): Buffer {
  const { op = 2, final = true, reserved = 0 } = spec;
  const payload = Buffer.from(spec.payload ?? '');
  const key = 'key' in spec ? spec.key : randomBytes(4);
  const length = spec.length ?? BigInt(payload.length);
  const bytes: number[] = [(final ? 128 : 0) + reserved * 16 + op];
  const mask = key === undefined ? 0 : 128;
  const wide = (count: number): number[] =>
    Array.from({ length: count }, (_, i) => Number((length >> BigInt(8 * (count - 1 - i))) & 255n));
  if (length < 126n) bytes.push(mask + Number(length));
  else if (length < 65_536n) bytes.push(mask + 126, ...wide(2));
  else bytes.push(mask + 127, ...wide(8));
  const body = key === undefined ? payload : payload.map((byte, i) => byte ^ key[i % 4]!);
  return Buffer.concat([Buffer.from(bytes), key ?? Buffer.alloc(0), body]);
}

/** A frame that the server sent. */
export interface ServerFrame {
  readonly op: number;
  readonly final: boolean;
  readonly payload: Buffer;
}

/** The frames in what a server sent, and the rest. Fails where a frame is masked or has a reserved bit other than that of compression. */
export function framesIn(bytes: Buffer): { readonly frames: ServerFrame[]; readonly rest: Buffer } {
  const frames: ServerFrame[] = [];
  let at = 0;
  for (;;) {
    const [first, second] = [bytes[at], bytes[at + 1]];
    if (first === undefined || second === undefined) break;
    if ((first & 0x30) !== 0 || second > 127) throw new Error(`no frame of a server: ${first} ${second}`);
    const extended = second === 126 ? 2 : second === 127 ? 8 : 0;
    const start = at + 2 + extended;
    if (bytes.length < start) break;
    const length = extended === 0 ? second : Number.parseInt(bytes.toString('hex', at + 2, start), 16);
    if (bytes.length < start + length) break;
    frames.push({ op: first & 15, final: first >= 128, payload: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return { frames, rest: bytes.subarray(at) };
}

/** What an upgrade request says beside what it has to. A header that is undefined is left out. */
export interface RequestSpec {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

export function requestOf({ method = 'GET', path = '/', headers = {} }: RequestSpec = {}): string {
  const all = {
    Host: 'broker.test',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}\r\n`],
  );
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** A client's end of a WebSocket, over any stream. */
export class RawWebSocket {
  readonly wire: Duplex;
  /** What the server answered to the upgrade request. */
  answer = '';
  readonly frames: ServerFrame[] = [];
  /** Payload of all data frames so far. */
  text = '';
  isEnded = false;
  isClosed = false;
  private rest = Buffer.alloc(0);

  constructor(wire: Duplex) {
    this.wire = wire;
    wire.on('data', (chunk: Buffer) => this.receive(chunk));
    wire.on('end', () => {
      this.isEnded = true;
    });
    wire.on('error', () => undefined);
    wire.on('close', () => {
      this.isClosed = true;
    });
  }

  /** Connects to a port of this machine, and asks for the upgrade. */
  static async to(port: number, request: RequestSpec = {}): Promise<RawWebSocket> {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    return RawWebSocket.over(socket, request);
  }

  static async over(wire: Duplex, request: RequestSpec = {}): Promise<RawWebSocket> {
    const raw = new RawWebSocket(wire);
    wire.write(requestOf(request));
    await until('the upgrade has been answered', () => raw.answer !== '' || raw.isClosed);
    return raw;
  }

  get status(): number {
    return Number(this.answer.split(' ')[1]);
  }

  send(...frames: readonly (FrameSpec | Buffer)[]): this {
    for (const frame of frames) this.wire.write(Buffer.isBuffer(frame) ? frame : frameOf(frame));
    return this;
  }

  /** Resolves once the payload so far includes `part`. */
  async hears(part: string): Promise<void> {
    await until(`${JSON.stringify(part)} comes`, () => this.text.includes(part) || this.isClosed);
    if (!this.text.includes(part)) throw new Error(`closed without ${JSON.stringify(part)}: ${this.text}`);
  }

  /** Code and reason of the close frame; `[]`: without a code; undefined: closed without one. */
  async closeFrame(): Promise<readonly [] | readonly [code: number, reason: string] | undefined> {
    await until('a close frame comes', () => this.closing !== undefined || this.isClosed);
    const payload = this.closing?.payload;
    if (payload === undefined) return undefined;
    return payload.length === 0 ? [] : [payload.readUInt16BE(0), payload.toString('utf8', 2)];
  }

  private get closing(): ServerFrame | undefined {
    return this.frames.find(({ op }) => op === 8);
  }

  private receive(chunk: Buffer): void {
    this.rest = Buffer.concat([this.rest, chunk]);
    if (this.answer === '') {
      const end = this.rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.answer = this.rest.toString('latin1', 0, end);
      this.rest = this.rest.subarray(end + 4);
    }
    if (this.status !== 101) return;
    const { frames, rest } = framesIn(this.rest);
    this.rest = Buffer.from(rest);
    this.frames.push(...frames);
    for (const { op, payload } of frames) if (op < 8) this.text += payload.toString('latin1');
  }
}

/** An HTTP server, and the WebSockets of a broker on it. */
export interface Attached {
  readonly server: Server;
  readonly port: number;
  readonly detach: () => void;
  stop(): Promise<void>;
}

/** Serves the WebSockets of a broker on an HTTP server of the spec. */
export async function attachTo(
  { broker }: Pick<Harness, 'broker'>,
  options: AttachWebSocketOptions = {},
  server: Server = createServer((_, response) => response.end('a page')),
): Promise<Attached> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const detach = broker.attachWebSocket(server, options);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    detach,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

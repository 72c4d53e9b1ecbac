/** One connection of the load: a handshake in lines, then raw reads into a buffer all connections share. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as secure } from 'node:tls';
import type { Carrier } from './cells.js';
import {
  clientFrame,
  FrameStripper,
  HEAD_END,
  type OnBytes,
  UPGRADE_REQUEST,
  UPGRADED,
} from './websocket-frames.js';
import type { Wire } from './wires.js';

const HOST = '127.0.0.1';
const READ_BYTES = 256 * 1024;
/**
 * Every read of this process lands here, and is dealt with before the next one starts. (So on POSIX systems; where
 * reads are posted ahead, as on Windows, each connection would need its own.)
 */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);

export class LoadClient {
  /** The line end the broker writes in the line dialect; known after the handshake. */
  lineEnd = '\r\n';
  readonly wire: Wire;
  private socket: Socket;
  /** Of a WebSocket: takes its frames apart. */
  private frames: FrameStripper | undefined;
  /** The last bytes that were sent over a WebSocket, and their frame: publishers send the same again and again. */
  private framed: { readonly bytes: string | Buffer; readonly frame: Buffer } | undefined;
  private onBytes: OnBytes;
  private text = '';
  private onText: () => void = () => {};
  private readonly onFailure: (error: Error) => void;
  private failure: Error | undefined;

  private constructor(port: number, wire: Wire, onFailure: (error: Error) => void) {
    this.wire = wire;
    this.onFailure = onFailure;
    this.onBytes = (chunk, length) => {
      this.text += chunk.toString('latin1', 0, length);
      this.onText();
    };
    this.socket = this.watched(
      connect({
        host: HOST,
        port,
        noDelay: true,
        onread: {
          buffer: readBuffer,
          callback: (length, chunk) => {
            this.take(chunk as Buffer, length);
            return true;
          },
        },
      }),
    );
  }

  private fail(error: Error): void {
    if (this.failure !== undefined) return;
    this.failure = error;
    this.onText();
    this.onFailure(error);
  }

  private watched(socket: Socket): Socket {
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the broker closed the connection')));
    return socket;
  }

  private take(chunk: Buffer, length: number): void {
    try {
      if (this.frames === undefined) this.onBytes(chunk, length);
      else this.frames.feed(chunk, length);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  /**
   * Connects and shakes hands; in TLS, whatever the certificate, after the greeting; over a WebSocket before it. `onFailure` is called at most once, for
   * whatever goes wrong until `close`.
   */
  static async open(
    port: number,
    wire: Wire,
    carrier: Carrier,
    onFailure: (error: Error) => void,
  ): Promise<LoadClient> {
    const client = new LoadClient(port, wire, onFailure);
    await once(client.socket, 'connect');
    if (carrier === 'websocket') await client.upgrade();
    if (wire.greeting !== undefined) await client.line(wire.greeting);
    if (carrier === 'tls') await client.secure();
    client.send(wire.hello);
    client.lineEnd = (await client.line(...wire.pong)).endsWith('\r\n') ? '\r\n' : '\n';
    return client;
  }

  private async upgrade(): Promise<void> {
    this.socket.write(UPGRADE_REQUEST);
    await this.textWith(HEAD_END);
    const end = this.text.indexOf(HEAD_END) + HEAD_END.length;
    const [head, rest] = [this.text.slice(0, end), Buffer.from(this.text.slice(end), 'latin1')];
    if (!head.startsWith(UPGRADED)) throw new Error(`no WebSocket: ${head.trim()}`);
    this.text = '';
    this.frames = new FrameStripper((chunk, length) => this.onBytes(chunk, length));
    this.take(rest, rest.length);
  }

  private async secure(): Promise<void> {
    const socket = secure({ socket: this.socket, rejectUnauthorized: false });
    this.socket = this.watched(socket);
    await once(socket, 'secureConnect');
    socket.on('data', (chunk: Buffer) => this.take(chunk, chunk.length));
  }

  /** Resolves once the broker has answered, so that no later message can miss the subscription. */
  async subscribe(subject: string, queue?: string): Promise<void> {
    this.send(this.wire.subscribe(subject, queue));
    await this.lineAfterOthers(this.wire.subscribed);
  }

  /** Ends the handshake: from here `onBytes` gets every read; what it throws is the connection's failure. */
  stream(onBytes: OnBytes): void {
    this.onBytes = onBytes;
    const early = Buffer.from(this.text, 'latin1');
    this.text = '';
    if (early.length > 0) onBytes(early, early.length);
  }

  /** `onFlushed`: the kernel has taken all of it. */
  send(bytes: string | Buffer, onFlushed?: () => void): void {
    this.socket.write(this.frames === undefined ? bytes : this.frameOf(bytes), 'latin1', (error) => {
      if (!error) onFlushed?.();
    });
  }

  private frameOf(bytes: string | Buffer): Buffer {
    if (this.framed?.bytes !== bytes) {
      const frame = clientFrame(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
      this.framed = { bytes, frame };
    }
    return this.framed.frame;
  }

  close(): void {
    this.failure ??= new Error('closed');
    this.socket.destroy();
  }

  /** The next line, line end included, which must start in one of these ways; PINGs before it are answered. */
  private async line(...starts: readonly string[]): Promise<string> {
    for (;;) {
      const line = await this.nextLine();
      if (starts.some((start) => line.startsWith(start))) return line;
      if (this.wire.others?.test(line) === true) continue;
      if (line.trimEnd() !== 'PING')
        throw new Error(`expected ${starts.join(' or ').trim()}, got ${line.trimEnd()}`);
      this.send('PONG\r\n');
    }
  }

  /** The line that starts so, where an answer may have lines before it. An error is none of them. */
  private async lineAfterOthers(start: string): Promise<void> {
    for (;;) {
      const line = await this.nextLine();
      if (line.startsWith(start)) return;
      if (line.startsWith('PING')) this.send('PONG\r\n');
      if (line.startsWith('-') || line.startsWith('ERR'))
        throw new Error(`expected ${start}, got ${line.trimEnd()}`);
    }
  }

  private async nextLine(): Promise<string> {
    await this.textWith('\n');
    const end = this.text.indexOf('\n') + 1;
    const line = this.text.slice(0, end);
    this.text = this.text.slice(end);
    return line;
  }

  private async textWith(part: string): Promise<void> {
    while (!this.text.includes(part)) {
      if (this.failure !== undefined) throw this.failure;
      await new Promise<void>((resolve) => {
        this.onText = resolve;
      });
    }
  }
}

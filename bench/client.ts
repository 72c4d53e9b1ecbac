/** One connection of the load: a handshake in lines, then raw reads into a buffer all connections share. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Dialect } from './cells.js';

const HOST = '127.0.0.1';
const READ_BYTES = 256 * 1024;
const CONNECT =
  'CONNECT {"verbose":false,"pedantic":false,"echo":true,"headers":true,"no_responders":true,"lang":"sluice-bench","version":"1"}\r\nPING\r\n';

/**
 * Every read of this process lands here, and is dealt with before the next one starts. (So on POSIX systems; where
 * reads are posted ahead, as on Windows, each connection would need its own.)
 */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);

export type OnBytes = (chunk: Buffer, length: number) => void;

export class LoadClient {
  /** The line end the broker writes in the line dialect; known after the handshake. */
  lineEnd = '\r\n';
  readonly #socket: Socket;
  #onBytes: OnBytes;
  #text = '';
  #onText: () => void = () => {};
  #failure: Error | undefined;

  private constructor(port: number, onFailure: (error: Error) => void) {
    this.#onBytes = (chunk, length) => {
      this.#text += chunk.toString('latin1', 0, length);
      this.#onText();
    };
    const fail = (error: Error): void => {
      if (this.#failure !== undefined) return;
      this.#failure = error;
      this.#onText();
      onFailure(error);
    };
    this.#socket = connect({
      host: HOST,
      port,
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (length, chunk) => {
          try {
            this.#onBytes(chunk as Buffer, length);
          } catch (error) {
            fail(error as Error);
          }
          return true;
        },
      },
    });
    this.#socket.on('error', fail);
    this.#socket.on('close', () => fail(new Error('the broker closed the connection')));
  }

  /** Connects and shakes hands. `onFailure` is called at most once, for whatever goes wrong until `close`. */
  static async open(port: number, dialect: Dialect, onFailure: (error: Error) => void): Promise<LoadClient> {
    const client = new LoadClient(port, onFailure);
    await once(client.#socket, 'connect');
    if (dialect === 'nats') {
      await client.#line('INFO ');
      client.send(CONNECT);
      await client.#line('PONG');
    } else {
      client.send('PING\n');
      client.lineEnd = (await client.#line('PONG')).endsWith('\r\n') ? '\r\n' : '\n';
    }
    return client;
  }

  /** Resolves once the broker has answered, so that no later message can miss the subscription. */
  async subscribe(dialect: Dialect, subject: string): Promise<void> {
    this.send(dialect === 'nats' ? `SUB ${subject} 1\r\nPING\r\n` : `SUB ${subject}\n`);
    await this.#line(dialect === 'nats' ? 'PONG' : 'OK SUB');
  }

  /** Ends the handshake: from here `onBytes` gets every read; what it throws is the connection's failure. */
  stream(onBytes: OnBytes): void {
    this.#onBytes = onBytes;
    const early = Buffer.from(this.#text, 'latin1');
    this.#text = '';
    if (early.length > 0) onBytes(early, early.length);
  }

  /** `onFlushed`: the kernel has taken all of it. */
  send(bytes: string | Buffer, onFlushed?: () => void): void {
    this.#socket.write(bytes, 'latin1', (error) => {
      if (!error) onFlushed?.();
    });
  }

  close(): void {
    this.#failure ??= new Error('closed');
    this.#socket.destroy();
  }

  /** The next line, line end included, which must start so; PINGs before it are answered. */
  async #line(start: string): Promise<string> {
    for (;;) {
      while (!this.#text.includes('\n')) {
        if (this.#failure !== undefined) throw this.#failure;
        await new Promise<void>((resolve) => {
          this.#onText = resolve;
        });
      }
      const end = this.#text.indexOf('\n') + 1;
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end);
      if (line.startsWith(start)) return line;
      if (line.trimEnd() !== 'PING') throw new Error(`expected ${start.trim()}, got ${line.trimEnd()}`);
      this.send('PONG\r\n');
    }
  }
}

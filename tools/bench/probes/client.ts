/** One connection of a probe's load. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { FrameCutter, type Handlers } from './frames.js';

const HOST = '127.0.0.1';
const CONNECT =
  'CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true,"lang":"sluice-bench","version":"1"}\r\n';
const READ_BYTES = 256 * 1024;

/** Every read of this process that is not out of TLS lands here, and is dealt with before the next one starts. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);

export interface ClientOptions {
  readonly port: number;
  /** TLS after INFO; any certificate will do. */
  readonly tls?: boolean;
  /** Said after CONNECT. */
  readonly says?: string;
  /** Length of what is delivered to it; default: nothing is. */
  readonly frameBytes?: number;
  readonly onFrame?: Handlers['onFrame'];
  /** Lines other than PING, PONG and INFO; default: they are its failure. */
  readonly onLine?: Handlers['onLine'];
  /** Called at most once, for whatever goes wrong once it is open, until `close`. */
  readonly onFailure: (error: Error) => void;
}

export class Client {
  private socket: Socket;
  private failed = false;
  /** In the order of their PINGs. */
  private readonly pings: (() => void)[] = [];
  private onFailure: (error: Error) => void;
  private readonly cutter: FrameCutter;

  private constructor(
    { port, tls = false, frameBytes = 0, onFrame, onLine, says = '' }: ClientOptions,
    onOpen: () => void,
    onFailure: (error: Error) => void,
  ) {
    this.onFailure = onFailure;
    let greeted = false;
    this.cutter = new FrameCutter(frameBytes, {
      ...(onFrame && { onFrame }),
      onLine: (line) => {
        if (line === 'PONG') this.pings.shift()?.();
        else if (line === 'PING') this.send('PONG\r\n');
        else if (line.startsWith('INFO ')) {
          if (greeted) return;
          greeted = true;
          if (tls) this.secure();
          this.send(`${CONNECT}${says}`);
          this.ping().then(onOpen, () => {});
        } else if (onLine !== undefined) onLine(line);
        else throw new Error(`the broker said ${line}`);
      },
    });
    const where = { host: HOST, port, noDelay: true };
    this.socket = tls
      ? connect(where).on('data', this.take)
      : connect({
          ...where,
          onread: {
            buffer: readBuffer,
            callback: (length, chunk) => {
              this.take(chunk as Buffer, length);
              return true;
            },
          },
        });
    this.socket.on('error', this.fail).on('close', this.closed);
  }

  /** Connects and shakes hands; resolves once the broker has answered a PING after all that it says. */
  static open(options: ClientOptions): Promise<Client> {
    return new Promise((resolve, reject) => {
      const client = new Client(
        options,
        () => {
          client.onFailure = options.onFailure;
          resolve(client);
        },
        reject,
      );
    });
  }

  private readonly take = (chunk: Buffer, length: number = chunk.length): void => {
    try {
      this.cutter.feed(chunk, length);
    } catch (error) {
      this.fail(error as Error);
    }
  };

  private readonly fail = (error: Error): void => {
    if (this.failed) return;
    this.failed = true;
    this.onFailure(error);
    this.socket.destroy();
  };

  private readonly closed = (): void => this.fail(new Error('the broker closed the connection'));

  private secure(): void {
    const socket = this.socket.off('data', this.take);
    this.socket = connectTls({ socket, rejectUnauthorized: false })
      .on('data', this.take)
      .on('error', this.fail)
      .on('close', this.closed);
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes, 'latin1');
  }

  /** Resolves when the broker has answered, and so has dealt with all that was sent before. */
  ping(): Promise<void> {
    return new Promise((resolve) => {
      this.pings.push(resolve);
      this.send('PING\r\n');
    });
  }

  close(): void {
    this.failed = true;
    this.socket.destroy();
  }
}

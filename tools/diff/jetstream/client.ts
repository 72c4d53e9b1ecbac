/** A client that knows no more of NATS than it must, so that it shows what a server says as it says it. */
import { connect, type Socket } from 'node:net';
import { type Frame, framesOf, type Message } from '../frames.js';
import type { Header } from './operations.js';

/** A message for a server. */
export interface Outgoing {
  readonly subject: string;
  readonly reply?: string;
  readonly headers: readonly Header[];
  readonly payload: string;
}

const LOGIN = { verbose: false, pedantic: false, headers: true, no_responders: true, echo: true };
const CONNECT_MS = 10_000;

/** A connection that keeps each message under the sid of its subscription. */
export class DiffClient {
  private readonly socket: Socket;
  private rest = '';
  private readonly messages = new Map<string, Message[]>();
  private pongs = 0;
  private failure: Error | undefined = undefined;
  private wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.take(text));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the server has closed the connection')));
  }

  static async open(port: number): Promise<DiffClient> {
    const client = new DiffClient(connect({ port, host: '127.0.0.1', noDelay: true }));
    client.socket.write(`CONNECT ${JSON.stringify(LOGIN)}\r\n`);
    await client.flush();
    return client;
  }

  subscribe(subject: string, sid: string): void {
    this.messages.set(sid, []);
    this.socket.write(`SUB ${subject} ${sid}\r\n`);
  }

  publish({ subject, reply, headers, payload }: Outgoing): void {
    const block = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const head = headers.length === 0 ? '' : `NATS/1.0\r\n${block}\r\n`;
    const words = [subject, ...(reply === undefined ? [] : [reply])].join(' ');
    const sizes = head === '' ? `${payload.length}` : `${head.length} ${head.length + payload.length}`;
    this.socket.write(`${head === '' ? 'PUB' : 'HPUB'} ${words} ${sizes}\r\n${head}${payload}\r\n`, 'latin1');
  }

  /** All messages so far of a subscription, in order. */
  received(sid: string): readonly Message[] {
    return this.messages.get(sid) ?? [];
  }

  /** Resolves with whether `done` became true within `ms`. */
  async until(done: () => boolean, ms: number): Promise<boolean> {
    const end = Date.now() + ms;
    while (!done()) {
      if (this.failure !== undefined) throw this.failure;
      const left = end - Date.now();
      if (left <= 0) return false;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return true;
  }

  /** Resolves once the server has taken all that was sent. */
  async flush(): Promise<void> {
    const wanted = this.pongs + 1;
    this.socket.write('PING\r\n');
    if (!(await this.until(() => this.pongs >= wanted, CONNECT_MS))) throw new Error('no PONG');
  }

  close(): void {
    this.socket.destroy();
  }

  private take(text: string): void {
    const frames = framesOf(this.rest + text);
    this.rest = '';
    for (const [i, frame] of frames.entries()) {
      // A message of which there is only a part, so that the rest of it looks like anything.
      if (frame.kind === 'other') {
        this.rest = frames
          .slice(i)
          .map((each) => each.text)
          .join('');
        break;
      }
      this.takeFrame(frame);
    }
    this.wake();
  }

  private takeFrame({ kind, text, message }: Frame): void {
    if (kind === 'PONG') this.pongs++;
    else if (kind === 'PING') this.socket.write('PONG\r\n');
    else if (kind === '-ERR') this.fail(new Error(text.trim()));
    else if (message !== undefined) this.messages.get(message.sid)?.push(message);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.wake();
  }
}

/** A small client of NATS, for subcommands: one connection, no reconnecting, and the first error is the end of it. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { NatsFrame } from '../../dialects/nats/commands.js';
import { renderFrame } from '../../dialects/nats/frames.js';
import { formatAddress } from '../../domain/address.js';
import { SluiceError } from '../../domain/errors.js';
import { printable } from '../../domain/printable.js';
import { VERSION } from '../../version.js';
import type { Login } from './login.js';
import { ServerDecoder, type ServerFrame } from './server-decoder.js';
import type { Target } from './target.js';
import { faultAt, openSocket, secure, type TlsRequest, unreachableAt } from './wire.js';

/** How to connect. */
export interface ClientOptions {
  readonly target: Target;
  readonly login: Login;
  readonly tls: TlsRequest;
  /** Its name in the broker's monitor and log. */
  readonly name: string;
  /** How long a connection may take, login included, in milliseconds. */
  readonly timeoutMs: number;
}

/** A message that arrived. */
export type Message = Extract<ServerFrame, { op: 'MSG' }>;

/** What goes out at once, in bytes; less waits for the end of the turn. */
const WRITE_BYTES = 65_536;

type Plain = Extract<NatsFrame, { op: 'PUB' }>;

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A connection that is logged in. */
export class Client {
  /** Rejects with a SluiceError when the connection ends otherwise than by `close`. Never resolves. */
  readonly lost: Promise<never>;
  /** What the broker said of itself last. */
  info: Readonly<Record<string, unknown>> = {};
  private readonly target: Target;
  private wire: Duplex;
  private error: SluiceError | undefined;
  private isClosed = false;
  private lose: (error: SluiceError) => void = () => {};
  private greeted: () => void = () => {};
  private waiting: Waiter[] = [];
  private readonly handlers = new Map<string, (message: Message) => void>();
  private nextSid = 1;
  private out: Buffer[] = [];
  private outBytes = 0;

  private constructor(wire: Duplex, target: Target) {
    this.wire = wire;
    this.target = target;
    this.lost = new Promise((_resolve, reject) => {
      this.lose = reject;
    });
    this.lost.catch(() => {}); // reported to those that wait for it
    this.listen(wire);
  }

  /**
   * Connects and logs in.
   * @throws SluiceError UNREACHABLE, REFUSED
   */
  static async connect(options: ClientOptions): Promise<Client> {
    const { target, tls, timeoutMs } = options;
    const socket = openSocket(target);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(unreachableAt(target, `no answer within ${timeoutMs / 1000} s`)),
        timeoutMs,
      );
    });
    try {
      const way = tls.isFirst ? Client.early(socket, options) : Client.plain(socket, options);
      return await Promise.race([way, late]);
    } catch (error) {
      socket.destroy();
      throw faultAt(target, error as Error);
    } finally {
      clearTimeout(timer);
    }
  }

  private static async early(socket: Socket, options: ClientOptions): Promise<Client> {
    await once(socket, 'connect');
    const client = new Client(await secure(socket, options.target, options.tls), options.target);
    await client.greeting();
    return client.connect(options);
  }

  private static async plain(socket: Socket, options: ClientOptions): Promise<Client> {
    const { target, tls } = options;
    const client = new Client(socket, target);
    await client.greeting();
    const { tls_required: mustHave, tls_available: mayHave } = client.info;
    if (mustHave === true || tls.isWanted || target.tls) {
      if (mustHave !== true && mayHave !== true) throw unreachableAt(target, 'the broker has no TLS');
      client.unlisten(socket);
      client.wire = await secure(socket, target, tls);
      client.listen(client.wire);
    }
    return client.connect(options);
  }

  /** Publishes. False: it would be better to await `drained` before the next. */
  publish(message: Omit<Plain, 'op'>): boolean {
    return this.send(renderFrame({ op: 'PUB', ...message }));
  }

  /** Sends a frame that was rendered. False: as `publish`. */
  send(frame: Buffer): boolean {
    if (this.outBytes === 0) setImmediate(() => this.write());
    this.out.push(frame);
    this.outBytes += frame.length;
    if (this.outBytes >= WRITE_BYTES) this.write();
    return !this.wire.writableNeedDrain;
  }

  /** Resolves when the broker has taken enough for more to be sent. */
  async drained(): Promise<void> {
    if (!this.wire.writableNeedDrain) return;
    await Promise.race([new Promise((resolve) => this.wire.once('drain', resolve)), this.lost]);
  }

  /** Subscribes; `take` has every message, until `max` of them have come. */
  subscribe(
    subject: string,
    take: (message: Message) => void,
    { queue, max }: { readonly queue?: string | undefined; readonly max?: number | undefined } = {},
  ): void {
    const sid = String(this.nextSid++);
    this.handlers.set(sid, take);
    this.send(renderFrame({ op: 'SUB', subject, sid, ...(queue === undefined ? {} : { queue }) }));
    if (max !== undefined) this.send(renderFrame({ op: 'UNSUB', sid, max }));
  }

  /** Resolves when the broker has dealt with everything sent so far. Throws SluiceError where it did not like it. */
  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.error !== undefined) return reject(this.error);
      this.waiting.push({ resolve, reject });
      this.send(renderFrame({ op: 'PING' }));
    });
  }

  /** Ends the connection; what was not flushed may be lost. */
  close(): void {
    this.isClosed = true;
    this.wire.destroy();
  }

  /** Waits for the first INFO. */
  private async greeting(): Promise<void> {
    await Promise.race([
      new Promise<void>((resolve) => {
        this.greeted = resolve;
      }),
      this.lost,
    ]);
  }

  private async connect({ login, name, target }: ClientOptions): Promise<this> {
    const { nonce } = this.info;
    const options = {
      verbose: false,
      pedantic: false,
      headers: true,
      no_responders: true,
      protocol: 1,
      name,
      lang: 'sluice',
      version: VERSION,
      ...(await login(typeof nonce === 'string' ? nonce : undefined)),
      ...(target.tls ? { tls_required: true } : {}),
    };
    this.send(renderFrame({ op: 'CONNECT', options }));
    await this.flush();
    return this;
  }

  private listen(wire: Duplex): void {
    const decoder = new ServerDecoder((frame) => this.take(frame));
    wire.on('data', (chunk: Buffer) => {
      try {
        decoder.feed(chunk);
      } catch (error) {
        const what = error instanceof SluiceError ? error.message : String(error);
        this.fail(unreachableAt(this.target, what));
      }
    });
    wire.on('error', (error: Error) => this.fail(faultAt(this.target, error)));
    wire.on('close', () => {
      const isSilent = Object.keys(this.info).length === 0;
      const hint = isSilent ? ' before it sent INFO; where it begins with TLS, use --tlsfirst' : '';
      this.fail(unreachableAt(this.target, `the broker closed the connection${hint}`));
    });
  }

  private unlisten(wire: Duplex): void {
    for (const event of ['data', 'error', 'close']) wire.removeAllListeners(event);
  }

  private take(frame: ServerFrame): void {
    switch (frame.op) {
      case 'MSG':
        this.handlers.get(frame.sid)?.(frame);
        return;
      case 'PING':
        this.send(renderFrame({ op: 'PONG' }));
        return;
      case 'PONG':
        this.waiting.shift()?.resolve();
        return;
      case 'INFO':
        this.info = frame.info;
        this.greeted();
        return;
      case '-ERR':
        this.fail(this.refusal(frame.message));
        return;
      case '+OK':
        return;
    }
  }

  private refusal(message: string): SluiceError {
    const hint = /authorization violation|authentication/i.test(message)
      ? '; see --user, --token, --creds and --nkey'
      : '';
    const where = formatAddress(this.target);
    return new SluiceError('REFUSED', `${where}: the broker says: ${printable(message)}${hint}`);
  }

  /** The first error counts. */
  private fail(error: SluiceError): void {
    if (this.error !== undefined || this.isClosed) return;
    this.error = error;
    this.wire.destroy();
    for (const { reject } of this.waiting.splice(0)) reject(error);
    this.lose(error);
  }

  private write(): void {
    if (this.outBytes === 0 || this.wire.destroyed) return;
    const [first, ...more] = this.out;
    const bytes = first !== undefined && more.length === 0 ? first : Buffer.concat(this.out);
    this.out = [];
    this.outBytes = 0;
    this.wire.write(bytes);
  }
}

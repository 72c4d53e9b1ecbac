/** A line client as a person at telnet is one: it sends bytes, and looks at the lines that come back. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export class LineClient implements AsyncDisposable {
  /** Resolves when the broker has closed the connection, or it has been reset. */
  readonly closed: Promise<void>;
  private readonly socket: Socket;
  private received = '';
  private ended = false;
  private wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.received += text;
      this.wake?.();
    });
    socket.on('error', () => {}); // a reset; 'close' follows
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.ended = true;
        this.wake?.();
      });
    }
  }

  static async connect(port: number): Promise<LineClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const client = new LineClient(socket);
    await once(socket, 'connect');
    return client;
  }

  /** Sends one packet and resolves when the system has taken it. */
  send(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /** Sends packets, with a turn of the event loop between them. */
  async sendApart(packets: Iterable<string | Uint8Array>): Promise<void> {
    for (const packet of packets) {
      await this.send(packet);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Sends a line, LF at its end. */
  say(line: string): Promise<void> {
    return this.send(`${line}\n`);
  }

  /** Takes the next `count` lines, line ends not included; fewer only if the connection has ended. */
  async lines(count: number): Promise<string[]> {
    const taken: string[] = [];
    while (taken.length < count) {
      const end = this.received.indexOf('\n');
      if (end >= 0) {
        taken.push(this.received.slice(0, end).replace(/\r$/, ''));
        this.received = this.received.slice(end + 1);
      } else if (this.ended) break;
      else await this.more();
    }
    return taken;
  }

  /** Takes exactly as many characters, line ends and all. */
  async characters(count: number): Promise<string> {
    while (this.received.length < count && !this.ended) await this.more();
    const taken = this.received.slice(0, count);
    this.received = this.received.slice(count);
    return taken;
  }

  /** Sends a line and takes the one that answers it. */
  async ask(line: string): Promise<string> {
    await this.say(line);
    return (await this.lines(1))[0] ?? '(closed)';
  }

  /**
   * Everything that has come before the answer to a PING sent now: empty where nothing is owed. Needs no waiting, as
   * the broker answers in order.
   */
  async pending(): Promise<string[]> {
    await this.say('PING');
    const lines: string[] = [];
    while (lines.at(-1) !== 'PONG') {
      const [line] = await this.lines(1);
      if (line === undefined) return lines;
      lines.push(line);
    }
    return lines.slice(0, -1);
  }

  /** Everything there is until the broker closes the connection. */
  async rest(): Promise<string> {
    while (!this.ended) await this.more();
    return this.received;
  }

  /** Stops, or goes on, reading what comes. */
  read(on: boolean): void {
    if (on) this.socket.resume();
    else this.socket.pause();
  }

  /** Says that nothing more will be sent. */
  hangUp(): void {
    this.socket.end();
  }

  /** Ends the connection with a reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  private more(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}

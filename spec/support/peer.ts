/** The other end of a connection: what a test says, and what it hears, frame by frame. */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { soon } from './until.js';

export type DialectName = 'nats' | 'line';

/** How a connection ended, as the peer saw it. */
export type Ending = 'fin' | 'reset';

const PINGS = { nats: 'PING\r\n', line: 'PING\n' } as const;

export class Peer {
  readonly wire: Duplex;
  readonly dialect: DialectName;
  /** Resolves with how the broker ended the connection. */
  readonly closed: Promise<Ending>;
  /** Whether the broker's PINGs are answered and never seen, so that a spec may take its time. */
  answersPings = false;
  /** Bytes that have come so far. */
  bytesReceived = 0;
  private chunks: Buffer[] = [];
  private buffer: Buffer = Buffer.alloc(0);
  private at = 0;
  private over: Ending | undefined;
  private wake: (() => void) | undefined;

  constructor(wire: Duplex, dialect: DialectName) {
    this.wire = wire;
    this.dialect = dialect;
    wire.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.bytesReceived += chunk.length;
      this.wake?.();
    });
    this.closed = new Promise((resolve) => {
      const end = (ending: Ending) => {
        this.over ??= ending;
        this.wake?.();
        resolve(this.over);
      };
      wire.once('end', () => end('fin'));
      wire.on('error', () => end('reset'));
      wire.once('close', () => end('reset'));
    });
  }

  /** Writes as it is; line ends are the caller's. */
  send(...parts: (string | Buffer)[]): this {
    for (const part of parts) this.wire.write(part);
    return this;
  }

  /** Like `send`, and resolves once the transport has taken it: which it does not while the publisher is held. */
  sendAll(bytes: string | Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.wire.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** The next frame without its last line end; a MSG comes with its payload: `MSG foo 1 2␍␊hi`. */
  async next(): Promise<string> {
    for (;;) {
      const frame = this.take();
      if (frame !== undefined) return frame;
      if (this.over !== undefined)
        throw new Error(`the connection ended (${this.over}) without another frame`);
      await soon(
        'a frame',
        new Promise<void>((resolve) => {
          this.wake = resolve;
        }),
      );
      this.wake = undefined;
    }
  }

  /** The next `count` frames. */
  async nextOnes(count: number): Promise<string[]> {
    const frames: string[] = [];
    while (frames.length < count) frames.push(await this.next());
    return frames;
  }

  /** Asserts what the next frames are. */
  async expect(...frames: string[]): Promise<void> {
    for (const frame of frames) expect(await this.next()).to.equal(frame);
  }

  /** Asserts that nothing is on the way: a PING's answer is the next frame. */
  async expectSilence(): Promise<void> {
    this.send(PINGS[this.dialect]);
    await this.expect('PONG');
  }

  /** Waits until everything sent has been routed; returns the frames that came meanwhile. */
  async settle(): Promise<string[]> {
    this.send(PINGS[this.dialect]);
    const frames: string[] = [];
    for (;;) {
      const frame = await this.next();
      if (frame === 'PONG') return frames;
      frames.push(frame);
    }
  }

  /** Frames up to the end of the connection. */
  async rest(): Promise<string[]> {
    await soon('the end of the connection', this.closed);
    const frames: string[] = [];
    for (;;) {
      const frame = this.take();
      if (frame === undefined) return frames;
      frames.push(frame);
    }
  }

  /** Asserts that these are the last frames and how the connection then ends. */
  async expectEnd(ending: Ending, ...frames: string[]): Promise<void> {
    expect(await this.rest()).to.deep.equal(frames);
    expect(await this.closed).to.equal(ending);
  }

  /** Stops reading. */
  stall(): this {
    this.wire.pause();
    return this;
  }

  /** Reads on. */
  resume(): this {
    this.wire.resume();
    return this;
  }

  /** Says its last word; still reads. */
  end(): this {
    this.wire.end();
    return this;
  }

  /** Is gone from one moment to the next. */
  reset(): void {
    // Node loses a handle for ever, and then its own exit, where a socket is reset that is being shut down.
    if (this.wire instanceof Socket && !this.wire.writableEnded) this.wire.resetAndDestroy();
    else this.wire.destroy();
  }

  private take(): string | undefined {
    for (;;) {
      const frame = this.takeAny();
      if (frame !== 'PING' || !this.answersPings) return frame;
      if (!this.wire.writableEnded) this.send('PONG\r\n');
    }
  }

  private takeAny(): string | undefined {
    if (this.chunks.length > 0) {
      this.buffer = Buffer.concat([this.buffer.subarray(this.at), ...this.chunks]);
      this.at = 0;
      this.chunks = [];
    }
    const newline = this.buffer.indexOf('\n', this.at);
    if (newline < 0) return undefined;
    const line = this.buffer.toString('utf8', this.at, newline).replace(/\r$/, '');
    if (this.dialect === 'line' || !/^H?MSG /.test(line)) {
      this.at = newline + 1;
      return line;
    }
    const payloadEnd = newline + 1 + Number(line.slice(line.lastIndexOf(' ') + 1));
    if (this.buffer.length < payloadEnd + 2) return undefined;
    const payload = this.buffer.toString('utf8', newline + 1, payloadEnd);
    this.at = payloadEnd + 2;
    return `${line}\r\n${payload}`;
  }
}

import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** Bytes that may wait behind a request, above which the socket is not read. */
const MAX_HELD_BYTES = 16 * 1024;
const LF = 10;
const CR = 13;

/**
 * Stands between a socket and the HTTP server and hands over one request at a time: what follows the head of a
 * request stays here until `answered` is called, but for a body that `passBody` lets through. So a connection costs one request, however many are pipelined.
 *
 *   socket → [held] → one head → HTTP server → answer → socket
 *
 * Emits 'ended' when the peer has sent all it sends, though a request may still be answered.
 *
 * The end of a head is its first empty line. Requests with a body must be answered with `Connection: close`.
 */
export class RequestGate extends Duplex {
  /** Address of the peer; the HTTP server's requests have this stream for their socket. */
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  private readonly socket: Socket;
  private held: Buffer[] = [];
  private heldBytes = 0;
  private isBusy = false;
  /** Bytes of the body of this request that are yet to be handed over. */
  private bodyBytes = 0;
  private hasEnded = false;
  /** Whether the line that is being read has no bytes so far, and whether one before it in this head had some. */
  private isLineEmpty = true;
  private hasLine = false;

  constructor(socket: Socket) {
    super({ allowHalfOpen: true });
    this.socket = socket;
    this.remoteAddress = socket.remoteAddress;
    this.remotePort = socket.remotePort;
    socket.on('data', (chunk: Buffer) => this.hold(chunk));
    socket.on('end', () => {
      this.hasEnded = true;
      this.emit('ended');
      this.forward();
    });
    socket.on('timeout', () => this.emit('timeout'));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  /** Hands over the next `bytes` bytes, which are the body of the request that was handed over last. */
  passBody(bytes: number): void {
    this.bodyBytes = bytes;
    this.goOn();
  }

  /** The request that was handed over last has been answered: the next one may come. */
  answered(): void {
    this.isBusy = false;
    this.bodyBytes = 0;
    this.goOn();
  }

  /** As of a socket; the HTTP server sets it. Emits 'timeout'. */
  setTimeout(ms: number): this {
    this.socket.setTimeout(ms);
    return this;
  }

  /** As of a socket: closes once everything has been written. */
  destroySoon(): void {
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
    if (this.writable) this.end();
  }

  override _read(): void {
    // The parser takes a head as it comes; what is left in the buffer of this stream is one head at most.
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.socket.write(chunk, encoding, done);
  }

  override _writev(
    chunks: readonly { readonly chunk: Buffer; readonly encoding: BufferEncoding }[],
    done: (error?: Error | null) => void,
  ): void {
    const { socket } = this;
    socket.cork();
    for (const [i, { chunk, encoding }] of chunks.entries()) {
      if (i === chunks.length - 1) socket.write(chunk, encoding, done);
      else socket.write(chunk, encoding);
    }
    socket.uncork();
  }

  override _final(done: () => void): void {
    this.socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.held = [];
    this.heldBytes = 0;
    this.socket.destroy();
    done(error);
  }

  private hold(chunk: Buffer): void {
    this.held.push(chunk);
    this.heldBytes += chunk.length;
    this.forward();
    if (this.heldBytes > MAX_HELD_BYTES) this.socket.pause();
  }

  private goOn(): void {
    this.forward();
    if (this.heldBytes <= MAX_HELD_BYTES) this.socket.resume();
  }

  private forward(): void {
    while ((!this.isBusy || this.bodyBytes > 0) && !this.destroyed) {
      const chunk = this.held.shift();
      if (chunk === undefined) break;
      const end = this.bodyBytes > 0 ? this.bodyEnd(chunk) : this.headEnd(chunk);
      if (end < chunk.length) this.held.unshift(chunk.subarray(end));
      this.heldBytes -= end;
      this.push(end < chunk.length ? chunk.subarray(0, end) : chunk);
    }
    if (this.hasEnded && !this.isBusy && this.held.length === 0) this.push(null);
  }

  /** How many of these bytes belong to the body that is being handed over. */
  private bodyEnd(chunk: Buffer): number {
    const end = Math.min(this.bodyBytes, chunk.length);
    this.bodyBytes -= end;
    return end;
  }

  /** How many of these bytes belong to the head that is being read; notes when it is complete. */
  private headEnd(chunk: Buffer): number {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (byte === CR) continue;
      if (byte !== LF) {
        this.isLineEmpty = false;
        continue;
      }
      if (this.isLineEmpty && this.hasLine) {
        this.hasLine = false;
        this.isBusy = true;
        return i + 1;
      }
      // Empty lines before a request are none of its own.
      if (!this.isLineEmpty) this.hasLine = true;
      this.isLineEmpty = true;
    }
    return chunk.length;
  }
}

import type { Duplex } from 'node:stream';
import { clearTimeout, setImmediate, setTimeout } from 'node:timers';

/** How long a peer may take to close in answer, in milliseconds. */
const LINGER_MS = 1_000;

/**
 * As much of a W3C WebSocket as nats.js uses, over a stream: each chunk is a binary message. What is sent is copied, as
 * is what comes in.
 */
export class MemorySocket {
  binaryType = 'arraybuffer';
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: ArrayBuffer }) => void) | null = null;
  onerror: ((event: { readonly message: string }) => void) | null = null;
  onclose:
    | ((event: { readonly code: number; readonly reason: string; readonly wasClean: boolean }) => void)
    | null = null;
  private readonly wire: Duplex | undefined;

  /** @param dial connects, or throws: then the socket fails like one whose connection is refused */
  constructor(dial: () => Duplex) {
    let wire: Duplex;
    try {
      wire = dial();
    } catch (error) {
      setImmediate(() => this.fail((error as Error).message));
      return;
    }
    this.wire = wire;
    wire.on('data', (chunk: Buffer) => this.onmessage?.({ data: new Uint8Array(chunk).buffer }));
    wire.on('error', () => {}); // whatever it is, `close` follows, and reconnecting is the answer to it
    wire.once('end', () => wire.end());
    wire.once('close', () => {
      const wasClean = wire.errored === null;
      this.onclose?.({ code: wasClean ? 1000 : 1006, reason: '', wasClean });
    });
    setImmediate(() => this.onopen?.());
  }

  get bufferedAmount(): number {
    const { wire } = this;
    return wire === undefined || wire.destroyed ? 0 : wire.writableLength;
  }

  send(data: ArrayBuffer | Uint8Array): void {
    const { wire } = this;
    if (wire?.writable === true) wire.write(Buffer.from(new Uint8Array(data)));
  }

  close(): void {
    const { wire } = this;
    if (wire?.writable !== true) return;
    wire.end();
    const timer = setTimeout(() => wire.destroy(), LINGER_MS);
    wire.once('close', () => clearTimeout(timer));
  }

  private fail(message: string): void {
    this.onerror?.({ message });
    this.onclose?.({ code: 1006, reason: '', wasClean: false });
  }
}

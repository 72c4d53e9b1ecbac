import type { Duplex } from 'node:stream';
import { VERSION } from '../version.js';

/** nats.js's own interface of what it sends and receives by, as far as it is used: `Transport` in `@nats-io/nats-core`. */
export class MemoryTransport implements AsyncIterable<Uint8Array> {
  readonly lang = 'nats.js';
  /** It goes into CONNECT. */
  readonly version = `sluice-${VERSION}`;
  closeError?: Error;
  private readonly dial: () => Duplex;
  private wire: Duplex | undefined;
  private isOver = false;
  private emitClosed: (error?: Error) => void = () => {};
  private readonly whenClosed = new Promise<Error | undefined>((resolve) => {
    this.emitClosed = resolve;
  });

  /** @param dial connects, or throws */
  constructor(dial: () => Duplex) {
    this.dial = dial;
  }

  get isClosed(): boolean {
    return this.isOver;
  }

  async connect(): Promise<void> {
    const wire = this.dial();
    this.wire = wire;
    wire.on('error', () => {});
    wire.once('close', () => this.over(undefined));
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    try {
      for await (const chunk of this.wire ?? []) yield new Uint8Array(chunk as Buffer);
    } catch {
      // It broke off: `closed` says so.
    }
  }

  isEncrypted(): boolean {
    return false;
  }

  send(frame: Uint8Array): void {
    const { wire } = this;
    if (wire !== undefined && !wire.writableEnded && !wire.destroyed) wire.write(Buffer.from(frame));
  }

  async close(error?: Error): Promise<void> {
    if (error !== undefined) this.closeError ??= error;
    const { wire } = this;
    if (wire !== undefined && !wire.destroyed && error === undefined)
      await new Promise<void>((resolve) => wire.end(() => resolve()));
    wire?.destroy();
    this.over(error);
  }

  disconnect(): void {
    this.discard();
    this.over(undefined);
  }

  closed(): Promise<Error | undefined> {
    return this.whenClosed;
  }

  discard(): void {
    this.wire?.destroy();
  }

  private over(error: Error | undefined): void {
    this.isOver = true;
    this.emitClosed(error);
  }
}

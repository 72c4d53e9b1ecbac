import type { Duplex } from 'node:stream';
import type { IoEnd } from '../clients/io-end.js';
import type { Encoder } from '../dialects/codec.js';
import type { Outgoing } from '../frame/delivery.js';

/** What an encoder is piped into, as far as this looks at it. */
type Outlet = Pick<
  Duplex,
  'writableLength' | 'writableFinished' | 'destroyed' | 'errored' | 'cork' | 'uncork'
>;
type Renderer = Pick<
  Encoder,
  | 'renderedBytes'
  | 'renderedChunks'
  | 'isShortOfMemory'
  | 'backedUp'
  | 'readableLength'
  | 'errored'
  | 'taken'
  | 'write'
  | 'destroy'
>;

/** An encoder and the wire that it is piped into, on the thread of the core. */
export class StreamIoEnd implements IoEnd {
  /** What the encoder is piped into; another one once TLS has come up. */
  wire: Outlet;
  private readonly encoder: Renderer;
  /** The wire that holds back what is rendered until the next flush. */
  private corked: Outlet | undefined = undefined;
  private lastTaken = 0;

  constructor(encoder: Renderer, wire: Outlet) {
    this.encoder = encoder;
    this.wire = wire;
  }

  get renderedBytes(): number {
    return this.encoder.renderedBytes;
  }

  get renderedChunks(): number {
    return this.encoder.renderedChunks;
  }

  get waitingBytes(): number {
    return this.encoder.readableLength + this.wire.writableLength;
  }

  get isShortOfMemory(): boolean {
    return this.encoder.isShortOfMemory;
  }

  get hasFailed(): boolean {
    return this.encoder.errored !== null;
  }

  write(items: readonly Outgoing<unknown>[]): void {
    const { encoder, wire } = this;
    if (this.corked === undefined) {
      this.corked = wire;
      encoder.backedUp = this.waitingBytes > 0;
      wire.cork();
    }
    try {
      encoder.write(items);
    } catch (error) {
      encoder.destroy(error as Error); // one that does not extend `RunEncoder`: the core must not see its throw
    }
  }

  flush(): void {
    const { encoder, corked } = this;
    this.corked = undefined;
    corked?.uncork();
    if (this.waitingBytes === 0 && encoder.errored === null) encoder.taken(encoder.renderedBytes);
  }

  credit(): number {
    const { wire, encoder } = this;
    if (wire.writableFinished) this.lastTaken = encoder.renderedBytes - encoder.readableLength;
    // A stream that is destroyed takes what it still holds off its count: that was not taken.
    else if (!wire.destroyed && wire.errored === null)
      this.lastTaken = encoder.renderedBytes - this.waitingBytes;
    encoder.taken(this.lastTaken);
    return this.lastTaken;
  }
}

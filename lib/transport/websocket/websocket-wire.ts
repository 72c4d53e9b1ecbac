import type { Duplex } from 'node:stream';
import type { PeerCertificate } from 'node:tls';
import type { CloseReason } from '../../domain/close-reason.js';
import { StreamWire } from '../stream-wire.js';
import type { OnRead, TlsSession, Upgrade, Wire } from '../wire.js';
import type { WebSocketStream } from './websocket-stream.js';

/** The bytes within a WebSocket whose messages may be compressed, without the types of what does that. */
export type TrustingStream = Duplex & { reason: CloseReason | undefined; trust(): void };

/** What the upgrade request of a WebSocket has led to. */
export interface Upgraded extends Upgrade {
  /** Address of the peer as trusted proxies say it; undefined: that of the connection. */
  readonly forwardedFor: string | undefined;
}

/** What all wires within WebSockets have in common: the peer is that of the wire below, or of a proxy's. */
class UpgradedWire extends StreamWire {
  declare readonly stream: Duplex & { reason: CloseReason | undefined };
  protected readonly below: Wire;
  private readonly forwardedFor: string | undefined;

  constructor(stream: Duplex & { reason: CloseReason | undefined }, below: Wire, upgraded: Upgraded) {
    super(stream, undefined, upgraded);
    this.below = below;
    this.forwardedFor = upgraded.forwardedFor;
  }

  override get remoteAddress(): string | undefined {
    return this.forwardedFor ?? this.below.remoteAddress;
  }

  override get remotePort(): number | undefined {
    return this.forwardedFor === undefined ? this.below.remotePort : undefined;
  }

  override get tls(): TlsSession | undefined {
    return this.below.tls;
  }

  override get peerCertificate(): PeerCertificate | undefined {
    return this.below.peerCertificate;
  }

  override pauseReading(): boolean {
    return this.below.pauseReading();
  }

  override resumeReading(): void {
    this.below.resumeReading();
  }

  override closing(reason: CloseReason): void {
    this.stream.reason = reason;
  }

  override release(): void {
    this.below.release();
  }
}

/** A wire within a WebSocket. It has the capabilities of the wire below. */
export class WebSocketWire extends UpgradedWire {
  declare readonly stream: WebSocketStream;

  override get borrows(): boolean {
    return this.below.borrows;
  }

  override get readsInPlace(): boolean {
    return this.below.readsInPlace;
  }

  override get tracksAcknowledgements(): boolean {
    return this.below.tracksAcknowledgements;
  }

  override unacknowledgedBytes(told: (bytes: number) => void): void {
    this.below.unacknowledgedBytes(told);
  }

  override readInto(memory: Buffer, onRead: OnRead): void {
    this.stream.readInto(memory, onRead);
  }

  override reset(): void {
    this.below.reset();
  }
}

/** A wire within a WebSocket whose messages are compressed, which other threads do: what is written has to last until then. */
export class CompressedWire extends UpgradedWire {
  declare readonly stream: TrustingStream;

  override trust(): void {
    this.stream.trust();
  }
}

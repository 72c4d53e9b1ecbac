import type { Duplex } from 'node:stream';
import type { PeerCertificate } from 'node:tls';
import type { CloseReason } from '../domain/close-reason.js';
import type { Security } from './tls.js';
import type { OnRead, PeerStream, TlsSession, Upgrade, Wire } from './wire.js';

/** A wire over any Duplex, which has none of the capabilities. What is written to it belongs to its reader. */
export class StreamWire implements Wire {
  readonly stream: Duplex;
  security: Security | undefined;
  listener: string | undefined = undefined;
  readonly upgrade: Upgrade | undefined;

  /** @param upgrade what the stream began with, if it is that within a WebSocket */
  constructor(stream: Duplex, security?: Security, upgrade?: Upgrade) {
    this.stream = stream;
    this.security = security;
    this.upgrade = upgrade;
  }

  get remoteAddress(): string | undefined {
    // A listener of both families shows IPv4 addresses as IPv6 ones.
    return (this.stream as PeerStream).remoteAddress?.replace(/^::ffff:(?=\d+\.)/i, '');
  }

  get remotePort(): number | undefined {
    return (this.stream as PeerStream).remotePort;
  }

  get borrows(): boolean {
    return false;
  }

  get readsInPlace(): boolean {
    return false;
  }

  get tracksAcknowledgements(): boolean {
    return false;
  }

  get isSecure(): boolean {
    return this.tls !== undefined;
  }

  get tls(): TlsSession | undefined {
    return undefined;
  }

  get peerCertificate(): PeerCertificate | undefined {
    return undefined;
  }

  unacknowledgedBytes(_told: (bytes: number) => void): void {}

  readInto(_memory: Buffer, _onRead: OnRead): void {}

  pauseReading(): boolean {
    return false;
  }

  resumeReading(): void {}

  trust(): void {}

  closing(_reason: CloseReason): void {}

  reset(): void {
    this.stream.destroy();
  }

  release(): void {}
}

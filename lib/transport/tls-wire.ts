import type { Duplex } from 'node:stream';
import { type PeerCertificate, TLSSocket } from 'node:tls';
import type { SocketTable } from './socket-table.js';
import { wireOver } from './socket-wire.js';
import { StreamWire } from './stream-wire.js';
import type { TlsSession, Wire } from './wire.js';

/** A wire that is encrypted, over another wire. */
export class TlsWire extends StreamWire {
  declare readonly stream: TLSSocket;
  private readonly below: Wire;
  private readonly session: TlsSession;

  /** @param stream after its handshake */
  constructor(stream: TLSSocket, below: Wire) {
    super(stream);
    this.below = below;
    const { name, standardName } = stream.getCipher();
    this.session = { version: stream.getProtocol() ?? '', cipher: standardName, opensslCipher: name };
  }

  override get remoteAddress(): string | undefined {
    return this.below.remoteAddress;
  }

  override get remotePort(): number | undefined {
    return this.below.remotePort;
  }

  override get borrows(): boolean {
    return this.below.borrows;
  }

  override get tracksAcknowledgements(): boolean {
    return this.below.tracksAcknowledgements;
  }

  override get tls(): TlsSession {
    return this.session;
  }

  override get peerCertificate(): PeerCertificate | undefined {
    if (!this.stream.authorized) return undefined;
    const certificate = this.stream.getPeerCertificate();
    return certificate.raw === undefined ? undefined : certificate;
  }

  override unacknowledgedBytes(told: (bytes: number) => void): void {
    this.below.unacknowledgedBytes(told);
  }

  override pauseReading(): boolean {
    return this.below.pauseReading();
  }

  override resumeReading(): void {
    this.below.resumeReading();
  }

  override release(): void {
    this.below.release();
  }
}

/** The same for a stream that may have been secured already. */
export function securedWireOver(stream: Duplex, table: SocketTable): Wire {
  const wire = wireOver(stream, table);
  return stream instanceof TLSSocket ? new TlsWire(stream, wire) : wire;
}

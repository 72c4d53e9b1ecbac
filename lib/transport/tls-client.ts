import { isIP } from 'node:net';
import { connect, createSecureContext, type SecureContext } from 'node:tls';
import { TlsWire } from './tls-wire.js';
import type { Wire } from './wire.js';

/** The client's end of TLS, in plain values. */
export interface TlsClientOptions {
  /** Name that the server's certificate must be for, and that is sent as SNI. Default: the host that is dialled. */
  readonly serverName?: string | undefined;
  /** Certificates of the authorities that the server's is verified with, as PEM. Default: Node's. */
  readonly ca?: string | string[] | undefined;
  /** A client certificate and its chain, as PEM. */
  readonly cert?: string | undefined;
  /** The private key of `cert`, as PEM. */
  readonly key?: string | undefined;
  /** Accepts any certificate, so that anyone on the network path can be the server. Default false. */
  readonly insecure?: boolean | undefined;
  /** Default TLSv1.2. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
}

/** What came of a handshake: exactly one of these is called, once, unless it is cancelled. */
export interface ClientHandshake {
  /** Errors of the wire's stream must be listened to before this returns. */
  secured(wire: Wire): void;
  /** The wire has been destroyed. */
  failed(error: Error): void;
}

/** The client's end of TLS. */
export class TlsClientContext {
  private readonly context: SecureContext;
  private readonly options: TlsClientOptions;

  /** @throws Error of OpenSSL about a certificate or key that it rejects */
  constructor(options: TlsClientOptions) {
    const { ca, cert, key, minVersion = 'TLSv1.2' } = options;
    this.options = options;
    this.context = createSecureContext({
      ...(ca === undefined ? {} : { ca: [ca].flat() }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      minVersion,
    });
  }

  /**
   * Does the client's part of a handshake on a wire, and verifies the server's certificate. Sets no time limit: the
   * function that it returns cancels the handshake, after which neither outcome is called and the wire is destroyed.
   *
   * @param host the name or address that was dialled
   */
  secure(wire: Wire, host: string, { secured, failed }: ClientHandshake): () => void {
    const { serverName = host, insecure = false } = this.options;
    const stream = connect({
      socket: wire.stream,
      host: serverName, // what the certificate must be for
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      secureContext: this.context,
      rejectUnauthorized: !insecure,
    });
    let isOver = false;
    const fail = (error: Error): void => {
      if (isOver) return;
      isOver = true;
      stream.destroy();
      wire.stream.destroy();
      failed(error);
    };
    stream.on('error', fail);
    stream.once('close', () => fail(new Error('the peer closed the connection during the TLS handshake')));
    stream.once('secureConnect', () => {
      if (isOver) return;
      isOver = true;
      secured(new TlsWire(stream, wire));
    });
    return () => {
      isOver = true;
      stream.destroy();
      wire.stream.destroy();
    };
  }
}

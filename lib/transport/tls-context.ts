import { constants, createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import {
  createSecureContext,
  createServer,
  DEFAULT_CIPHERS,
  type SecureContextOptions,
  type Server,
  type TLSSocket,
} from 'node:tls';
import { SluiceError } from '../domain/errors.js';
import { CertificateChoice, type TlsCertificate } from './certificate-choice.js';
import { hasWholeHello, serverNameIn } from './client-hello.js';
import { handshakeFault } from './handshake-fault.js';
import { peek } from './peek.js';
import { hasWeakSignature } from './weak-signature.js';

/** The server's end of TLS, in plain values: no files, and names as OpenSSL has them. */
export interface TlsServerOptions {
  /** One at least. Where there are several, clients get the one for the name they ask for. */
  readonly certificates: readonly TlsCertificate[];
  /** Certificates of the authorities that clients' certificates are verified with, as PEM; undefined: Node's. */
  readonly ca: string[] | undefined;
  /** Whether clients must present a certificate, which is then verified. */
  readonly verify: boolean;
  /** SHA-256 of the public keys (SubjectPublicKeyInfo) that clients' certificates may have, in hex; undefined: any. */
  readonly pinned?: ReadonlySet<string> | undefined;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  /** Cipher suites, separated by colons; undefined: Node's. */
  readonly ciphers?: string;
  /** Curves, separated by colons; undefined: Node's. */
  readonly ecdhCurve?: string;
}

/** Node's own time limit of a handshake, in milliseconds: out of reach, since the caller of `secure` sets its own. */
const NODE_TIMEOUT_MS = 24 * 60 * 60 * 1_000;

/** OpenSSL's code for a certificate that is signed with SHA-1 or MD5. */
const WEAK_DIGEST = 'ERR_SSL_CA_MD_TOO_WEAK';

/** What came of a handshake. Exactly one is called, once, and not before `secure` has returned. */
export interface HandshakeOutcome {
  /** The stream within; its errors must be listened to before this returns. */
  secured(stream: TLSSocket): void;
  /** Why there is none, in a few words; the wire is closed, or about to be. */
  failed(why: string): void;
}

/**
 * The server's end of TLS: its certificate and key, and what clients' certificates are verified with.
 *
 * Node does server handshakes within a `tls.Server` only. The server need not listen: it takes any Duplex as a
 * connection. It reports the outcome of each handshake on itself, so each wire gets a view of the server of its own,
 * which reports the outcome of that one handshake.
 */
export class TlsContext {
  /** When the first of its certificates expires, in milliseconds of Unix time. */
  expiresAt: number;
  private readonly warn: (warning: string) => void;
  private servers: CertificateChoice<Server>;
  private pinned: ReadonlySet<string> | undefined;

  /**
   * @param warn gets one line about a certificate that is accepted but should not be used
   * @throws SluiceError CONFIG_INVALID about what OpenSSL rejects
   */
  constructor(options: TlsServerOptions, warn: (warning: string) => void = () => undefined) {
    this.warn = warn;
    this.servers = serversFor(options, warn);
    this.pinned = options.pinned;
    this.expiresAt = endOf(options);
  }

  /**
   * Replaces the options. Open connections stay as they are; their TLS sessions cannot be resumed.
   *
   * @throws SluiceError CONFIG_INVALID; then everything stays as it was
   */
  reload(options: TlsServerOptions): void {
    this.servers = serversFor(options, this.warn);
    this.pinned = options.pinned;
    this.expiresAt = endOf(options);
  }

  /** Does the server's part of a handshake on a wire, what the wire has buffered included. Sets no time limit. */
  secure(wire: Duplex, outcome: HandshakeOutcome): void {
    const { servers } = this;
    if (!servers.isOpen) return this.handshake(servers.for(''), wire, outcome);
    const buffered = wire.read() as Buffer | null;
    if (buffered !== null) wire.unshift(buffered);
    if (buffered !== null && hasWholeHello(buffered))
      return this.handshake(servers.for(serverNameIn(buffered)), wire, outcome);
    // The certificate depends on what the client asks for first.
    const hungUp = (): void => outcome.failed(HUNG_UP);
    wire.once('close', hungUp);
    const wholeHello = (bytes: Buffer) => (hasWholeHello(bytes) ? bytes : undefined);
    peek(wire, NODE_TIMEOUT_MS, wholeHello, (hello) => {
      wire.off('close', hungUp);
      if (typeof hello === 'string') hungUp();
      else this.handshake(servers.for(serverNameIn(hello)), wire, outcome);
    });
  }

  private handshake(server: Server, wire: Duplex, outcome: HandshakeOutcome): void {
    const { pinned } = this;
    let over = false;
    const view = Object.create(server) as Server;
    view.emit = (event: string, ...args: unknown[]): boolean => {
      if (event !== 'secureConnection' && event !== 'tlsClientError')
        return EventEmitter.prototype.emit.call(server, event, ...args);
      if (over) return true;
      over = true;
      if (event === 'secureConnection') {
        const stream = args[0] as TLSSocket;
        if (pinned === undefined || pinned.has(keyDigest(stream))) outcome.secured(stream);
        else {
          stream.on('error', () => {}).destroy();
          outcome.failed(NOT_PINNED);
        }
      } else {
        // Where the client's certificate is at fault the types say Error, but it is OpenSSL's code for it.
        const { authorizationError } = args[1] as { readonly authorizationError?: unknown };
        outcome.failed(handshakeFault(args[0] as NodeJS.ErrnoException, authorizationError));
      }
      return true;
    };
    EventEmitter.prototype.emit.call(view, 'connection', wire);
  }
}

/** What a handshake fails of whose client leaves before it begins. */
const HUNG_UP = 'the client hung up';

/** What a handshake fails of whose certificate has another key. */
const NOT_PINNED = "the client's certificate is not pinned";

/** SHA-256 of the public key in the client's certificate, in hex; empty: it has presented none. */
function keyDigest(stream: TLSSocket): string {
  const certificate = stream.getPeerX509Certificate();
  if (certificate === undefined) return '';
  const key = certificate.publicKey.export({ format: 'der', type: 'spki' });
  return createHash('sha256').update(key).digest('hex');
}

function endOf({ certificates }: TlsServerOptions): number {
  return Math.min(...certificates.map(({ expiresAt }) => expiresAt));
}

function serversFor(settings: TlsServerOptions, warn: (warning: string) => void): CertificateChoice<Server> {
  const { certificates, verify } = settings;
  const weak = new Set(certificates.filter((each) => isWeak(each, settings, warn)));
  return new CertificateChoice(certificates, (chosen) => {
    const hasWeak = chosen.some((each) => weak.has(each));
    return createServer({
      ...contextOptions(chosen, settings, hasWeak),
      requestCert: verify,
      rejectUnauthorized: verify,
      handshakeTimeout: NODE_TIMEOUT_MS,
    });
  });
}

function contextOptions(
  chosen: readonly TlsCertificate[],
  { ca, minVersion, ciphers, ecdhCurve }: TlsServerOptions,
  isWeak: boolean,
): SecureContextOptions {
  const allowed = isWeak ? `${ciphers ?? DEFAULT_CIPHERS}:@SECLEVEL=0` : ciphers;
  return {
    cert: chosen.map(({ cert }) => cert),
    key: chosen.map(({ key }) => key),
    ...(ca === undefined ? {} : { ca }),
    minVersion,
    ...(allowed === undefined ? {} : { ciphers: allowed }),
    ...(ecdhCurve === undefined ? {} : { ecdhCurve }),
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  };
}

/**
 * Whether OpenSSL rejects a certificate as it is signed with SHA-1 or MD5. It is served nonetheless, as nats-server does: clients decide whether
 * to accept it. OpenSSL accepts it at its lowest security level only, where it would accept such certificates of clients
 * as well. So it is refused where clients are verified. A self-signed one OpenSSL accepts at any level: it is warned of.
 *
 * @throws SluiceError CONFIG_INVALID about what OpenSSL rejects
 */
function isWeak(
  certificate: TlsCertificate,
  settings: TlsServerOptions,
  warn: (warning: string) => void,
): boolean {
  const { name } = certificate;
  const problem = `${name}: signed with SHA-1 or MD5`;
  const warnOfIt = (): void => warn(`${problem}: clients may refuse it, and it can be forged`);
  try {
    createSecureContext(contextOptions([certificate], settings, false));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== WEAK_DIGEST) {
      // What only OpenSSL checks, such as the length of the key.
      const { reason: why, message } = error as Error & { readonly reason?: string };
      throw new SluiceError('CONFIG_INVALID', `${name}: ${why ?? message}`, { cause: error });
    }
    if (settings.verify)
      throw new SluiceError('CONFIG_INVALID', `${problem}, which does not go with tls.verify`);
    warnOfIt();
    return true;
  }
  if (hasWeakSignature(certificate.cert)) warnOfIt();
  return false;
}

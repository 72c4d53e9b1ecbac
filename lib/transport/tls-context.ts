import { constants } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { createServer, DEFAULT_CIPHERS, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import type { TlsConfig } from '../config/shapes.js';
import { SluiceError } from '../domain/errors.js';
import { handshakeFault } from './handshake-fault.js';
import { invalid, readTlsFiles, type TlsFiles } from './tls-files.js';
import { ciphersOption, curvesOption } from './tls-names.js';

/** Node's own limit on a handshake, in milliseconds: out of the way, as whoever asks for one limits it himself. */
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
 * Our end of TLS: certificate, key and who vouches for clients.
 *
 * Node does the handshake of a `tls.Server` only, which need not listen: it takes any Duplex as a connection. What
 * becomes of each it tells the whole server, so every wire gets a view of that server which tells it alone.
 */
export class TlsContext {
  /** When its certificate expires, in milliseconds of Unix time. */
  expiresAt: number;
  private config: TlsConfig;
  private readonly warn: (warning: string) => void;
  private server: Server;

  /**
   * @param warn told of what is taken and should not be used, in one line
   * @throws SluiceError CONFIG_INVALID with the key, the file and the reason
   */
  constructor(config: TlsConfig, warn: (warning: string) => void = () => undefined) {
    this.config = config;
    this.warn = warn;
    const files = readTlsFiles(config);
    this.server = serverFor(config, files, warn);
    this.expiresAt = files.expiresAt;
  }

  /**
   * Reads the files again, or those of another configuration. Connections there are stay as they are; sessions they
   * had cannot be resumed.
   *
   * @throws SluiceError CONFIG_INVALID; then everything stays as it was
   */
  reload(config: TlsConfig = this.config): void {
    const files = readTlsFiles(config);
    this.server = serverFor(config, files, this.warn);
    this.expiresAt = files.expiresAt;
    this.config = config;
  }

  /** Does the server's part of a handshake on a wire, what the wire has buffered included. Sets no time limit. */
  secure(wire: Duplex, outcome: HandshakeOutcome): void {
    const { server } = this;
    let over = false;
    const view = Object.create(server) as Server;
    view.emit = (event: string, ...args: unknown[]): boolean => {
      if (event !== 'secureConnection' && event !== 'tlsClientError')
        return EventEmitter.prototype.emit.call(server, event, ...args);
      if (over) return true;
      over = true;
      if (event === 'secureConnection') outcome.secured(args[0] as TLSSocket);
      else {
        // Where the client's certificate is at fault the types say Error, but it is OpenSSL's code for it.
        const { authorizationError } = args[1] as { readonly authorizationError?: unknown };
        outcome.failed(handshakeFault(args[0] as NodeJS.ErrnoException, authorizationError));
      }
      return true;
    };
    EventEmitter.prototype.emit.call(view, 'connection', wire);
  }
}

/**
 * @param config with paths of files, which are read now
 * @param warn told of what is taken and should not be used, in one line
 * @throws SluiceError CONFIG_INVALID with the key, the file and the reason: unreadable, no PEM, a key that does not
 *   belong to the certificate, an unknown cipher suite or curve
 */
export function createTlsContext(config: TlsConfig, warn?: (warning: string) => void): TlsContext {
  return new TlsContext(config, warn);
}

function serverFor(config: TlsConfig, { cert, key, ca }: TlsFiles, warn: (warning: string) => void): Server {
  const verify = config.verify || config.verifyAndMap;
  const options: TlsOptions = {
    cert,
    key,
    ...(ca === undefined ? {} : { ca }),
    requestCert: verify,
    rejectUnauthorized: verify,
    minVersion: config.minVersion,
    ...ciphersOption(config.cipherSuites),
    ...curvesOption(config.curvePreferences),
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    handshakeTimeout: NODE_TIMEOUT_MS,
  };
  try {
    return createServer(options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === WEAK_DIGEST) return weakServer(config, options, warn);
    // What OpenSSL alone can tell, such as a key too short for it.
    const { reason: why, message } = error as Error & { readonly reason?: string };
    throw new SluiceError('CONFIG_INVALID', `tls: ${config.certFile}: ${why ?? message}`, { cause: error });
  }
}

/**
 * Serves a certificate that is signed with SHA-1 or MD5, as nats-server does: it is for clients to judge. OpenSSL takes
 * it at its lowest level of security only, and would take clients' certificates like that as well: so not where clients
 * are verified.
 */
function weakServer(config: TlsConfig, options: TlsOptions, warn: (warning: string) => void): Server {
  const { certFile } = config;
  const fault = 'signed with SHA-1 or MD5';
  if (options.requestCert === true)
    throw invalid('cert_file', certFile, `${fault}, which does not go with tls.verify`);
  const server = createServer({ ...options, ciphers: `${options.ciphers ?? DEFAULT_CIPHERS}:@SECLEVEL=0` });
  warn(`tls.cert_file: ${certFile}: ${fault}: clients may refuse it, and it can be forged`);
  return server;
}

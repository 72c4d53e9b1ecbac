/** The way to a broker: a socket, and TLS on it. */
import { readFileSync } from 'node:fs';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { formatAddress } from '../../domain/address.js';
import { SluiceError } from '../../domain/errors.js';
import type { Target } from './target.js';

/** What a client wants of TLS. Files in PEM form. */
export interface TlsRequest {
  readonly isWanted: boolean;
  /** Before the broker says anything. */
  readonly isFirst: boolean;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

const FAULTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused: is a broker running there?',
  ECONNRESET: 'the connection was reset',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'no answer',
  EPIPE: 'the broker closed the connection',
};

const NO_TLS = 'TLS failed: what answered is not TLS; --tlsfirst is only for brokers that begin with it';
const UNTRUSTED = "TLS failed: no trusted authority signed the broker's certificate; see --tlscacert";
const REFUSED = "TLS failed: the broker refused this client's certificate; see --tlscert and --tlskey";
const NO_VERSION = 'TLS failed: the broker and this client have no version of TLS in common';

/** What OpenSSL's errors say of a broker, by their code. */
const TLS_FAULTS: Readonly<Record<string, string>> = {
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    'TLS failed: the broker demands a certificate of its clients; see --tlscert and --tlskey',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE:
    'TLS failed: no cipher suite in common, or the broker demands a certificate; see --tlscert and --tlskey',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: REFUSED,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: REFUSED,
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: REFUSED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: REFUSED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: REFUSED,
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: NO_VERSION,
  ERR_SSL_UNSUPPORTED_PROTOCOL: NO_VERSION,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_HAS_EXPIRED: "TLS failed: the broker's certificate has expired",
  CERT_NOT_YET_VALID: "TLS failed: the broker's certificate is not valid yet",
};

/** An error in one line: OpenSSL's own text has its source lines and a line end. */
function wordsOf(error: Error): string {
  const { code = '', message, reason } = error as NodeJS.ErrnoException & { readonly reason?: string };
  if (code.startsWith('ERR_SSL_')) return TLS_FAULTS[code] ?? `TLS failed: ${reason ?? code}`;
  return TLS_FAULTS[code] ?? FAULTS[code] ?? (message.split('\n')[0] || code);
}

/** An UNREACHABLE about a broker. */
export function unreachableAt(target: Pick<Target, 'host' | 'port'>, what: string): SluiceError {
  return new SluiceError('UNREACHABLE', `${formatAddress(target)}: ${what}`);
}

/** What a socket's error says of a broker. */
export function faultAt(target: Pick<Target, 'host' | 'port'>, error: Error): SluiceError {
  if (error instanceof SluiceError) return error;
  return unreachableAt(target, wordsOf(error));
}

/** Opens the socket; its errors are the caller's to hear. */
export function openSocket({ host, port }: Target): Socket {
  return connect({ host, port, noDelay: true });
}

function pem(path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    throw new SluiceError('USAGE', `${path}: ${(error as Error).message}`);
  }
}

/**
 * TLS on a socket. Resolves once the broker's certificate has been verified.
 * @throws SluiceError UNREACHABLE; USAGE about a file
 */
export function secure(socket: Socket, target: Target, request: TlsRequest): Promise<TLSSocket> {
  const { host } = target;
  const files = { ca: pem(request.caFile), cert: pem(request.certFile), key: pem(request.keyFile) };
  socket.on('error', () => {}); // the TLS on it says the same
  return new Promise((resolve, reject) => {
    const failed = (error: Error) =>
      reject(unreachableAt(target, `TLS failed: ${wordsOf(error).replace(/^TLS failed: /, '')}`));
    let secured: TLSSocket;
    try {
      secured = connectTls({ socket, host, ...(isIP(host) ? {} : { servername: host }), ...files });
    } catch (error) {
      return failed(error as Error); // a file that is no PEM
    }
    const ended = () => reject(unreachableAt(target, 'TLS failed: the broker closed the connection'));
    secured.once('error', failed).once('close', ended);
    secured.once('secureConnect', () => {
      secured.off('error', failed).off('close', ended);
      resolve(secured);
    });
  });
}

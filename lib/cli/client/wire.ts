/** The way to a broker: a socket, and TLS on it. */
import { readFileSync } from 'node:fs';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { formatAddress } from '../../config/address.js';
import { SluiceError } from '../../domain/errors.js';
import type { Target } from './target.js';

/** What a client wants of TLS. Files in PEM form. */
export interface TlsWish {
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

/** An UNREACHABLE about a broker. */
export function unreachableAt(target: Pick<Target, 'host' | 'port'>, what: string): SluiceError {
  return new SluiceError('UNREACHABLE', `${formatAddress(target)}: ${what}`);
}

/** What a socket's error says of a broker. */
export function faultAt(target: Pick<Target, 'host' | 'port'>, error: Error): SluiceError {
  if (error instanceof SluiceError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  return unreachableAt(target, FAULTS[code] ?? (message || code));
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
 * TLS on a socket. Resolves once the broker has shown that it is who it should be.
 * @throws SluiceError UNREACHABLE; USAGE about a file
 */
export function secure(socket: Socket, target: Target, wish: TlsWish): Promise<TLSSocket> {
  const { host } = target;
  const files = { ca: pem(wish.caFile), cert: pem(wish.certFile), key: pem(wish.keyFile) };
  socket.on('error', () => {}); // the TLS on it says the same
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(unreachableAt(target, `TLS failed: ${error.message}`));
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

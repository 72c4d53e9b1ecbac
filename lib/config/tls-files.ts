import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SluiceError } from '../domain/errors.js';
import { readErrorText } from '../domain/read-error.js';
import type { TlsConfig } from './shapes.js';

/** What the files of a TLS configuration hold, checked. */
export interface TlsFiles {
  /** The certificate, and whatever chain follows it, as PEM. */
  readonly cert: string;
  /** When the certificate expires, in milliseconds of Unix time. */
  readonly expiresAt: number;
  /** The private key, as PEM. */
  readonly key: string;
  /** Certificates that vouch for clients, as PEM; undefined: those Node trusts. */
  readonly ca: string[] | undefined;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/**
 * Reads the files, and finds out what is wrong with them before a client does.
 *
 * @throws SluiceError CONFIG_INVALID with the key, the file and the reason
 */
export function readTlsFiles({ certFile, keyFile, caFile }: TlsConfig): TlsFiles {
  const cert = read('cert_file', certFile);
  const [certificate] = certificates('cert_file', certFile, cert);
  const key = read('key_file', keyFile);
  if (!certificate!.checkPrivateKey(privateKey(keyFile, key)))
    throw invalid('key_file', keyFile, `not the key of the certificate in ${certFile}`);
  const expiresAt = Date.parse(certificate!.validTo);
  if (caFile === undefined) return { cert, expiresAt, key, ca: undefined };
  const vouching = certificates('ca_file', caFile, read('ca_file', caFile));
  return { cert, expiresAt, key, ca: vouching.map((one) => one.toString()) };
}

/** A CONFIG_INVALID about `tls.<key>`; `subject` is the file, or the word, that is wrong. */
export function invalid(key: string, subject: string, reason: string, cause?: unknown): SluiceError {
  return new SluiceError('CONFIG_INVALID', `tls.${key}: ${subject}: ${reason}`, { cause });
}

function read(key: string, path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    throw invalid(key, path, `cannot be read: ${readErrorText(error)}`, error);
  }
}

function certificates(key: string, path: string, pem: string): X509Certificate[] {
  const blocks = pem.match(CERTIFICATE);
  if (blocks === null) throw invalid(key, path, 'holds no certificate in PEM');
  return blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw invalid(key, path, 'holds a certificate that cannot be read', error);
    }
  });
}

function privateKey(path: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    const reason = /^-----BEGIN ENCRYPTED|^Proc-Type:.*ENCRYPTED/m.test(pem)
      ? 'is encrypted, which is not supported'
      : 'holds no private key in PEM';
    throw invalid('key_file', path, reason, error);
  }
}

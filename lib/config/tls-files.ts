import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SluiceError } from '../domain/errors.js';
import { readErrorText } from '../domain/read-error.js';
import type { TlsConfig } from './shapes.js';
import { type DescribeSetting, describeSetting } from './show.js';

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
 * @param describe what messages call the settings
 * @throws SluiceError CONFIG_INVALID with the key, the file and the reason, one line for each file that is wrong
 */
export function readTlsFiles(
  { certFile, keyFile, caFile }: TlsConfig,
  describe: DescribeSetting = describeSetting,
): TlsFiles {
  const named = (key: string, path: string): string => describe(['tls', key], path);
  const certName = named('cert_file', certFile);
  const keyName = named('key_file', keyFile);
  const problems: SluiceError[] = [];
  const attempt = <T>(make: () => T): T | undefined => {
    try {
      return make();
    } catch (error) {
      problems.push(error as SluiceError);
      return undefined;
    }
  };
  const cert = attempt(() => read(certName, certFile));
  const chain = cert === undefined ? undefined : attempt(() => certificates(certName, cert));
  const key = attempt(() => read(keyName, keyFile));
  const secret = key === undefined ? undefined : attempt(() => privateKey(keyName, key));
  const certificate = chain?.[0];
  if (certificate !== undefined && secret !== undefined && !certificate.checkPrivateKey(secret))
    problems.push(invalid(keyName, `not the key of the certificate in ${certFile}`));
  const caName = caFile === undefined ? '' : named('ca_file', caFile);
  const vouching =
    caFile === undefined ? undefined : attempt(() => certificates(caName, read(caName, caFile)));
  const [first, ...others] = problems;
  if (first !== undefined && others.length === 0) throw first;
  if (first !== undefined || cert === undefined || certificate === undefined || key === undefined)
    throw new SluiceError('CONFIG_INVALID', problems.map(({ message }) => message).join('\n'), {
      cause: first?.cause,
    });
  const ca = vouching?.map((one) => one.toString());
  return { cert, expiresAt: Date.parse(certificate.validTo), key, ca };
}

function invalid(name: string, reason: string, cause?: unknown): SluiceError {
  return new SluiceError('CONFIG_INVALID', `${name}: ${reason}`, { cause });
}

function read(name: string, path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    throw invalid(name, `cannot be read: ${readErrorText(error)}`, error);
  }
}

function certificates(name: string, pem: string): X509Certificate[] {
  const blocks = pem.match(CERTIFICATE);
  if (blocks === null) throw invalid(name, 'holds no certificate in PEM');
  return blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw invalid(name, 'holds a certificate that cannot be read', error);
    }
  });
}

function privateKey(name: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    const reason = /^-----BEGIN ENCRYPTED|^Proc-Type:.*ENCRYPTED/m.test(pem)
      ? 'is encrypted, which is not supported'
      : 'holds no private key in PEM';
    throw invalid(name, reason, error);
  }
}

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SluiceError } from '../domain/errors.js';
import { readErrorText } from '../domain/read-error.js';
import type { CertificateFiles, TlsConfig } from './shapes.js';
import { type DescribeSetting, describeSetting, type SettingPath } from './show.js';

/** A certificate and its key, read from files and checked. */
export interface Certificate {
  /** What messages call it: the setting that names its file. */
  readonly name: string;
  /** The certificate, and whatever chain follows it, as PEM. */
  readonly cert: string;
  /** The private key, as PEM. */
  readonly key: string;
  /** When the certificate expires, in milliseconds of Unix time. */
  readonly expiresAt: number;
}

/** What the files of a TLS configuration hold, checked. */
export interface TlsFiles {
  /** One at least. */
  readonly certificates: readonly Certificate[];
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
export function readTlsFiles(config: TlsConfig, describe: DescribeSetting = describeSetting): TlsFiles {
  const problems: SluiceError[] = [];
  const attempt = <T>(make: () => T): T | undefined => {
    try {
      return make();
    } catch (error) {
      problems.push(error as SluiceError);
      return undefined;
    }
  };
  const read = (files: CertificateFiles, path: SettingPath) =>
    readCertificate(files, (key, file) => describe([...path, key], file), attempt);
  const found =
    config.certificates === undefined
      ? [read(config, ['tls'])]
      : config.certificates.map((files, index) => read(files, ['tls', 'certificates', index]));
  const { caFile } = config;
  const caName = caFile === undefined ? '' : describe(['tls', 'ca_file'], caFile);
  const vouching =
    caFile === undefined ? undefined : attempt(() => parsed(caName, contentsOf(caName, caFile)));
  const [first, ...others] = problems;
  if (first !== undefined && others.length === 0) throw first;
  if (first !== undefined)
    throw new SluiceError('CONFIG_INVALID', problems.map(({ message }) => message).join('\n'), {
      cause: first.cause,
    });
  return {
    certificates: found.filter((each) => each !== undefined),
    ca: vouching?.map((one) => one.toString()),
  };
}

/**
 * Reads one certificate and its key.
 * @param named what messages call a setting
 * @param attempt notes what is wrong, and returns undefined then
 */
function readCertificate(
  { certFile, keyFile }: CertificateFiles,
  named: (key: string, path: string) => string,
  attempt: <T>(make: () => T) => T | undefined,
): Certificate | undefined {
  const name = named('cert_file', certFile);
  const keyName = named('key_file', keyFile);
  const cert = attempt(() => contentsOf(name, certFile));
  const certificate = cert === undefined ? undefined : attempt(() => parsed(name, cert)[0]);
  const key = attempt(() => contentsOf(keyName, keyFile));
  const secret = key === undefined ? undefined : attempt(() => privateKey(keyName, key));
  if (cert === undefined || certificate === undefined || key === undefined || secret === undefined)
    return undefined;
  if (certificate.checkPrivateKey(secret))
    return { name, cert, key, expiresAt: Date.parse(certificate.validTo) };
  attempt(() => {
    throw invalid(keyName, `not the key of the certificate in ${certFile}`);
  });
  return undefined;
}

function invalid(name: string, reason: string, cause?: unknown): SluiceError {
  return new SluiceError('CONFIG_INVALID', `${name}: ${reason}`, { cause });
}

function contentsOf(name: string, path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    throw invalid(name, `cannot be read: ${readErrorText(error)}`, error);
  }
}

function parsed(name: string, pem: string): X509Certificate[] {
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

/** Certificates for specs, made as they run: X.509 v3. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import { bits, integer, objectId, octets, sequence, setOf, TRUE, tagged, time, utf8 } from './der.js';
import { freshDirectory } from './process.js';

/** A certificate and its key, in PEM. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}

/** The same as files. */
export interface CredentialFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface CertificateOptions {
  /** The subject, most general first: `{ O: 'Acme', OU: 'Sales', CN: 'anna' }`; several of a kind as a list. */
  readonly subject?: Readonly<Record<string, string | readonly string[]>>;
  /** Other names: `DNS:localhost`, `IP:127.0.0.1`, `email:anna@acme.test`, `URI:spiffe://acme/anna`. */
  readonly names?: readonly string[];
  /** What is signed; default `sha256`. */
  readonly digest?: 'sha256' | 'sha1';
  /** Default: `ec`, on P-256. */
  readonly keyType?: 'ec' | 'rsa';
  /** Default: a day ago. */
  readonly from?: Date;
  /** Default: in a day. */
  readonly to?: Date;
}

const DAY_MS = 24 * 60 * 60 * 1_000;
const ATTRIBUTES: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  DC: '0.9.2342.19200300.100.1.25',
};
/** ECDSA with a digest. */
const SIGNATURES = {
  sha256: sequence(objectId('1.2.840.10045.4.3.2')),
  sha1: sequence(objectId('1.2.840.10045.4.1')),
};
const BASIC_CONSTRAINTS = objectId('2.5.29.19');
const KEY_USAGE = objectId('2.5.29.15');
const SUBJECT_KEY_ID = objectId('2.5.29.14');
const AUTHORITY_KEY_ID = objectId('2.5.29.35');
const SUBJECT_ALT_NAME = objectId('2.5.29.17');
/** Tag of each kind of other name. */
const NAME_TAGS: Readonly<Record<string, number>> = { email: 1, DNS: 2, URI: 6, IP: 7 };

/** One who signs certificates. */
export class Authority {
  /** Its own certificate, in PEM. */
  readonly cert: string;
  private readonly name: Buffer;
  private readonly privateKey: KeyObject;
  private readonly keyId: Buffer;

  constructor(commonName = 'spec authority', options: Pick<CertificateOptions, 'digest'> = {}) {
    const { privateKey, publicKey } = newKeys();
    this.name = distinguishedName({ CN: commonName });
    this.privateKey = privateKey;
    this.keyId = keyId(publicKey);
    this.cert = this.sign(publicKey, this.name, options, [
      extension(BASIC_CONSTRAINTS, sequence(TRUE), true),
      extension(KEY_USAGE, bits(Buffer.of(0b0000_0110), 1), true), // signs certificates and revocations
    ]);
  }

  /** Its own certificate, which is self-signed, and its key. */
  get credentials(): Credentials {
    return { cert: this.cert, key: keyPem(this.privateKey) };
  }

  /** A new key and a certificate for it. */
  issue(options: CertificateOptions = {}): Credentials {
    const { privateKey, publicKey } = newKeys(options.keyType);
    const names = options.names ?? [];
    const cert = this.sign(publicKey, distinguishedName(options.subject ?? { CN: 'spec' }), options, [
      extension(KEY_USAGE, bits(Buffer.of(0b1000_0000), 7), true), // signs handshakes
      ...(names.length > 0 ? [extension(SUBJECT_ALT_NAME, sequence(...names.map(otherName)))] : []),
    ]);
    return { cert, key: keyPem(privateKey) };
  }

  /** For a server on loopback. */
  issueServer(options: CertificateOptions = {}): Credentials {
    return this.issue({ subject: { CN: 'localhost' }, names: ['DNS:localhost', 'IP:127.0.0.1'], ...options });
  }

  private keyIds(key: KeyObject): Buffer[] {
    return [
      extension(SUBJECT_KEY_ID, octets(keyId(key))),
      extension(AUTHORITY_KEY_ID, sequence(tagged(0, 'primitive', this.keyId))),
    ];
  }

  private sign(key: KeyObject, subject: Buffer, options: CertificateOptions, extensions: Buffer[]): string {
    const { from = new Date(Date.now() - DAY_MS), to = new Date(Date.now() + DAY_MS) } = options;
    const { digest = 'sha256' } = options;
    const contents = sequence(
      tagged(0, 'explicit', integer(Buffer.of(2))), // version 3
      integer(Buffer.from([1, ...randomBytes(8)])),
      SIGNATURES[digest],
      this.name,
      sequence(time(from), time(to)),
      subject,
      key.export({ type: 'spki', format: 'der' }),
      tagged(3, 'explicit', sequence(...extensions, ...this.keyIds(key))),
    );
    const signature = sign(digest, contents, this.privateKey);
    return pem('CERTIFICATE', sequence(contents, SIGNATURES[digest], bits(signature)));
  }
}

/** Writes PEM into a file of the spec run and returns its path. */
export function pemFile(contents: string): string {
  const path = join(freshDirectory(), 'file.pem');
  writeFileSync(path, contents);
  return path;
}

/** Writes both into files of the spec run. */
export function credentialFiles({ cert, key }: Credentials): CredentialFiles {
  return { certFile: pemFile(cert), keyFile: pemFile(key) };
}

function newKeys(type: CertificateOptions['keyType'] = 'ec') {
  return type === 'ec'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2_048 });
}

function keyPem(key: KeyObject): string {
  return pem('PRIVATE KEY', key.export({ type: 'pkcs8', format: 'der' }));
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}

function distinguishedName(attributes: NonNullable<CertificateOptions['subject']>): Buffer {
  const parts: Buffer[] = [];
  for (const [key, values] of Object.entries(attributes)) {
    for (const value of [values].flat()) parts.push(setOf(sequence(objectId(ATTRIBUTES[key]!), utf8(value))));
  }
  return sequence(...parts);
}

function otherName(name: string): Buffer {
  const [, kind = '', value = ''] = /^(\w+):(.*)$/.exec(name) ?? [];
  const contents =
    kind === 'IP' && isIPv4(value) ? Buffer.from(value.split('.').map(Number)) : Buffer.from(value);
  return tagged(NAME_TAGS[kind]!, 'primitive', contents);
}

function extension(id: Buffer, value: Buffer, critical = false): Buffer {
  return sequence(id, ...(critical ? [TRUE] : []), octets(value));
}

function pem(what: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g)!;
  return [`-----BEGIN ${what}-----`, ...lines, `-----END ${what}-----`, ''].join('\n');
}

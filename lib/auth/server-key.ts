import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { encodePublicKey } from './nkeys.js';

/** Bytes of an ed25519 key at the end of its SubjectPublicKeyInfo form. */
const KEY_BYTES = 32;

/** The key pair of a server: its id is the public key, N and 55 letters and digits of base 32, as nats-server's is. */
export interface ServerKey {
  readonly id: string;
  /** The ed25519 signature of `data`. */
  sign(data: Uint8Array): Buffer;
}

/** Makes the key pair of one server, which lives as long as the server does. */
export function createServerKey(): ServerKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES);
  return { id: encodePublicKey('N', raw), sign: (data) => sign(null, data, privateKey) };
}

/** A public key of a user whose private key is thrown away: it stands for one login. */
export function createUserId(): string {
  return encodePublicKey('U', randomBytes(KEY_BYTES));
}

/** A JWT of NATS, version 2, with these claims; `iss`, `jti` and `iat` are added. */
export function signJwt(key: ServerKey, claims: Readonly<Record<string, unknown>>, nowMs: number): string {
  const body = { ...claims, iat: Math.floor(nowMs / 1_000), iss: key.id };
  const jti = createHash('sha256').update(JSON.stringify(body)).update(randomBytes(16)).digest('base64url');
  const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encoded({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encoded({ jti, ...body })}`;
  return `${signed}.${key.sign(Buffer.from(signed)).toString('base64url')}`;
}

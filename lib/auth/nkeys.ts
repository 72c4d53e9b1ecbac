import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { createRequire } from 'node:module';

/** In front of the 32 bytes of an ed25519 key in SubjectPublicKeyInfo form (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** 1 byte of kind, 32 of key, 2 of checksum. */
const ENCODED_CHARACTERS = 56;
const SIGNATURE_BYTES = 64;

/** Loaded only where there are nkeys at all: it comes with all of ed25519 in JavaScript. */
let nkeys: typeof import('@nats-io/nkeys') | undefined;

/** What a public key is of: user, account, operator, server. */
export type KeyKind = 'U' | 'A' | 'O' | 'N';

/** Whether `text` is the public key of a user, an account or an operator, its checksum right. */
export function isPublicKey(text: string, kind: KeyKind): boolean {
  // The kind is the first character: its 5 bits are the kind's upper ones, and the kinds' lower 3 are 0.
  if (text.length !== ENCODED_CHARACTERS || text[0] !== kind) return false;
  for (const character of text) if (!BASE32.includes(character)) return false;
  nkeys ??= createRequire(import.meta.url)('@nats-io/nkeys') as typeof import('@nats-io/nkeys');
  try {
    return nkeys.fromPublic(text).getPublicKey() === text;
  } catch {
    return false;
  }
}

/** The public nkey of an ed25519 key: the kind's byte, the key's and a CRC-16/XMODEM of these, in base 32. */
export function encodePublicKey(kind: KeyKind, key: Uint8Array): string {
  const bytes = [BASE32.indexOf(kind) << 3, ...key];
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of [...bytes, crc & 0xff, crc >> 8]) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(held >> (bits - 5)) & 31];
  }
  return text;
}

/** The ed25519 key in a public nkey. Call for what `isPublicKey` accepts only. */
export function keyOf(publicKey: string): KeyObject {
  const bytes = Buffer.alloc((ENCODED_CHARACTERS / 8) * 5);
  let bits = 0;
  let value = 0;
  let length = 0;
  for (const character of publicKey) {
    value = ((value << 5) | BASE32.indexOf(character)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[length++] = (value >>> bits) & 0xff;
  }
  const key = Buffer.concat([SPKI_PREFIX, bytes.subarray(1, 33)]);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

/**
 * Whether `signature` is what the owner of `key` makes of `data`. By Node's own ed25519, as the one in JavaScript that
 * comes with nkeys stops the event loop for some milliseconds.
 */
export function verifies(key: KeyObject, data: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false;
  try {
    return verify(null, data, key, signature);
  } catch {
    return false;
  }
}

/** Bytes of a signature in base64url without padding, or base64 with; undefined where it is neither. */
export function decodeSignature(text: string): Buffer | undefined {
  return (
    decodeBase64Url(text) ??
    (/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)
      ? Buffer.from(text, 'base64')
      : undefined)
  );
}

/** Bytes of unpadded base64url, undefined where it is not. */
export function decodeBase64Url(text: string): Buffer | undefined {
  return /^[A-Za-z0-9_-]*$/.test(text) && text.length % 4 !== 1 ? Buffer.from(text, 'base64url') : undefined;
}

import { randomBytes } from 'node:crypto';

/** What a client is asked to sign with its nkey: 11 random bytes as unpadded base64url, 15 characters, as nats-server's. */
export function makeNonce(): string {
  return randomBytes(11).toString('base64url');
}

import { randomBytes } from 'node:crypto';

/** What a client is asked to sign with its nkey: 11 random bytes as base64url, as nats-server's. */
export function makeNonce(): string {
  return randomBytes(11).toString('base64url');
}

/** Clients whose users are JWTs, and services that decide about them. */
import { encodeUser } from '@nats-io/jwt';
import { createUser, type KeyPair } from '@nats-io/nkeys';
import type { Msg } from '@nats-io/transport-node';
import { type Client, type Harness, QUIET } from '../harness.js';
import { quick, UNLIMITED } from './operators.js';

/** A new client that has logged in as a new user of this account; what follows is not read yet. */
export async function loginTo(harness: Harness, account: KeyPair): Promise<Client> {
  const user = quick(createUser());
  const client = await harness.open('nats');
  client.answersPings = true;
  const { nonce } = JSON.parse((await client.next()).slice('INFO '.length)) as { nonce: string };
  const sig = Buffer.from(user.sign(Buffer.from(nonce))).toString('base64url');
  const jwt = await encodeUser('ann', user, account, UNLIMITED);
  return client.send(`CONNECT ${JSON.stringify({ ...QUIET, jwt, sig })}\r\n`);
}

/** The claims in a request to a callout's service, and what seals the answer. */
export function calloutRequest<Claims>(
  message: Msg,
  curve: KeyPair,
): { readonly request: Claims; readonly sealed: (answer: string) => string | Uint8Array } {
  const key = message.headers?.get('Nats-Server-Xkey');
  const jwt = key ? curve.open(message.data, key)! : message.data;
  const [, body = ''] = Buffer.from(jwt).toString().split('.');
  const request = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims;
  const sealed = (answer: string) => (key && answer !== '' ? curve.seal(Buffer.from(answer), key) : answer);
  return { request, sealed };
}

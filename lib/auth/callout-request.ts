import type { Presented } from './grant.js';

/** Where logins are asked about; nats-server's. */
export const CALLOUT_SUBJECT = '$SYS.REQ.USER.AUTH';
/** Where the answers come in, with a `>` for what is behind it. */
export const ANSWER_SUBJECTS = '$SYS._INBOX.>';
/** Header that names the key which the request is encrypted for the service with. */
export const XKEY_HEADER = 'Nats-Server-Xkey';

/** What a request says of the server. */
export interface DescribedServer {
  readonly name: string;
  readonly host: string;
  readonly version: string;
  readonly tags: readonly string[];
}

/** What stands for a token where only the user is named. */
const REDACTED = '[REDACTED]';

/** Without what is absent or empty, as Go leaves it out. */
function present(claims: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const isThere = (value: unknown) =>
    value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => isThere(value)));
}

/**
 * The claims of an authorization request, all but what its signature adds.
 * https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_callout
 *
 * @param issuer public key of the account that answers are signed by
 * @param userKey what the user is called in the answer
 * @param expiresAtMs when the answer is no longer waited for, in milliseconds of Unix time
 */
export function authorizationRequest(
  presented: Presented,
  server: DescribedServer & { readonly id: string; readonly xkey: string | undefined },
  issuer: string,
  userKey: string,
  expiresAtMs: number,
): Readonly<Record<string, unknown>> {
  const { user, password, token, jwt, nkey, signature, nonce, certificate } = presented;
  const rawUser = nkey || (token ? REDACTED : user);
  return {
    aud: 'nats-authorization-request',
    exp: Math.ceil(expiresAtMs / 1_000),
    sub: issuer,
    nats: {
      server_id: present({ ...server }),
      user_nkey: userKey,
      client_info: present({
        host: presented.remoteAddress,
        id: presented.id,
        user: rawUser,
        name: presented.name,
        tags: presented.tags,
        name_tag: presented.nameTag,
        kind: 'Client',
        type: 'nats',
        nonce: signature ? nonce : undefined,
      }),
      connect_opts: present({
        jwt,
        nkey,
        sig: signature,
        auth_token: token,
        user,
        pass: password,
        name: presented.name,
        lang: presented.language,
        version: presented.version,
        protocol: 1,
      }),
      ...(certificate === undefined ? {} : { client_tls: { verified_chains: [chainOf(certificate)] } }),
      type: 'authorization_request',
      version: 2,
    },
  };
}

/** A certificate and those that vouch for it, in PEM form. */
function chainOf(certificate: NonNullable<Presented['certificate']>): string[] {
  const chain: string[] = [];
  const seen = new Set<string>();
  let next: { raw: Buffer; issuerCertificate?: unknown } | undefined = certificate;
  while (next !== undefined) {
    const encoded = next.raw.toString('base64');
    if (seen.has(encoded)) break;
    seen.add(encoded);
    const lines = encoded.match(/.{1,64}/g) ?? [];
    chain.push(`-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`);
    next = next.issuerCertificate as typeof next;
  }
  return chain;
}

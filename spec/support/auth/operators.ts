/** An operator, its accounts and their users, made for a spec with the tools NATS itself gives out. */
import { createPrivateKey, sign } from 'node:crypto';
import {
  type Account,
  encodeAccount,
  encodeOperator,
  encodeUser,
  type Operator,
  type User,
} from '@nats-io/jwt';
import { createAccount, createOperator, createUser, type KeyPair } from '@nats-io/nkeys';
import { expect } from 'chai';
import type { Presented } from '../../../lib/auth/grant.js';
import { makeNonce } from '../../../lib/auth/nonce.js';
import type { OperatorConfig } from '../../../lib/config/shapes.js';

/** What the tools do not give by themselves: no limits. Without, nothing is allowed. */
export const UNLIMITED = {
  subs: -1,
  payload: -1,
  data: -1,
  conn: -1,
  leaf: -1,
  imports: -1,
  exports: -1,
  wildcards: true,
} as const;

/** Claims, also such as the types of the tools do not know, or forbid. */
type AnyClaims = Readonly<Record<string, unknown>>;

export interface Validity {
  readonly exp?: number;
  readonly nbf?: number;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** In front of the 32 bytes of an ed25519 seed in PKCS #8 form. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The same key, signing with Node's own ed25519: the one in JavaScript takes ten milliseconds for everything. */
export function quick(pair: KeyPair): KeyPair {
  const text = Buffer.from(pair.getSeed()).toString();
  const bits = [...text].map((character) => BASE32.indexOf(character).toString(2).padStart(5, '0')).join('');
  const bytes = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const key = Buffer.concat([PKCS8_PREFIX, bytes.subarray(2, 34)]);
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  const publicKey = pair.getPublicKey();
  const needless = () => expect.fail('nothing asks for it here');
  return {
    getPublicKey: () => publicKey,
    getPrivateKey: () => new Uint8Array(),
    sign: (input) => new Uint8Array(sign(null, input, privateKey)),
    getSeed: needless,
    verify: needless,
    clear: needless,
    seal: needless,
    open: needless,
  };
}

/** One operator. */
export class OperatorFixture {
  readonly operator = quick(createOperator());
  readonly account = quick(createAccount());
  readonly user = quick(createUser());
  /** Public key of the account. */
  readonly accountKey = this.account.getPublicKey();
  /** Public key of the user. */
  readonly userKey = this.user.getPublicKey();

  operatorJwt(claims: AnyClaims = {}, validity: Validity = {}, signer?: KeyPair): Promise<string> {
    return encodeOperator('Op', this.operator, claims as Partial<Operator>, {
      ...validity,
      ...(signer && { signer }),
    });
  }

  /** Signed by the operator unless told otherwise. */
  accountJwt(
    claims: AnyClaims = {},
    validity: Validity = {},
    signer: KeyPair = this.operator,
  ): Promise<string> {
    const account = { limits: UNLIMITED, ...claims } as Partial<Account>;
    return encodeAccount('Acme', this.account, account, { ...validity, signer });
  }

  /** Signed by the account unless told otherwise. */
  userJwt(claims: AnyClaims = {}, validity: Validity = {}, signer?: KeyPair, name = 'anna'): Promise<string> {
    return encodeUser(name, this.user, this.account, claims as Partial<User>, {
      ...validity,
      ...(signer && { signer }),
    });
  }

  /** A user of a scoped key, whose JWT says nothing itself. */
  scopedJwt(signer: KeyPair, claims: AnyClaims = {}, name = 'anna'): Promise<string> {
    return encodeUser(name, this.user, this.account, claims as Partial<User>, { signer, scopedUser: true });
  }

  async config(
    account: Promise<string> = this.accountJwt(),
    operator = this.operatorJwt(),
  ): Promise<OperatorConfig> {
    return { operators: [await operator], preload: { [this.accountKey]: await account } };
  }

  /** What the user presents with its JWT. */
  present(jwt: string, by: KeyPair = this.user): Partial<Presented> {
    const nonce = makeNonce();
    return { jwt, nonce, signature: Buffer.from(by.sign(Buffer.from(nonce))).toString('base64url') };
  }
}

/** A JWT with another header, payload or signature, as it comes. */
export function reassembled(
  jwt: string,
  change: (parts: { header: object; body: object & { nats?: unknown } }) => void,
  signer?: KeyPair,
): string {
  const [head = '', body = '', signature = ''] = jwt.split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object;
  const write = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const parts = { header: read(head), body: read(body) };
  change(parts);
  const signed = `${write(parts.header)}.${write(parts.body)}`;
  return `${signed}.${signer ? Buffer.from(signer.sign(Buffer.from(signed))).toString('base64url') : signature}`;
}

/** A JWT of the first version: its kind beside `nats`, and only its body signed. */
export function firstVersion(
  kind: string,
  subject: KeyPair,
  nats: AnyClaims,
  signer: KeyPair,
  more: AnyClaims = {},
): string {
  const write = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const body = write({
    jti: 'ID',
    iat: 1_553_840_337,
    iss: signer.getPublicKey(),
    name: kind,
    sub: subject.getPublicKey(),
    type: kind,
    nats,
    ...more,
  });
  const signature = Buffer.from(signer.sign(Buffer.from(body))).toString('base64url');
  return `${write({ typ: 'jwt', alg: 'ed25519' })}.${body}.${signature}`;
}

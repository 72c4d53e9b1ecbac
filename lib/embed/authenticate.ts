import type { PeerCertificate } from 'node:tls';
import * as v from 'valibot';
import type { Authenticator, Grant, Presented } from '../auth/grant.js';
import { decodeSignature, isPublicKey, keyOf, verifies } from '../auth/nkeys.js';
import { SubjectPermissions } from '../auth/permissions.js';
import { permissionsOf } from '../config/resolve.js';
import { permissions as permissionsSchema } from '../config/schema/users.js';
import { GLOBAL_ACCOUNT } from '../routing/account-names.js';
import { FLOW_POLICIES, type FlowPolicy } from '../routing/flow-policy.js';
import { anything, aText, type Check, checkOptions, oneOf, wholeNumber } from './check.js';

/** Subjects, with `*` and `>`: one, several, or what is allowed and what is denied. */
export type PermissionsInput = v.InferInput<typeof permissionsSchema>;

/** What somebody shows who wants to come in. Nothing of it has been checked. */
export interface LoginContext {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
  /** Public nkey. Ask {@link provesNkey} before you believe it. */
  readonly nkey: string | undefined;
  readonly jwt: string | undefined;
  /** Signature of {@link nonce}, in base64url or base64. */
  readonly signature: string | undefined;
  /** What INFO asked it to sign. */
  readonly nonce: string | undefined;
  /** Its TLS certificate, where `tls.verify` has checked it. */
  readonly certificate: PeerCertificate | undefined;
  readonly dialect: 'nats' | 'line';
  /** Undefined: not a socket. */
  readonly remoteAddress: string | undefined;
  /** What it calls itself. */
  readonly name: string | undefined;
  /** Whether it has signed the nonce with the key of `nkey`. Takes some 0.1 ms. */
  provesNkey(): boolean;
}

/** What a login gives; whatever is left out does not restrict. */
export interface Login {
  /** Who it is, for the log and the monitor. Default: the user or nkey it has shown. */
  readonly user?: string | undefined;
  /** Default `$G`. One that is not configured has no imports. */
  readonly account?: string | undefined;
  /** As in the configuration: `{ publish: 'orders.>', subscribe: { deny: 'secret.>' } }`. Default: everything. */
  readonly permissions?: PermissionsInput | undefined;
  /** Default `limits.max_subscriptions`, which it cannot exceed. */
  readonly maxSubscriptions?: number | undefined;
  /** In bytes, headers included. Default `nats.max_payload`, which it cannot exceed. */
  readonly maxPayloadBytes?: number | undefined;
  /** When the connection ends, in milliseconds of Unix time. Default: never. */
  readonly expiresAt?: number | undefined;
  /** What becomes of messages for it while it is congested: docs/flow.md. Default: as its listener says. */
  readonly flow?: FlowPolicy | undefined;
}

/** True lets it in, with everything allowed; false, null and undefined do not. */
export type LoginVerdict = boolean | Login | null | undefined;

/** Decides who may come in. What it throws is a refusal, and an `error` event. */
export type Authenticate = (login: LoginContext) => LoginVerdict | Promise<LoginVerdict>;

const CHECKS: Readonly<Record<keyof Login, Check>> = {
  user: aText,
  account: aText,
  permissions: anything,
  maxSubscriptions: wholeNumber(0, 10_000_000),
  maxPayloadBytes: wholeNumber(0, 2 ** 31 - 1),
  expiresAt: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  flow: oneOf(FLOW_POLICIES),
};

/** An embedding program's function as the authenticator. */
export class FunctionLogin implements Authenticator {
  readonly required = true;
  readonly usesNonce = true;
  readonly anonymous = undefined;
  private readonly decide: Authenticate;
  private readonly report: (error: unknown) => void;
  /** Those of one object are one, so that what was worked out for a subject is worked out once. */
  private readonly prepared = new WeakMap<object, SubjectPermissions>();
  private logins = 0;

  /** @param report told of what goes wrong in it */
  constructor(decide: Authenticate, report: (error: unknown) => void) {
    this.decide = decide;
    this.report = report;
  }

  authenticate(presented: Presented): Grant | undefined | Promise<Grant | undefined> {
    try {
      const verdict = this.decide(contextOf(presented));
      if (!isPromise(verdict)) return this.grantOf(verdict, presented);
      return Promise.resolve(verdict)
        .then((settled) => this.grantOf(settled, presented))
        .catch((error: unknown) => this.failed(error));
    } catch (error) {
      return this.failed(error);
    }
  }

  /** Who is in stays in: only the function knows, and it is asked at the next login. */
  renew(grant: Grant): Grant {
    return grant;
  }

  hasUser(): boolean {
    return true;
  }

  private failed(error: unknown): undefined {
    this.report(error);
  }

  private grantOf(verdict: LoginVerdict, presented: Presented): Grant | undefined {
    if (verdict === false || verdict === null || verdict === undefined) return undefined;
    const login: Login = verdict === true ? {} : verdict;
    checkOptions(login, CHECKS, 'authenticate: ');
    const { permissions, expiresAt, maxSubscriptions, maxPayloadBytes, flow } = login;
    return {
      account: login.account ?? GLOBAL_ACCOUNT,
      user: login.user ?? presented.user ?? presented.nkey,
      permissions: permissions === undefined ? undefined : this.prepare(permissions),
      expiresAt,
      maxSubscriptions,
      maxPayloadBytes,
      flow,
      fingerprint: `function ${++this.logins}`,
    };
  }

  private prepare(permissions: PermissionsInput): SubjectPermissions {
    const known = this.prepared.get(permissions);
    if (known !== undefined) return known;
    const prepared = new SubjectPermissions(permissionsOf(v.parse(permissionsSchema, permissions))!);
    this.prepared.set(permissions, prepared);
    return prepared;
  }
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | null | undefined)?.then === 'function';
}

function contextOf(presented: Presented): LoginContext {
  const { user, password, token, nkey, jwt, signature, nonce, certificate, remoteAddress, name } = presented;
  const dialect = presented.connectionType === 'LINE' ? 'line' : 'nats';
  const provesNkey = () => hasSigned(nkey, nonce, signature);
  return {
    ...{ user, password, token, nkey, jwt, signature, nonce, certificate },
    ...{ dialect, remoteAddress, name, provesNkey },
  };
}

function hasSigned(
  nkey: string | undefined,
  nonce: string | undefined,
  signature: string | undefined,
): boolean {
  if (nkey === undefined || nonce === undefined || signature === undefined || !isPublicKey(nkey, 'U'))
    return false;
  const bytes = decodeSignature(signature);
  return bytes !== undefined && verifies(keyOf(nkey), Buffer.from(nonce), bytes);
}

import type { PeerCertificate } from 'node:tls';
import * as v from 'valibot';
import type { Authenticator, Grant, Presented } from '../auth/grant.js';
import { decodeSignature, isPublicKey, keyOf, verifies } from '../auth/nkeys.js';
import { SubjectPermissions } from '../auth/permissions.js';
import { problemOf } from '../config/fields.js';
import { permissionsOf } from '../config/resolve.js';
import { permissions as permissionsSchema } from '../config/schema/users.js';
import { showInside, showPath } from '../config/show.js';
import { GLOBAL_ACCOUNT } from '../domain/account-names.js';
import { type DialectName, NATS_DIALECT } from '../domain/dialect-name.js';
import { SluiceError } from '../domain/errors.js';
import { FLOW_POLICIES, type FlowPolicy } from '../domain/flow-policy.js';
import { anything, aText, aWord, type Check, checkOptions, oneOf, wholeNumber } from './check.js';
import type { Report } from './failures.js';
import { invalidResult, isPlainObject, isThenable, plainCopy, settled } from './values.js';

/** Subjects, with `*` and `>`: one, several, or what is allowed and what is denied. */
export type PermissionsInput = v.InferInput<typeof permissionsSchema>;

/** Credentials that a client presents. Nothing of it has been checked. */
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
  readonly dialect: DialectName;
  /** Undefined: not a socket. */
  readonly remoteAddress: string | undefined;
  /** What it calls itself. */
  readonly name: string | undefined;
  /** Whether it has signed the nonce with the key of `nkey`. Takes some 0.1 ms. */
  provesNkey(): boolean;
}

/**
 * What a login gives; a key that is left out does not restrict. A key with the value undefined is refused: it may be a
 * restriction that was looked up and not found.
 */
export interface Login {
  /** The user's name, for the log and the monitor. Default: the user or nkey that the client sent. */
  readonly user?: string;
  /**
   * Any name; default `$G`. One that is not configured has no imports. The function is trusted: with `$SYS` the client is
   * in the system account, so never take the name from what the client sent without checking it.
   */
  readonly account?: string;
  /** As in the configuration: `{ publish: 'orders.>', subscribe: { deny: 'secret.>' } }`. Default: everything. */
  readonly permissions?: PermissionsInput;
  /** Default `limits.max_subscriptions`, which it cannot exceed. */
  readonly maxSubscriptions?: number;
  /** In bytes, headers included. Default `nats.max_payload`, which it cannot exceed. */
  readonly maxPayloadBytes?: number;
  /** When the connection ends, in milliseconds of Unix time. Default: never. */
  readonly expiresAt?: number;
  /** What becomes of messages for it while it is congested: docs/flow.md. Default: as its listener says. */
  readonly flow?: FlowPolicy;
}

/**
 * True lets the client in, with everything allowed; a plain object with what {@link Login} says. False, null and
 * undefined refuse it. Any other value refuses it, too, and raises an `error` event.
 */
export type LoginVerdict = boolean | Login | null | undefined;

/** Decides whether a client may log in. What it throws is a refusal, and an `error` event. */
export type Authenticate = (login: LoginContext) => LoginVerdict | Promise<LoginVerdict>;

const CHECKS: Readonly<Record<keyof Login, Check>> = {
  user: aText,
  account: aWord,
  permissions: anything, // a schema of its own says what is wrong in it
  maxSubscriptions: wholeNumber(0, 10_000_000),
  maxPayloadBytes: wholeNumber(0, 2 ** 31 - 1),
  expiresAt: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  flow: oneOf(FLOW_POLICIES),
};

const ALLOWED = `true, false, null, undefined or a plain object with any of ${Object.keys(CHECKS).join(', ')}`;

/** What was worked out for a permissions object, and what the object was then. */
interface Prepared {
  readonly text: string;
  readonly permissions: SubjectPermissions;
}

/** An embedding program's function as the authenticator. */
export class FunctionLogin implements Authenticator {
  readonly required = true;
  readonly usesNonce = true;
  readonly hasDeadline = true;
  readonly anonymous = undefined;
  readonly asksOnce = true;
  private readonly decide: Authenticate;
  private readonly report: Report;
  /** Logins that are given the same object share what was worked out for it. */
  private readonly prepared = new WeakMap<object, Prepared>();
  private logins = 0;

  /** @param report told of what goes wrong in it */
  constructor(decide: Authenticate, report: Report) {
    this.decide = decide;
    this.report = report;
  }

  authenticate(presented: Presented): Grant | undefined | Promise<Grant | undefined> {
    try {
      const verdict: unknown = this.decide(contextOf(presented));
      if (!isThenable(verdict)) return this.grantOf(verdict, presented);
      return settled(verdict)
        .then((value) => this.grantOf(value, presented))
        .catch((error: unknown) => this.failed(error));
    } catch (error) {
      return this.failed(error);
    }
  }

  /** Connections keep their login over a reload: only the function knows, and it is asked at the next login. */
  renew(grant: Grant): Grant {
    return grant;
  }

  hasUser(): boolean {
    return true;
  }

  private failed(error: unknown): undefined {
    this.report(error);
  }

  /** Throws SluiceError INVALID_RESULT unless the verdict is one of {@link LoginVerdict}. */
  private grantOf(verdict: unknown, presented: Presented): Grant | undefined {
    if (verdict === false || verdict === null || verdict === undefined) return undefined;
    if (verdict !== true && !isPlainObject(verdict)) throw invalidResult('authenticate', verdict, ALLOWED);
    const given = verdict as { readonly permissions?: object };
    const login = (verdict === true ? {} : plainCopy(verdict, 'authenticate')) as Login;
    checkOptions(login, CHECKS, { of: 'authenticate: ', code: 'INVALID_RESULT' });
    const { permissions, expiresAt, maxSubscriptions, maxPayloadBytes, flow } = login;
    return {
      account: login.account ?? GLOBAL_ACCOUNT,
      user: login.user ?? presented.user ?? presented.nkey,
      permissions:
        permissions === undefined ? undefined : this.prepare(permissions, given.permissions ?? permissions),
      expiresAt,
      maxSubscriptions,
      maxPayloadBytes,
      flow,
      fingerprint: `function ${++this.logins}`,
    };
  }

  /**
   * @param permissions a copy of `given`
   * @param given the object that what is worked out is kept with, while it stays as it is
   */
  private prepare(permissions: PermissionsInput, given: object): SubjectPermissions {
    const text = JSON.stringify(permissions);
    const known = this.prepared.get(given);
    if (known?.text === text) return known.permissions;
    const result = v.safeParse(permissionsSchema, permissions);
    if (!result.success) throw wrongPermissions(result.issues);
    const prepared = new SubjectPermissions(permissionsOf(result.output) ?? {});
    this.prepared.set(given, { text, permissions: prepared });
    return prepared;
  }
}

function wrongPermissions(issues: readonly v.BaseIssue<unknown>[]): SluiceError {
  const lines = issues.map((issue) => {
    const { path, input, message } = problemOf(issue);
    return `authenticate: ${showPath(['permissions', ...path])}${showInside(path, input)}: ${message}`;
  });
  return new SluiceError('INVALID_RESULT', lines.join('\n'));
}

function contextOf(presented: Presented): LoginContext {
  const { user, password, token, nkey, jwt, signature, nonce, certificate, remoteAddress, name } = presented;
  const { dialect = NATS_DIALECT } = presented;
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

import type { PermissionsConfig, SubjectRules } from '../config/shapes.js';
import { deleteOldest } from '../domain/oldest.js';
import { ofCalloutService, withoutReserved } from './callout-permissions.js';
import { type Claims, type PermissionClaims, readClaims, type UserLimits } from './claims.js';
import { typeAllowed, upperCased } from './connection-types.js';
import type { Grant, Presented, Refusal } from './grant.js';
import { decodeSignature, keyOf, verifies } from './nkeys.js';
import type { TrustedAccount } from './operator.js';
import { SubjectPermissions } from './permissions.js';
import { fillTemplate } from './scope-template.js';
import { fingerprintOf } from './secrets.js';
import { sourceAllowed, timeLeftMs } from './source-restrictions.js';

/** Users whose permissions are kept at once; further ones get their own. Those in use stay whatever is forgotten. */
const MAX_SHARED = 10_000;
/** What nats-server takes 0 for in `resp`. */
const DEFAULT_RESPONSES = { max: 1, expiresMs: 120_000 };

/** Admits clients with a JWT that one of the trusted accounts signed. */
export class JwtLogin {
  private readonly find: (account: string) => TrustedAccount | undefined;
  private readonly now: () => number;
  /** By what they say, so that connections of a user share what was worked out; least recently used first. */
  private readonly shared = new Map<string, SubjectPermissions>();

  /**
   * @param find the account with a public key
   * @param now Unix time in milliseconds
   */
  constructor(find: (account: string) => TrustedAccount | undefined, now: () => number) {
    this.find = find;
    this.now = now;
  }

  /** What the JWT of a user says; undefined: it has none that can be read. */
  userIn({ jwt }: Presented): Claims<'user'> | undefined {
    const user = jwt ? readClaims(jwt, 'user') : '';
    return typeof user === 'string' ? undefined : user;
  }

  /** What the user gets, or why nothing. @param proven the nonce was signed, some time ago */
  grant(presented: Presented, proven: boolean): Grant | Refusal {
    if (!presented.jwt) return { refused: 'no JWT' };
    const user = readClaims(presented.jwt, 'user');
    if (typeof user === 'string') return { refused: `JWT: ${user}` };
    return this.grantTo(user, presented.jwt, presented, proven);
  }

  /**
   * The same for a user whose JWT has been read.
   * @param proven the nonce was signed, some time ago; `callout`: a service has decided
   */
  grantTo(
    user: Claims<'user'>,
    jwt: string,
    presented: Presented,
    proven: boolean | 'callout',
  ): Grant | Refusal {
    const refuse = (refused: string): Refusal => ({ refused, user: user.sub });
    const account = this.find(user.nats.issuer_account || user.iss);
    if (account === undefined) return refuse('JWT: of an unknown account');
    if (!account.signers.has(user.iss)) return refuse('JWT: not signed by its account');
    const limits = limitsOf(user, account);
    if (limits === undefined) return refuse('JWT: does not fit the scope of its signing key');
    const end = this.endOf(user, account, limits);
    if (typeof end === 'string') return refuse(`JWT: ${end}`);
    const refused = this.faultOf(user, account, limits, presented);
    if (refused !== undefined) return refuse(refused);
    if (proven === false && !limits.bearer_token && !signed(user.sub, presented))
      return refuse('wrong signature');
    return this.granted(user, account, limits, end, jwt, proven === 'callout');
  }

  /** What keeps a user out whose JWT is right by itself. */
  private faultOf(
    user: Claims<'user'>,
    account: TrustedAccount,
    limits: UserLimits,
    { connectionType, remoteAddress }: Presented,
  ): string | undefined {
    if (isRevoked(user, account)) return 'JWT: revoked';
    if (limits.bearer_token && account.claims.nats.limits.disallow_bearer)
      return 'JWT: its account allows no bearer tokens';
    // Types unknown here are meant to restrict it nonetheless.
    if (!typeAllowed(upperCased(limits.allowed_connection_types), connectionType))
      return 'connection type not allowed';
    return sourceAllowed(limits.src, remoteAddress) ? undefined : 'address not allowed';
  }

  private granted(
    user: Claims<'user'>,
    account: TrustedAccount,
    limits: UserLimits,
    end: End,
    jwt: string,
    isCallout: boolean,
  ): Grant {
    const own = permissionsOf(limits) ?? permissionsOf(account.claims.nats.default_permissions);
    const rules = decidesLogins(account) ? (isCallout ? withoutReserved : ofCalloutService)(own) : own;
    const { limits: most } = account.claims.nats;
    const maxSubscriptions = least(limits.subs, most.subs);
    const maxPayloadBytes = least(limits.payload, most.payload);
    const { sub: accountKey } = account.claims;
    const name = (isCallout && user.name) || user.sub;
    const identity = [accountKey, user.sub, rules, maxSubscriptions, maxPayloadBytes, most.conn];
    return {
      account: accountKey,
      user: name,
      permissions: rules && this.share(fingerprintOf(user.sub, rules), rules),
      ...(end.at === Number.POSITIVE_INFINITY ? {} : { expiresAt: end.at }),
      ...(end.isOfAccount ? { expires: 'account' as const } : {}),
      ...(maxSubscriptions === -1 ? {} : { maxSubscriptions }),
      ...(maxPayloadBytes === -1 ? {} : { maxPayloadBytes }),
      ...(most.conn < 0 ? {} : { maxAccountConnections: most.conn }),
      fingerprint: fingerprintOf('jwt', ...identity, account.claims.exp, account.operatorExp, jwt),
    };
  }

  private share(key: string, rules: PermissionsConfig): SubjectPermissions {
    const permissions = this.shared.get(key) ?? new SubjectPermissions(rules);
    this.shared.delete(key);
    this.shared.set(key, permissions);
    if (this.shared.size > MAX_SHARED) deleteOldest(this.shared);
    return permissions;
  }

  /** What ends first of all that ends, or what has ended or not begun. */
  private endOf(user: Claims<'user'>, account: TrustedAccount, limits: UserLimits): End | string {
    const now = this.now();
    if (user.nbf * 1_000 > now) return 'not valid yet';
    if (account.claims.nbf * 1_000 > now) return 'its account is not valid yet';
    const left = timeLeftMs(limits.times, limits.times_location || limits.locale, now);
    const ofUser = Math.min(now + left, msOf(user.exp));
    const ofAccount = Math.min(msOf(account.claims.exp), msOf(account.operatorExp));
    if (ofAccount <= now) return 'its account has expired';
    if (ofUser <= now) return left > 0 ? 'expired' : 'not allowed at this time of day';
    return { at: Math.min(ofUser, ofAccount), isOfAccount: ofAccount < ofUser };
  }
}

/** When a login ends, in milliseconds of Unix time; Infinity: never. */
interface End {
  readonly at: number;
  /** Whether it is the account that ends, not the user. */
  readonly isOfAccount: boolean;
}

/** @param exp seconds of Unix time; 0: never */
function msOf(exp: number): number {
  return exp === 0 ? Number.POSITIVE_INFINITY : exp * 1_000;
}

/** What the JWT says or, signed by a scoped key, the scope does; undefined where they do not go together. */
function limitsOf(user: Claims<'user'>, account: TrustedAccount): UserLimits | undefined {
  const scope = account.signers.get(user.iss);
  if (scope === undefined) return user.nats;
  if (!isUnlimited(user.nats)) return undefined;
  return fillTemplate(scope.template, {
    name: user.name,
    subject: user.sub,
    tags: user.nats.tags,
    accountName: account.claims.name,
    accountSubject: account.claims.sub,
    accountTags: account.claims.nats.tags,
  });
}

/** Whether a user's own JWT says nothing of permissions and limits, as one of a scoped key must not. */
export function isUnlimited(limits: UserLimits): boolean {
  const lists = [
    ...[limits.pub.allow, limits.pub.deny, limits.sub.allow, limits.sub.deny],
    ...[limits.src, limits.times, limits.allowed_connection_types],
  ];
  return (
    lists.every(({ length }) => length === 0) &&
    !limits.resp &&
    limits.subs === 0 &&
    limits.data === 0 &&
    limits.payload === 0 &&
    limits.times_location === '' &&
    !limits.bearer_token
  );
}

/** Whether a service in an account decides about logins to it. */
export function decidesLogins({ claims }: TrustedAccount): boolean {
  return (claims.nats.authorization?.auth_users.length ?? 0) > 0;
}

function isRevoked({ sub, iat }: Claims<'user'>, { claims }: TrustedAccount): boolean {
  const { revocations } = claims.nats;
  const revokedUntil = Object.hasOwn(revocations, sub) ? revocations[sub] : undefined;
  return (revokedUntil !== undefined && revokedUntil >= iat) || (revocations['*'] ?? -1) >= iat;
}

function signed(publicKey: string, { nonce, signature }: Presented): boolean {
  if (nonce === undefined || nonce === '' || signature === undefined) return false;
  const bytes = decodeSignature(signature);
  return bytes !== undefined && verifies(keyOf(publicKey), Buffer.from(nonce), bytes);
}

/** The smaller of two limits, of which -1 is none. */
export function least(a: number, b: number): number {
  if (a < 0) return b < 0 ? -1 : b;
  return b < 0 ? a : Math.min(a, b);
}

/** What is said of permissions, undefined where nothing is. An empty list says nothing in a JWT. */
export function permissionsOf({ pub, sub, resp }: PermissionClaims): PermissionsConfig | undefined {
  const rules = ({ allow, deny }: PermissionClaims['pub']): SubjectRules | undefined =>
    allow.length + deny.length === 0 ? undefined : { ...(allow.length > 0 ? { allow } : {}), deny };
  const publish = rules(pub);
  const subscribe = rules(sub);
  if (publish === undefined && subscribe === undefined && !resp) return undefined;
  return {
    ...(publish && { publish }),
    ...(subscribe && { subscribe }),
    ...(resp && { responses: { max: responsesOf(resp.max), expiresMs: expiryOf(resp.ttl) } }),
  };
}

function responsesOf(max: number): number {
  return max === 0 ? DEFAULT_RESPONSES.max : Math.max(max, -1);
}

/** @param ttl in nanoseconds; below 0: without end */
function expiryOf(ttl: number): number {
  return ttl === 0 ? DEFAULT_RESPONSES.expiresMs : Math.max(ttl / 1_000_000, 0);
}

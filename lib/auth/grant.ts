import type { PeerCertificate } from 'node:tls';
import type { Credentials } from '../dialects/codec.js';
import type { DialectName } from '../domain/dialect-name.js';
import type { ErrorCode } from '../domain/errors.js';
import type { FlowPolicy } from '../domain/flow-policy.js';
import type { Permissions } from '../domain/permissions.js';

/**
 * How a peer is connected, in nats-server's words where it has one: `STANDARD`, `LINE`, `IN_PROCESS`, or what a registered
 * dialect calls its own.
 */
export type ConnectionType = string;

/** What a peer shows of itself. */
export interface Presented extends Credentials {
  /** What INFO asked it to sign. */
  readonly nonce?: string | undefined;
  /** Its verified TLS certificate. */
  readonly certificate?: PeerCertificate | undefined;
  readonly connectionType: ConnectionType;
  /** Dialect of its connection; undefined where there is none. */
  readonly dialect?: DialectName | undefined;
  readonly remoteAddress?: string | undefined;
  /** What it calls itself. */
  readonly name?: string | undefined;
  /** Language and version of its client library, as it says. */
  readonly language?: string | undefined;
  readonly version?: string | undefined;
  /** Id of its connection. */
  readonly id?: number | undefined;
  /** Tags and name in the JWT of its user. */
  readonly tags?: readonly string[] | undefined;
  readonly nameTag?: string | undefined;
  /** Whether it has left, so that nothing need be worked out for it. */
  readonly isGone?: (() => boolean) | undefined;
}

/** What a login gives. */
export interface Grant {
  /** Name of the account, `$G` by default; the public key where accounts are JWTs. */
  readonly account: string;
  /** The name of the user, for people: user name or public nkey; never a secret. */
  readonly user: string | undefined;
  /** Absent: everything is allowed. */
  readonly permissions: Permissions | undefined;
  /** When the connection ends, in milliseconds of Unix time. */
  readonly expiresAt?: number | undefined;
  /** What ends then: the account's JWT; absent: the user's login. */
  readonly expires?: 'account' | undefined;
  /** Subscriptions this connection may have, where fewer than the server's limit. */
  readonly maxSubscriptions?: number | undefined;
  /** Largest message in bytes, where smaller than the server's limit. */
  readonly maxPayloadBytes?: number | undefined;
  /**
   * Connections this account may have at once, where the account says so.
   */
  readonly maxAccountConnections?: number | undefined;
  /** What becomes of messages for it while it is congested; absent: as its listener says. */
  readonly flow?: FlowPolicy | undefined;
  /** Tells one login from another at a reload, whatever it grants: a connection whose login is still equal stays. */
  readonly fingerprint: string;
}

/** A login that is not let in. */
export interface Refusal {
  /** Why, in a few words for the log, such as `wrong password`. Never holds what was presented. */
  readonly refused: string;
  /** The user that it would have been, where what was presented says so, and that is signed. */
  readonly user?: string;
  /** What the peer is told; absent: AUTHORIZATION_VIOLATION. */
  readonly code?: ErrorCode;
}

/** What an authenticator decides; undefined is a refusal without a reason. */
export type Verdict = Grant | Refusal | undefined;

/** Whether a verdict lets the peer in. */
export function isGrant(verdict: Verdict): verdict is Grant {
  return verdict !== undefined && !('refused' in verdict);
}

/** Checks logins. Created anew at each reload. */
export interface Authenticator {
  /**
   * Whether INFO says `auth_required`. False with a `no_auth_user`, though what is presented is looked at all the same:
   * `authenticate` decides, always.
   */
  readonly required: boolean;
  /** Whether INFO carries a nonce to sign. */
  readonly usesNonce: boolean;
  /**
   * Grant of a client that presents nothing: without any authentication, or as `no_auth_user`. Undefined too where that
   * user is for some kinds of connection only: `authenticate` knows for which.
   */
  readonly anonymous: Grant | undefined;
  /** Whether `renew` decides at a reload about connections that presented nothing, too, instead of `authenticate`. */
  readonly asksOnce?: boolean;
  /**
   * Whether `authenticate` runs code that need not ever answer; then the answer must come within
   * `authorization.timeout`. Absent: what it waits for is bounded.
   */
  readonly hasDeadline?: boolean;
  /** Decides on a login. A promise where that takes longer, as bcrypt does. Never throws or rejects. */
  authenticate(presented: Presented): Verdict | Promise<Verdict>;
  /**
   * The grant that a client admitted by an earlier authenticator of this process gets from this one, without sending its credentials again;
   * undefined where that is no login any more.
   */
  renew(grant: Grant, connectionType: ConnectionType): Grant | undefined;
  /** Whether a user of that name is still there, in the same account; false for a grant without a user. */
  hasUser(grant: Grant): boolean;
}

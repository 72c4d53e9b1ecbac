import type { PeerCertificate } from 'node:tls';
import type { Credentials } from '../protocol/codec.js';
import type { FlowPolicy } from '../routing/flow-policy.js';
import type { Permissions } from '../routing/permissions.js';

/** How a peer is connected, in nats-server's words where it has one. */
export type ConnectionType = 'STANDARD' | 'WEBSOCKET' | 'LINE' | 'IN_PROCESS';

/** What a peer shows of itself. */
export interface Presented extends Credentials {
  /** What INFO asked it to sign. */
  readonly nonce?: string | undefined;
  /** Its verified TLS certificate. */
  readonly certificate?: PeerCertificate | undefined;
  readonly connectionType: ConnectionType;
  readonly remoteAddress?: string | undefined;
  /** What it calls itself. */
  readonly name?: string | undefined;
  /** Whether it has left, so that nothing need be worked out for it. */
  readonly isGone?: (() => boolean) | undefined;
}

/** What a login gives. */
export interface Grant {
  /** Name of the account, `$G` by default; the public key where accounts are JWTs. */
  readonly account: string;
  /** Who it is, for people: user name or public nkey; never a secret. */
  readonly user: string | undefined;
  /** Absent: everything is allowed. */
  readonly permissions: Permissions | undefined;
  /** When the connection ends, in milliseconds of Unix time. */
  readonly expiresAt?: number | undefined;
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
  /** Tells one login from another at a reload, whatever it gives: who still has an equal one keeps its connection. */
  readonly fingerprint: string;
}

/** Decides who may come in. Made anew at each reload. */
export interface Authenticator {
  /**
   * Whether INFO says `auth_required`. False with a `no_auth_user`, though what is presented is looked at all the same:
   * `authenticate` decides, always.
   */
  readonly required: boolean;
  /** Whether INFO carries a nonce to sign. */
  readonly usesNonce: boolean;
  /**
   * What somebody gets who presents nothing: without any authentication, or as `no_auth_user`. Undefined too where that
   * user is for some kinds of connection only: `authenticate` knows for which.
   */
  readonly anonymous: Grant | undefined;
  /** Whether `renew` decides at a reload about connections that presented nothing, too, instead of `authenticate`. */
  readonly asksOnce?: boolean;
  /** Undefined: refused. A promise where it takes longer, as bcrypt does. Never throws or rejects. */
  authenticate(presented: Presented): Grant | undefined | Promise<Grant | undefined>;
  /**
   * What who was let in by an earlier authenticator of this process gets from this one, without showing anything again;
   * undefined where that is no login any more.
   */
  renew(grant: Grant, connectionType: ConnectionType): Grant | undefined;
  /** Whether a user of that name is still there, in the same account; false for a grant without a user. */
  hasUser(grant: Grant): boolean;
}

import type { FlowPolicy } from '../domain/flow-policy.js';
import type { Permissions } from '../domain/permissions.js';
import type { Account } from './account.js';

/** What a login makes of a client. */
export interface Rights {
  readonly account: Account;
  /** The name of its user, for people. */
  readonly user: string | undefined;
  /** Undefined: everything is allowed. */
  readonly permissions: Permissions | undefined;
  /** Undefined: the broker's limit. */
  readonly maxSubscriptions: number | undefined;
  /** Undefined: the broker's limit. */
  readonly maxPayloadBytes: number | undefined;
  /** Connections its account may have at once; absent: any number. */
  readonly maxAccountConnections?: number | undefined;
  /** When the login ends, in milliseconds of Unix time; undefined: never. */
  readonly expiresAt: number | undefined;
  /** What becomes of messages for it while it is congested; undefined: as its listener says. */
  readonly flow: FlowPolicy | undefined;
}

/** As much of them as is read again later. */
export type RightsInForce = Pick<
  Rights,
  'user' | 'permissions' | 'maxPayloadBytes' | 'maxAccountConnections' | 'expiresAt'
>;

/** What a client has that has not logged in. */
export const NO_RIGHTS: RightsInForce = {
  user: undefined,
  permissions: undefined,
  maxPayloadBytes: undefined,
  maxAccountConnections: undefined,
  expiresAt: undefined,
};

/** Limits of every client. */
export interface ClientLimits {
  readonly maxSubscriptions: number;
  /** Most tokens the subject of a subscription may have; 0: any number. */
  readonly maxSubjectTokens: number;
}

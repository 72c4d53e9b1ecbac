import { createRequire } from 'node:module';
import type { AccountConfig, CalloutConfig, PermissionsConfig } from '../config/shapes.js';
import { GLOBAL_ACCOUNT, SYSTEM_ACCOUNT } from '../domain/account-names.js';
import {
  ANSWER_SUBJECTS,
  authorizationRequest,
  CALLOUT_SUBJECT,
  type DescribedServer,
  XKEY_HEADER,
} from './callout-request.js';
import { readClaims } from './claims.js';
import { typeAllowed, upperCased } from './connection-types.js';
import {
  type Authenticator,
  type ConnectionType,
  type Grant,
  isGrant,
  type Presented,
  type Refusal,
  type Verdict,
} from './grant.js';
import { least, permissionsOf } from './jwt-login.js';
import { SubjectPermissions } from './permissions.js';
import { fingerprintOf } from './secrets.js';
import { createUserId, type ServerKey, signJwt } from './server-key.js';
import { sourceAllowed, timeLeftMs } from './source-restrictions.js';

/** How a callout reaches the service that decides. */
export interface CalloutService {
  readonly key: ServerKey;
  /** What requests say of the server. */
  describe(): DescribedServer;
  /**
   * Publishes a request in an account.
   * @returns the answer; undefined: there was none in time, or nothing takes requests
   */
  ask(
    account: string,
    headers: Buffer | undefined,
    payload: Buffer,
    timeoutMs: number,
  ): Promise<Buffer | undefined>;
}

/** What a callout needs of the configuration. */
export interface CalloutOptions {
  readonly callout: CalloutConfig;
  readonly accounts: readonly AccountConfig[];
  readonly systemAccount: string | undefined;
  readonly noAuthUser: string | undefined;
  /** Time for an answer, in milliseconds. */
  readonly timeoutMs: number;
}

interface CurveKey {
  getPublicKey(): string;
  seal(input: Uint8Array, recipient: string): Uint8Array;
  open(message: Uint8Array, sender: string): Uint8Array | null;
}

/** What requests and answers are encrypted with. */
interface Encryption {
  readonly own: CurveKey;
  /** Public key of the service. */
  readonly peer: string;
}

/** Text that answers begin with unless they are encrypted: that of a JWT. */
const JWT_START = 'eyJ';
/** Longest part of the service's own reason that is logged, in characters. */
const MAX_REASON = 200;

/** What a user of the account with the service may not do: ask as a server does, or see what servers are answered. */
const RESERVED = [CALLOUT_SUBJECT, ANSWER_SUBJECTS];

/**
 * Has a service decide about logins: a client of this server that answers requests on `$SYS.REQ.USER.AUTH`. The users the
 * service itself logs in as, and users of accounts that are not its business, are decided about as configured.
 * https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_callout
 */
export class CalloutLogin implements Authenticator {
  readonly required: boolean;
  readonly usesNonce: boolean;
  readonly anonymous: Grant | undefined;
  readonly asksOnce = true;
  private readonly configured: Authenticator;
  private readonly options: CalloutOptions;
  private readonly service: CalloutService;
  private readonly now: () => number;
  private readonly accounts: ReadonlyMap<string, AccountConfig | undefined>;
  /** Stands for what may have made its grants another one's. */
  private readonly fingerprint: string;
  /** Undefined: nothing is encrypted. */
  private readonly encryption: Encryption | undefined;

  /**
   * @param configured decides about the users of the configuration
   * @param now Unix time in milliseconds
   */
  constructor(
    configured: Authenticator,
    options: CalloutOptions,
    service: CalloutService,
    now: () => number = Date.now,
  ) {
    const { callout, accounts, systemAccount = SYSTEM_ACCOUNT, noAuthUser } = options;
    this.configured = configured;
    this.options = options;
    this.service = service;
    this.now = now;
    this.required = configured.required;
    this.usesNonce = configured.usesNonce;
    this.anonymous =
      noAuthUser !== undefined && callout.authUsers.includes(noAuthUser) ? configured.anonymous : undefined;
    this.accounts = new Map([
      [GLOBAL_ACCOUNT, undefined],
      [systemAccount, undefined],
      ...accounts.map((each) => [each.name, each] as const),
    ]);
    this.fingerprint = fingerprintOf('callout', callout.account, callout.issuer);
    this.encryption = callout.xkey === undefined ? undefined : { own: createCurve(), peer: callout.xkey };
  }

  async authenticate(presented: Presented): Promise<Verdict> {
    const { callout, noAuthUser } = this.options;
    const name = presented.nkey || presented.user || (showsNothing(presented) ? noAuthUser : undefined);
    const isOwn = name !== undefined && callout.authUsers.includes(name);
    if (isOwn) return this.configured.authenticate(presented);
    if (callout.allowedAccounts.length > 0) {
      const verdict = await this.configured.authenticate(presented);
      if (isGrant(verdict) && !this.decidesFor(verdict.account)) return verdict;
    }
    if (presented.isGone?.() === true) return { refused: 'has left' };
    return this.ask(name === presented.user || name === undefined ? presented : { ...presented, user: name });
  }

  renew(grant: Grant, connectionType: ConnectionType): Grant | undefined {
    const made = granted.get(grant);
    if (made === undefined) return this.configured.renew(grant, connectionType);
    return made === this.fingerprint && this.accounts.has(grant.account) ? grant : undefined;
  }

  hasUser(grant: Grant): boolean {
    return granted.has(grant) || this.configured.hasUser(grant);
  }

  /** Whether the service decides about users of that account as well. */
  private decidesFor(account: string): boolean {
    return account === GLOBAL_ACCOUNT || this.options.callout.allowedAccounts.includes(account);
  }

  private async ask(presented: Presented): Promise<Verdict> {
    const { service, encryption } = this;
    const { callout, timeoutMs } = this.options;
    const userKey = createUserId();
    const server = { ...service.describe(), id: service.key.id, xkey: encryption?.own.getPublicKey() };
    const nowMs = this.now();
    const claims = authorizationRequest(presented, server, callout.issuer, userKey, nowMs + timeoutMs);
    const jwt = Buffer.from(signJwt(service.key, claims, nowMs));
    const payload = encryption ? Buffer.from(encryption.own.seal(jwt, encryption.peer)) : jwt;
    const headers =
      encryption && Buffer.from(`NATS/1.0\r\n${XKEY_HEADER}: ${encryption.own.getPublicKey()}\r\n\r\n`);
    const answer = await service.ask(callout.account, headers, payload, timeoutMs);
    // It says nothing of the client, so nothing is held against it.
    if (answer === undefined) return { refused: 'callout: no answer', code: 'AUTHORIZATION_VIOLATION' };
    try {
      return this.decide(presented, userKey, answer);
    } catch {
      return { refused: 'callout: an answer that cannot be read' };
    }
  }

  private decide(presented: Presented, userKey: string, answer: Buffer): Grant | Refusal {
    const refuse = (why: string): Refusal => ({ refused: `callout: ${why}` });
    const opened = this.decrypted(answer);
    if (opened === undefined) return refuse('an answer that cannot be decrypted');
    const { text, isEncrypted } = opened;
    if (text === '') return refuse('refused without a reason');
    const response = readClaims(text, 'authorization_response');
    if (typeof response === 'string') return refuse(`an answer that is ${response}`);
    // Only the service has the key that an encrypted answer comes with.
    if (!isEncrypted && response.iss !== this.options.callout.issuer)
      return refuse('an answer of another issuer');
    if (response.sub !== userKey) return refuse('an answer for another user');
    if (response.aud !== this.service.key.id) return refuse('an answer for another server');
    const { error, jwt } = response.nats;
    if (error !== '') return refuse(`refused: ${error.slice(0, MAX_REASON)}`);
    return this.granted(presented, userKey, jwt, refuse);
  }

  private decrypted(answer: Buffer): { readonly text: string; readonly isEncrypted: boolean } | undefined {
    const { encryption } = this;
    const text = answer.toString();
    if (encryption === undefined || text === '' || text.startsWith(JWT_START))
      return { text, isEncrypted: false };
    const opened = encryption.own.open(answer, encryption.peer);
    return opened === null ? undefined : { text: Buffer.from(opened).toString(), isEncrypted: true };
  }

  private granted(
    presented: Presented,
    userKey: string,
    jwt: string,
    refuse: (why: string) => Refusal,
  ): Grant | Refusal {
    const { callout } = this.options;
    const user = readClaims(jwt, 'user');
    if (typeof user === 'string') return refuse(`JWT: ${user}`);
    const { nats, aud: account } = user;
    if (user.iss !== callout.issuer) return refuse('JWT: of another issuer');
    if (nats.issuer_account !== '') return refuse('JWT: names an issuer account');
    if (user.sub !== userKey) return refuse('JWT: of another user');
    if (!this.accounts.has(account)) return refuse('JWT: its audience is no account of this server');
    const now = this.now();
    const left = timeLeftMs(nats.times, nats.times_location || nats.locale, now);
    const end = Math.min(now + left, user.exp === 0 ? Number.POSITIVE_INFINITY : user.exp * 1_000);
    if (user.nbf * 1_000 > now) return refuse('JWT: not valid yet');
    if (end <= now) return refuse(left > 0 ? 'JWT: expired' : 'JWT: not allowed at this time of day');
    if (!typeAllowed(upperCased(nats.allowed_connection_types), presented.connectionType))
      return refuse('connection type not allowed');
    if (!sourceAllowed(nats.src, presented.remoteAddress)) return refuse('address not allowed');
    const {
      maxConnections,
      maxSubscriptions = -1,
      maxPayloadBytes = -1,
    } = this.accounts.get(account)?.limits ?? {};
    const subscriptions = least(nats.subs, maxSubscriptions);
    const payload = least(nats.payload, maxPayloadBytes);
    const rules = account === callout.account ? withoutReserved(permissionsOf(nats)) : permissionsOf(nats);
    const grant: Grant = {
      account,
      user: user.name || user.sub,
      permissions: rules && new SubjectPermissions(rules),
      ...(end === Number.POSITIVE_INFINITY ? {} : { expiresAt: end }),
      ...(subscriptions === -1 ? {} : { maxSubscriptions: subscriptions }),
      ...(payload === -1 ? {} : { maxPayloadBytes: payload }),
      ...(maxConnections === undefined ? {} : { maxAccountConnections: maxConnections }),
      fingerprint: fingerprintOf('callout', account, user.sub),
    };
    granted.set(grant, this.fingerprint);
    return grant;
  }
}

/** Grants of callouts, with what stands for the callout that made each, across reloads. */
const granted = new WeakMap<Grant, string>();

function showsNothing({ user, password, token, jwt, nkey, signature }: Presented): boolean {
  return !(user || password || token || jwt || nkey || signature);
}

/** The key pair that requests are encrypted with. Loaded only where they are: it comes with curve25519 in JavaScript. */
function createCurve(): CurveKey {
  const nkeys = createRequire(import.meta.url)('@nats-io/nkeys') as typeof import('@nats-io/nkeys');
  return nkeys.createCurve();
}

function withoutReserved(rules: PermissionsConfig = {}): PermissionsConfig {
  const denied = ({
    deny = [],
    ...rest
  }: {
    readonly allow?: readonly string[];
    readonly deny?: readonly string[];
  }) => ({
    ...rest,
    deny: [...deny, ...RESERVED],
  });
  return { ...rules, publish: denied(rules.publish ?? {}), subscribe: denied(rules.subscribe ?? {}) };
}

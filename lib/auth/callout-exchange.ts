import { createRequire } from 'node:module';
import { authorizationRequest, type DescribedServer, XKEY_HEADER } from './callout-request.js';
import { type Claims, readClaims } from './claims.js';
import type { Presented, Refusal } from './grant.js';
import { createUserId, type ServerKey, signJwt } from './server-key.js';

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

/** Who is asked. */
export interface CalloutPartner {
  /** Account in which it is asked. */
  readonly account: string;
  /** Public key of the account that it signs for. */
  readonly issuer: string;
  /** Public curve key that requests are encrypted for; undefined: they are not. */
  readonly xkey: string | undefined;
  /** Whether an answer is its own that is signed by `signer` in the name of `issuerAccount`, which is empty for the signer's own. */
  isSigner(signer: string, issuerAccount: string): boolean;
}

/** A user that a service lets in. */
export interface CalloutUser {
  readonly user: Claims<'user'>;
  /** The same as it came. */
  readonly jwt: string;
}

interface CurveKey {
  getPublicKey(): string;
  seal(input: Uint8Array, recipient: string): Uint8Array;
  open(message: Uint8Array, sender: string): Uint8Array | null;
}

/** Text that answers begin with unless they are encrypted: that of a JWT. */
const JWT_START = 'eyJ';
/** Longest part of the service's own reason that is logged, in characters. */
const MAX_REASON = 200;

/** A refusal by a callout. */
export function calloutRefusal(why: string): Refusal {
  return { refused: `callout: ${why}` };
}

/**
 * Asks services about logins, and checks that an answer is from the service, to this request and for this server.
 * https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_callout
 */
export class CalloutExchange {
  private readonly service: CalloutService;
  private readonly timeoutMs: number;
  private readonly now: () => number;
  private curve: CurveKey | undefined;

  /**
   * @param timeoutMs time for an answer, in milliseconds
   * @param now Unix time in milliseconds
   */
  constructor(service: CalloutService, timeoutMs: number, now: () => number) {
    this.service = service;
    this.timeoutMs = timeoutMs;
    this.now = now;
  }

  async ask(presented: Presented, partner: CalloutPartner): Promise<CalloutUser | Refusal> {
    const { service, timeoutMs } = this;
    const { account, issuer, xkey } = partner;
    const curve = xkey === undefined ? undefined : this.encryption();
    const userKey = createUserId();
    const server = { ...service.describe(), id: service.key.id, xkey: curve?.getPublicKey() };
    const nowMs = this.now();
    const claims = authorizationRequest(presented, server, issuer, userKey, nowMs + timeoutMs);
    const jwt = Buffer.from(signJwt(service.key, claims, nowMs));
    const payload = curve === undefined || xkey === undefined ? jwt : Buffer.from(curve.seal(jwt, xkey));
    const headers = curve && Buffer.from(`NATS/1.0\r\n${XKEY_HEADER}: ${curve.getPublicKey()}\r\n\r\n`);
    const answer = await service.ask(account, headers, payload, timeoutMs);
    // It says nothing of the client, so nothing is held against it.
    if (answer === undefined) return { ...calloutRefusal('no answer'), code: 'AUTHORIZATION_VIOLATION' };
    try {
      return this.userIn(answer, partner, userKey);
    } catch {
      return calloutRefusal('an answer that cannot be read');
    }
  }

  private encryption(): CurveKey {
    this.curve ??= createCurve();
    return this.curve;
  }

  private userIn(answer: Buffer, partner: CalloutPartner, userKey: string): CalloutUser | Refusal {
    const opened = this.decrypted(answer, partner.xkey);
    if (opened === undefined) return calloutRefusal('an answer that cannot be decrypted');
    const { text, isEncrypted } = opened;
    if (text === '') return calloutRefusal('refused without a reason');
    const response = readClaims(text, 'authorization_response');
    if (typeof response === 'string') return calloutRefusal(`an answer that is ${response}`);
    const { error, jwt, issuer_account } = response.nats;
    // Only the service has the key that an encrypted answer comes with.
    if (!isEncrypted && !partner.isSigner(response.iss, issuer_account))
      return calloutRefusal('an answer of another issuer');
    if (response.sub !== userKey) return calloutRefusal('an answer for another user');
    if (response.aud !== this.service.key.id) return calloutRefusal('an answer for another server');
    if (error !== '') return calloutRefusal(`refused: ${error.slice(0, MAX_REASON)}`);
    const user = readClaims(jwt, 'user');
    if (typeof user === 'string') return calloutRefusal(`JWT: ${user}`);
    return user.sub === userKey ? { user, jwt } : calloutRefusal('JWT: of another user');
  }

  private decrypted(
    answer: Buffer,
    xkey: string | undefined,
  ): { readonly text: string; readonly isEncrypted: boolean } | undefined {
    const text = answer.toString();
    if (xkey === undefined || text === '' || text.startsWith(JWT_START)) return { text, isEncrypted: false };
    const opened = this.encryption().open(answer, xkey);
    return opened ? { text: Buffer.from(opened).toString(), isEncrypted: true } : undefined;
  }
}

/** The key pair that requests are encrypted with. Loaded only where they are: it comes with curve25519 in JavaScript. */
function createCurve(): CurveKey {
  const nkeys = createRequire(import.meta.url)('@nats-io/nkeys') as typeof import('@nats-io/nkeys');
  return nkeys.createCurve();
}

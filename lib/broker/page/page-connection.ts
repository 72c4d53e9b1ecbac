import { Outbox } from '../../clients/outbox.js';
import { Admission, type AdmissionOptions } from '../../connection/admission.js';
import type { Credentials } from '../../dialects/codec.js';
import type { CloseReason } from '../../domain/close-reason.js';
import { ERRORS, type ErrorCode, SluiceError } from '../../domain/errors.js';
import { isValidSubject } from '../../domain/subject.js';
import { batchOfCommands } from '../../frame/batch-of-commands.js';
import type { PageClient, TapReport } from '../../monitor/live/source.js';
import { Client } from '../../routing/client.js';
import type { Core } from '../../routing/core.js';
import type { Rights } from '../../routing/rights.js';
import type { JoinOptions } from '../join.js';
import type { Member } from '../member.js';
import { PageSession, type Routed, refusalText } from './page-session.js';
import { TapEnd } from './tap-end.js';

/** What the log and a program's own `authenticate` call these connections. */
const DIALECT = { name: 'monitor', connectionType: 'MONITOR' };
const SID = '1';
const ENDED = 'the connection has ended';
const HELD = 'receivers are behind: the publisher is held until they have taken more';

/** Largest message of a page, and longest control line, in bytes. */
export interface PageMessageLimits {
  readonly maxPayloadBytes: number;
  readonly maxControlLineBytes: number;
}

/** What it is sent is shown or counted; nothing and no publisher waits for it. */
class LossyClient extends Client {
  override admit(rights: Rights): void {
    super.admit({ ...rights, flow: 'drop' });
  }
}

/**
 * A connection on behalf of a live page. It is a client of the core like any other: let in by the same authenticator and
 * throttle as those that come over a wire, with the account, permissions and limits of its login.
 */
export class PageConnection implements Member, PageClient {
  readonly dialect = 'local';
  readonly transport = 'local';
  readonly listener = undefined;
  readonly tls = undefined;
  readonly client: Client;
  reason: CloseReason | undefined;
  onClosed: (reason: string) => void = () => {};
  onTapEnded: (reason: string) => void = () => {};
  private readonly core: Core;
  private readonly admission: Admission;
  private readonly limits: () => PageMessageLimits;
  private readonly left: (member: Member) => void;
  private readonly tapEnd = new TapEnd();
  /** Messages for its tap that were dropped so far, as too much came in one turn. */
  private dropped = 0;
  /** Settles the message that is on its way. */
  private pending: ((refusal: string | undefined) => void) | undefined;

  constructor(
    id: number,
    peer: { readonly address: string | undefined; readonly port: number | undefined },
    core: Core,
    options: JoinOptions,
    admission: AdmissionOptions,
    limits: () => PageMessageLimits,
    left: (member: Member) => void,
  ) {
    this.core = core;
    this.limits = limits;
    this.left = left;
    this.client = new LossyClient(
      { id, remoteAddress: peer.address, remotePort: peer.port },
      core,
      new Outbox(this.tapEnd, options.flow, core.clock.now),
      options.limits,
      { close: (reason) => this.close(reason), login: () => false, introduced: () => {} },
      () => new PageSession((reason) => this.onTapEnded(reason)),
    );
    this.client.peer.name = 'live page';
    this.admission = new Admission(this.client, admission, DIALECT);
  }

  get account(): string {
    return this.client.account.name;
  }

  get user(): string | undefined {
    return this.client.rights.user;
  }

  /** Asks to be let in. False: it is not, and it has closed. */
  async login(credentials: Credentials): Promise<boolean> {
    const isIn = await this.admission.login(credentials);
    if (!isIn) this.close('AUTHORIZATION_VIOLATION');
    return this.reason === undefined;
  }

  async tap(subject: string): Promise<string | undefined> {
    const { client } = this;
    if (this.reason !== undefined) return ENDED;
    if (!isValidSubject(subject) || /\s/.test(subject)) return refusalText('INVALID_SUBJECT');
    if (!(await client.maySubscribe(subject))) return refusalText('PERMISSIONS_SUBSCRIPTION', subject);
    if (client.closing) return ENDED;
    const { maxSubjectTokens } = client;
    if (maxSubjectTokens > 0 && subject.split('.').length > maxSubjectTokens)
      return refusalText('MAX_SUBJECT_TOKENS', subject);
    this.untap();
    if (client.subscriptions.isFull) return refusalText('MAX_SUBSCRIPTIONS');
    client.subscriptions.add(subject, SID);
    return undefined;
  }

  untap(): void {
    if (!this.client.closing) this.client.subscriptions.end(SID);
  }

  takeTapped(room: number): TapReport | undefined {
    const dropped = this.client.drops.of('policy').messages;
    this.tapEnd.omit(dropped - this.dropped);
    this.dropped = dropped;
    return this.tapEnd.take(room);
  }

  async publish(subject: string, payload: string): Promise<string | undefined> {
    const { client } = this;
    if (this.reason !== undefined) return ENDED;
    if (client.held || this.pending !== undefined) return HELD;
    const { maxPayloadBytes, maxControlLineBytes } = this.limits();
    const bytes = Buffer.from(payload);
    if (bytes.length > Math.min(maxPayloadBytes, client.rights.maxPayloadBytes ?? maxPayloadBytes))
      return refusalText('MAX_PAYLOAD');
    if (Buffer.byteLength(subject) + ` ${bytes.length}`.length > maxControlLineBytes)
      return refusalText('MAX_CONTROL_LINE');
    client.lastActivityAt = Date.now();
    return new Promise((resolve) => {
      const settle = (refusal: string | undefined): void => {
        this.pending = undefined;
        resolve(refusal);
      };
      try {
        const batch = batchOfCommands<Routed>([
          { op: 'PUB', subject, payload: bytes },
          { op: 'ROUTED', settle },
        ]);
        this.pending = settle;
        this.core.write({ client, batch, from: 0 });
      } catch (error) {
        settle(error instanceof SluiceError ? error.message : refusalText('INTERNAL'));
      }
    });
  }

  leave(): void {
    this.onClosed = () => {};
    this.close('QUIT');
  }

  /** Closes it at once: nothing of it is pending. */
  close(reason: CloseReason): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.admission.closing(reason);
    this.admission.stop();
    this.core.forget(this.client);
    this.pending?.(ENDED);
    this.left(this);
    this.onClosed(reason in ERRORS ? refusalText(reason as ErrorCode) : ENDED);
  }

  destroy(reason: CloseReason): void {
    this.close(reason);
  }

  renew(): void {
    if (this.reason !== undefined) return;
    const reason = this.admission.renew();
    if (reason === undefined) this.client.subscriptions.review();
    else this.close(reason);
  }

  inform(): void {}

  informLameDuck(): boolean {
    return false;
  }

  finishInput(): Promise<void> {
    return Promise.resolve();
  }
}

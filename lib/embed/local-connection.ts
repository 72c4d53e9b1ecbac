import type { Logger } from 'pino';
import type { Member } from '../broker/member.js';
import { type FlowLimits, Outbox } from '../clients/outbox.js';
import type { CloseReason } from '../domain/close-reason.js';
import { ERRORS, type ErrorCode, SluiceError } from '../domain/errors.js';
import type { FlowPolicy } from '../domain/flow-policy.js';
import type { ClientLimits } from '../routing/client.js';
import type { Core } from '../routing/core.js';
import { LocalPeer, LocalSession } from './local-peer.js';
import { Mailbox, type MessageConsumer } from './mailbox.js';
import type { Respond } from './message.js';

/** The user of a connection within this process. */
export interface LocalUser extends MessageConsumer {
  /** It was closed, and not by `leave`: what had not been taken is lost. */
  fail(error: SluiceError): void;
}

export interface LocalOptions {
  readonly account: string;
  /** What the monitor calls it. */
  readonly name: string | undefined;
  /** Messages after which there are no more; 0: never. */
  readonly max: number;
  /** Undefined: as for NATS clients. */
  readonly flow: FlowPolicy | undefined;
  readonly respond: Respond;
}

/** Reasons after which what was not taken is lost. */
const ABRUPT: ReadonlySet<CloseReason> = new Set(['SLOW_CONSUMER', 'INTERNAL']);

/** A client in this process: in the place of a wire and its codec a mailbox. It closes at once. */
export class LocalConnection implements Member {
  readonly dialect = 'local';
  readonly transport = 'local';
  readonly listener = undefined;
  readonly client: LocalPeer;
  readonly tls = undefined;
  reason: CloseReason | undefined;
  readonly mailbox: Mailbox;
  private readonly user: LocalUser;
  private readonly core: Core;
  private readonly log: Logger;
  private readonly onClosed: (member: Member) => void;

  constructor(
    id: number,
    user: LocalUser,
    core: Core,
    limits: { readonly flow: FlowLimits; readonly limits: ClientLimits },
    log: Logger,
    onClosed: (member: Member) => void,
    options: LocalOptions,
  ) {
    this.user = user;
    this.core = core;
    this.log = log.child({ connection: id, dialect: this.dialect });
    this.onClosed = onClosed;
    this.mailbox = new Mailbox(user, options.respond, options.max);
    const outbox = new Outbox(this.mailbox, limits.flow, core.clock.now);
    this.mailbox.onTaken = () => outbox.drained();
    const peer: LocalPeer = new LocalPeer(
      { id, remoteAddress: undefined, remotePort: undefined },
      core,
      outbox,
      limits.limits,
      { close: (reason) => this.close(reason), login: () => true, introduced: () => {} },
      () => new LocalSession(() => peer),
    );
    this.client = peer;
    this.client.peer.name = options.name;
    this.client.admit({
      account: core.account(options.account),
      user: undefined,
      permissions: undefined,
      maxSubscriptions: undefined,
      maxPayloadBytes: undefined,
      expiresAt: undefined,
      flow: options.flow,
    });
  }

  /** Takes no new messages; its user gets those that have come, and the end after them. */
  close(reason: CloseReason): void {
    if (this.reason !== undefined) return;
    if (ABRUPT.has(reason)) return this.destroy(reason);
    this.reason = reason;
    this.client.retire();
    this.client.outbox.flush(Number.POSITIVE_INFINITY); // what it has not taken is its Readable's from now on
    this.mailbox.release();
    this.closed();
  }

  /** The same, and what has come is lost. */
  destroy(reason: CloseReason): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    if (reason === 'SLOW_CONSUMER') this.warnSlowConsumer();
    this.client.lossReason =
      reason === 'SLOW_CONSUMER' ? 'slow_consumer' : reason === 'SERVER_SHUTDOWN' ? 'shutdown' : 'closed';
    this.closed();
    this.mailbox.abandon();
    const code: ErrorCode = reason in ERRORS ? (reason as ErrorCode) : 'INTERNAL';
    this.user.fail(new SluiceError(code));
  }

  /** Its user has left, and takes nothing any more. */
  leave(): void {
    if (this.reason !== undefined) return;
    this.reason = 'QUIT';
    this.closed();
    this.mailbox.abandon();
  }

  /** Its rights are the program's own. */
  renew(): void {}
  inform(): void {}

  informLameDuck(): boolean {
    return false;
  }

  finishInput(): Promise<void> {
    return Promise.resolve();
  }

  private closed(): void {
    this.core.forget(this.client);
    this.client.settleAll(new SluiceError('SERVER_SHUTDOWN', 'the broker is closing'));
    this.onClosed(this);
  }

  private warnSlowConsumer(): void {
    const { outbox, peer } = this.client;
    this.log.warn(
      {
        name: peer.name,
        policy: outbox.policy,
        pendingBytes: outbox.pendingBytes,
        pendingMessages: outbox.pending.messages,
        holding: outbox.holding.size,
        ...outbox.totalExceeded,
      },
      'slow consumer, disconnected',
    );
  }
}

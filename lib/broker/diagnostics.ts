import { channel } from 'node:diagnostics_channel';
import type { RefusedLogin } from '../connection/login-log.js';
import type { CloseReason } from '../domain/close-reason.js';
import type { DialectName } from '../domain/dialect-name.js';
import type { FlowPolicy } from '../domain/flow-policy.js';
import type { Member } from './member.js';

/** A connection as it was when something happened to it. */
export interface ConnectionInfo {
  /** Unique in its broker. */
  readonly id: number;
  /** `local`: of this process, by `publish`, `subscribe` and the like. */
  readonly dialect: DialectName | 'local';
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  /** What it calls itself; known once it has introduced itself. */
  readonly name: string | undefined;
  /** The user it is logged in as; undefined before it has, and where it has no name. */
  readonly user: string | undefined;
  /** Its account; undefined before it has logged in. */
  readonly account: string | undefined;
}

/** What the channels of `node:diagnostics_channel` are given, by their names. Whatever the names, they are of one broker. */
export interface DiagnosticsMessages {
  /** A connection was accepted, and may still have to log in. */
  'sluice:connection:open': { readonly serverId: string; readonly connection: ConnectionInfo };
  /** It has closed. */
  'sluice:connection:close': {
    readonly serverId: string;
    readonly connection: ConnectionInfo;
    readonly reason: CloseReason;
    /** Time it was open, in milliseconds. */
    readonly openMs: number;
    readonly inMessages: number;
    readonly inBytes: number;
    readonly outMessages: number;
    readonly outBytes: number;
  };
  /** It was closed for taking too little; comes before `sluice:connection:close`. */
  'sluice:slow-consumer': {
    readonly serverId: string;
    readonly connection: ConnectionInfo;
    readonly policy: FlowPolicy;
    /** Messages that were pending, and are lost. */
    readonly lostMessages: number;
  };
  /** A login was refused. */
  'sluice:login:failed': {
    readonly serverId: string;
    /** Id of the connection; undefined: of a request to the monitor. */
    readonly connection: number | undefined;
    readonly remoteAddress: string | undefined;
    /** What was presented, where it has a name; never a secret. */
    readonly user: string | undefined;
    /** In a few words. */
    readonly reason: string;
  };
}

/** Name of a channel. */
export type DiagnosticsChannel = keyof DiagnosticsMessages;

const OPEN = channel('sluice:connection:open');
const CLOSE = channel('sluice:connection:close');
const SLOW_CONSUMER = channel('sluice:slow-consumer');
const LOGIN_FAILED = channel('sluice:login:failed');

/** Publishes what happens to the connections of one broker. Without subscribers each costs one comparison. */
export class Diagnostics {
  private readonly serverId: string;

  /** @param serverId tells brokers of one process apart, since channels belong to the process */
  constructor(serverId: string) {
    this.serverId = serverId;
  }

  opened(member: Member): void {
    if (!OPEN.hasSubscribers) return;
    const { serverId } = this;
    OPEN.publish({
      serverId,
      connection: infoOf(member),
    } satisfies DiagnosticsMessages['sluice:connection:open']);
  }

  closed(member: Member): void {
    const { serverId } = this;
    const { client, reason = 'PEER_CLOSED' } = member;
    if (reason === 'SLOW_CONSUMER' && SLOW_CONSUMER.hasSubscribers)
      SLOW_CONSUMER.publish({
        serverId,
        connection: infoOf(member),
        policy: client.outbox.policy,
        lostMessages: client.drops.of('slow_consumer').messages,
      } satisfies DiagnosticsMessages['sluice:slow-consumer']);
    if (!CLOSE.hasSubscribers) return;
    CLOSE.publish({
      serverId,
      connection: infoOf(member),
      reason,
      openMs: Date.now() - client.peer.startedAt,
      inMessages: client.published,
      inBytes: client.inBytes,
      outMessages: client.outMessages,
      outBytes: client.outBytes,
    } satisfies DiagnosticsMessages['sluice:connection:close']);
  }

  loginFailed({ connection, remoteAddress, user, reason }: RefusedLogin): void {
    if (!LOGIN_FAILED.hasSubscribers) return;
    const { serverId } = this;
    LOGIN_FAILED.publish({
      ...{ serverId, connection, remoteAddress, user, reason },
    } satisfies DiagnosticsMessages['sluice:login:failed']);
  }
}

/** A connection as it is now. */
export function infoOf({ client, dialect }: Member): ConnectionInfo {
  const { peer, rights } = client;
  return {
    id: client.id,
    dialect,
    remoteAddress: peer.remoteAddress,
    remotePort: peer.remotePort,
    name: peer.name,
    user: rights.user,
    account: client.admitted ? client.account.name : undefined,
  };
}

import type { Logger } from 'pino';
import type { DialectName } from '../domain/dialect-name.js';
import type { Client } from '../routing/client.js';
import { introductionOf } from './trace.js';

/** What the log says of one connection. */
export class ConnectionLog {
  private readonly brokerLog: Logger;
  private readonly client: Client;
  private readonly dialect: DialectName;
  private ownLog: Logger | undefined;

  constructor(brokerLog: Logger, client: Client, dialect: DialectName) {
    this.brokerLog = brokerLog;
    this.client = client;
    this.dialect = dialect;
  }

  /** Address and port of the peer. */
  get peer(): string {
    const { remoteAddress, remotePort } = this.client.peer;
    return `${remoteAddress ?? '?'}:${remotePort ?? '?'}`;
  }

  get isDebug(): boolean {
    return this.brokerLog.isLevelEnabled('debug');
  }

  /** Made when there is something to say, which for most connections there never is. */
  get own(): Logger {
    const { client, dialect, peer } = this;
    this.ownLog ??= this.brokerLog.child({ connection: client.id, dialect, peer });
    return this.ownLog;
  }

  debug(about: object, message: string): void {
    if (this.isDebug) this.own.debug(about, message);
  }

  /** The connection has closed. */
  closed(reason: string): void {
    if (this.isDebug) this.own.debug({ reason, ...introductionOf(this.client) }, 'disconnected');
  }

  /** The connection is cut off as a slow consumer. */
  slowConsumer(): void {
    const { outbox, peer, rights } = this.client;
    this.own.warn(
      {
        name: peer.name,
        user: rights.user,
        policy: outbox.policy,
        pendingBytes: outbox.pendingBytes,
        pendingMessages: outbox.pending.messages,
        stalledMs: outbox.congested ? Math.round(outbox.stalledMs(outbox.now())) : 0,
        holding: outbox.holding.size,
        heldOthersMs: Math.round(outbox.heldOthersMs),
        ...outbox.totalExceeded,
      },
      'slow consumer, disconnected',
    );
  }
}

import { MAX_SYSTEM_EVENTS } from '../domain/limits.js';
import type { ConnectionSnapshot, Observable } from '../monitor/snapshot.js';
import type { Turns } from '../monitor/turns.js';
import type { Account } from '../routing/account.js';
import { accountNameOf } from './account-name.js';
import type { ServerDescription } from './server-description.js';
import type { ServerMessages } from './server-messages.js';

/** Where clients of an account hear of refused logins, in the account itself. */
const ACCOUNT_AUTH_ERROR = '$SYS.ACCOUNT.CLIENT.AUTH.ERR';

type Messages = typeof import('./published.js');

/** What events are made from. */
export interface EventSources {
  readonly description: ServerDescription;
  readonly messages: ServerMessages;
  readonly observed: Observable;
  readonly turns: Turns;
  /** The system account; undefined while there is none, so that no event has a receiver. */
  readonly systemAccount: () => Account | undefined;
  readonly account: (name: string) => Account | undefined;
  /** Called with how many events have been left out so far, for each of them. */
  readonly leftOut: (total: number) => void;
}

interface PendingEvent {
  readonly account: Account;
  readonly subject: string;
  /** Undefined: what it was about is gone. */
  readonly make: (messages: Messages, server: object) => object | undefined;
}

/**
 * Publishes events of the server. One whose subject has no receiver costs looking that up, and is not made. The others wait
 * for turns in which they are made, in order: a hundred thousand connections may close at once.
 */
export class SystemEvents {
  private readonly sources: EventSources;
  private readonly maxWaiting: number;
  private pending: PendingEvent[] = [];
  /** Events that have not been published, those in the turn under way included. */
  private waiting = 0;
  private isRunning = false;
  private leftOut = 0;

  /** @param maxWaiting events that may wait; further ones are left out */
  constructor(sources: EventSources, maxWaiting = MAX_SYSTEM_EVENTS) {
    this.sources = sources;
    this.maxWaiting = maxWaiting;
  }

  /** A connection has logged in. */
  connected(connection: ConnectionSnapshot): void {
    const system = this.sources.systemAccount();
    if (system === undefined) return;
    const name = accountNameOf(connection);
    this.add(system, `$SYS.ACCOUNT.${name}.CONNECT`, (events, server) =>
      events.connectEvent(server, connection),
    );
    this.accountChanged(system, name);
  }

  /** A connection has closed. */
  disconnected(connection: ConnectionSnapshot): void {
    const system = this.sources.systemAccount();
    if (system === undefined) return;
    const name = accountNameOf(connection);
    this.add(system, `$SYS.ACCOUNT.${name}.DISCONNECT`, this.disconnect(connection));
    if (connection.account !== undefined) this.accountChanged(system, name);
  }

  /** A login was refused, and its connection has closed. */
  refused(connection: ConnectionSnapshot): void {
    const system = this.sources.systemAccount();
    const { id } = this.sources.description.identity;
    const make = this.disconnect(connection);
    if (system !== undefined) this.add(system, `$SYS.SERVER.${id}.CLIENT.AUTH.ERR`, make);
    const own = this.sources.account(accountNameOf(connection));
    if (own !== undefined && own !== system) this.add(own, ACCOUNT_AUTH_ERROR, make);
  }

  /** Announces the number of connections of an account. */
  announceConnections(name: string): void {
    const system = this.sources.systemAccount();
    if (system !== undefined) this.accountChanged(system, name);
  }

  /** Publishes now that the server goes, in words that are its description alone. */
  leaving(how: 'LAMEDUCK' | 'SHUTDOWN'): void {
    const { description, messages, systemAccount } = this.sources;
    const system = systemAccount();
    const subject = `$SYS.SERVER.${description.identity.id}.${how}`;
    if (system === undefined || !messages.hasReceiver(system, subject)) return;
    messages.publishJson(system, subject, description.next());
  }

  /** Forgets events that wait. */
  stop(): void {
    this.waiting -= this.pending.length;
    this.pending = [];
  }

  private disconnect(connection: ConnectionSnapshot) {
    const { observed } = this.sources;
    return (events: Messages, server: object) =>
      events.disconnectEvent(server, connection, observed.server().maxPendingBytes);
  }

  private accountChanged(system: Account, name: string): void {
    const { observed } = this.sources;
    let id: string | undefined;
    const make = (events: Messages, server: object) => {
      const account = observed.account(name);
      id ??= events.makeEventId();
      return account && events.accountConnectionsEvent(server, account, id);
    };
    this.add(system, `$SYS.SERVER.ACCOUNT.${name}.CONNS`, make);
    this.add(system, `$SYS.ACCOUNT.${name}.SERVER.CONNS`, make);
  }

  private add(account: Account, subject: string, make: PendingEvent['make']): void {
    if (!this.sources.messages.hasReceiver(account, subject)) return;
    if (this.waiting >= this.maxWaiting) {
      this.sources.leftOut(++this.leftOut);
      return;
    }
    this.waiting++;
    this.pending.push({ account, subject, make });
    if (!this.isRunning) void this.run();
  }

  private async run(): Promise<void> {
    const { turns, description, messages, leftOut } = this.sources;
    this.isRunning = true;
    const events = await import('./published.js').catch(() => undefined);
    if (events === undefined) {
      this.leftOut += this.waiting;
      this.stop();
      leftOut(this.leftOut);
    }
    while (events !== undefined && this.pending.length > 0) {
      const batch = this.pending;
      this.pending = [];
      await turns.next();
      for (const { account, subject, make } of batch) {
        this.waiting--;
        const body = make(events, description.next());
        if (body !== undefined) messages.publishJson(account, subject, body);
        if (turns.isOver) await turns.next();
      }
    }
    this.isRunning = false;
  }
}

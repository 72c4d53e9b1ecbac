import type { CloseReason } from '../domain/close-reason.js';
import { LEAF_DIALECT } from '../domain/dialect-name.js';
import { type Count, NOTHING, plus } from '../domain/drops.js';
import type { ConnectionSnapshot } from '../monitor/snapshot.js';
import { type Account, type LinkTraffic, NO_TRAFFIC } from '../routing/account.js';
import { describeClosed } from './connection-view.js';
import { Diagnostics } from './diagnostics.js';
import { addTraffic } from './link-view.js';
import type { Member } from './member.js';
import { Traffic } from './traffic.js';

/** Closed connections that are remembered for the monitor. */
const REMEMBERED = 1_000;

/** Longest name, language and version of a closed connection that is remembered, in characters: a client may send any. */
const REMEMBERED_CHARACTERS = 256;

/** The connections of a broker, open and recently closed. */
export class Connections {
  /** Tells subscribers of the process of them. */
  readonly diagnostics: Diagnostics;
  readonly open = new Set<Member>();
  /** Those of them that are links to other servers. */
  readonly links = new Set<Member>();
  /** Ever accepted, links to other servers excepted. */
  total = 0;
  /** Ever closed for taking too little. */
  slowConsumers = 0;
  /** Ever closed because the peer was silent. */
  staleConnections = 0;
  /** Links among those. */
  slowLinks = 0;
  staleLinks = 0;
  /** What went over links that have closed. */
  private readonly closedLinks: LinkTraffic = { ...NO_TRAFFIC };
  /** Messages that those took that have closed. */
  deliveredToClosed: Count = NOTHING;
  /** What passed over them, and why they closed. */
  readonly traffic = new Traffic();
  private lastId = 0;
  private clientCount = 0;
  private closedConnections: ConnectionSnapshot[] = [];
  private whenEmpty: (() => void)[] = [];

  /** @param serverId of the broker */
  constructor(serverId: string) {
    this.diagnostics = new Diagnostics(serverId);
  }

  /** The id of the next connection. */
  nextId(): number {
    return ++this.lastId;
  }

  add(connection: Member): void {
    if (connection.dialect !== 'local') this.clientCount++;
    this.open.add(connection);
    if (connection.dialect === LEAF_DIALECT) this.links.add(connection);
    else this.total++;
    this.diagnostics.opened(connection);
  }

  /** It has closed. Returns it as it was at its end; undefined: that is known already. */
  remove(connection: Member): ConnectionSnapshot | undefined {
    if (!this.open.delete(connection)) return undefined;
    const isLink = this.links.delete(connection);
    if (isLink)
      for (const sum of [this.closedLinks, connection.client.account.closedLinks])
        addTraffic(sum, connection.client);
    if (connection.dialect !== 'local') this.clientCount--;
    if (connection.reason === 'SLOW_CONSUMER') {
      this.slowConsumers++;
      if (isLink) this.slowLinks++;
      connection.client.account.slowConsumers++;
    }
    if (connection.reason === 'STALE_CONNECTION' || connection.reason === 'IDLE_TIMEOUT') {
      this.staleConnections++;
      if (isLink) this.staleLinks++;
    }
    this.traffic.closed(connection);
    this.diagnostics.closed(connection);
    const { delivered } = connection.client.outbox;
    this.deliveredToClosed = plus(this.deliveredToClosed, delivered);
    const closed = describeClosed(connection, Date.now());
    this.closedConnections.push(shortened(closed));
    // Cut now and then, so that leaving costs the same whatever is remembered.
    if (this.closedConnections.length >= 2 * REMEMBERED)
      this.closedConnections = this.closedConnections.slice(-REMEMBERED);
    if (this.clientCount === 0) for (const resolve of this.whenEmpty.splice(0)) resolve();
    return closed;
  }

  /** What went over links to other servers. */
  get linkTraffic(): LinkTraffic {
    const sum = { ...this.closedLinks };
    for (const { client } of this.links) addTraffic(sum, client);
    return sum;
  }

  /** The last ones that closed, oldest first. */
  get closed(): readonly ConnectionSnapshot[] {
    return this.closedConnections.slice(-REMEMBERED);
  }

  /** Those that come from outside, and have not begun to close. */
  get staying(): Member[] {
    return [...this.open].filter(({ dialect, reason }) => dialect !== 'local' && reason === undefined);
  }

  /** Of those, the newest of each account that has more connections than it may have, newest first. */
  get beyondAccountLimits(): Member[] {
    const excesses = new Map<Account, number>();
    return this.staying.reverse().filter(({ client: { account, admitted, rights } }) => {
      if (!admitted || rights.maxAccountConnections === undefined) return false;
      const excess = excesses.get(account) ?? account.connections - rights.maxAccountConnections;
      excesses.set(account, excess - 1);
      return excess > 0;
    });
  }

  /** Resolves once none from outside is open. */
  get empty(): Promise<void> {
    return new Promise((resolve) => {
      if (this.clientCount === 0) resolve();
      else this.whenEmpty.push(resolve);
    });
  }

  closeAll(reason: CloseReason): void {
    for (const connection of [...this.open]) connection.close(reason);
  }
}

/** The snapshot as it is remembered. */
function shortened(closed: ConnectionSnapshot): ConnectionSnapshot {
  const { name, lang, version } = closed;
  return { ...closed, name: cut(name), lang: cut(lang), version: cut(version) };
}

/** A copy that does not keep the whole text in memory. */
function cut(text: string | undefined): string | undefined {
  if (text === undefined || text.length <= REMEMBERED_CHARACTERS) return text;
  return Buffer.from(text.slice(0, REMEMBERED_CHARACTERS)).toString();
}

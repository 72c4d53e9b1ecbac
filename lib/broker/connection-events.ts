import { LEAF_DIALECT } from '../domain/dialect-name.js';
import type { ConnectionSnapshot } from '../monitor/snapshot.js';
import type { SystemEvents } from '../system/events.js';
import { ConnectionView } from './connection-view.js';
import type { Member } from './member.js';

/** Announces connections that begin and end in the system account. */
export class ConnectionEvents {
  private readonly events: SystemEvents;
  /** Links that have been announced. The end of one that never came up is not. */
  private readonly links = new WeakSet<Member>();

  constructor(events: SystemEvents) {
    this.events = events;
  }

  /** The peer of `member` has introduced itself and been let in. */
  introduced(member: Member): void {
    if (member.dialect === LEAF_DIALECT) this.links.add(member);
    this.events.connected(new ConnectionView(member));
  }

  /** @param closed `member` as it was at its end */
  closed(member: Member, closed: ConnectionSnapshot): void {
    const { dialect, reason } = member;
    if (dialect === 'local') return;
    if (dialect !== LEAF_DIALECT || this.links.has(member)) this.events.disconnected(closed);
    if (reason === 'AUTHORIZATION_VIOLATION') this.events.refused(closed);
  }
}

import type { CloseReason } from '../domain/close-reason.js';
import type { Steps } from '../domain/steps.js';
import type { TrafficSnapshot } from '../monitor/snapshot.js';
import type { Member } from './member.js';

/** Connections between two places at which a walk may pause. */
const CONNECTIONS_A_STEP = 64;

type Sums = { -readonly [Key in keyof TrafficSnapshot]: TrafficSnapshot[Key] };

/**
 * What passed over connections, by dialect, transport and listener. Nothing is counted per message: connections keep their own
 * counts, those of closed ones are added up here, and those of open ones when they are asked for.
 */
export class Traffic {
  /** Connections ever closed, by reason. */
  readonly closedBy = new Map<CloseReason, number>();
  private readonly ofClosed = new Map<string, Sums>();

  /** Adds the final counts of a connection that has closed. */
  closed(member: Member): void {
    const { reason = 'PEER_CLOSED' } = member;
    this.closedBy.set(reason, (this.closedBy.get(reason) ?? 0) + 1);
    count(sumsOf(this.ofClosed, member), member);
  }

  /**
   * Sums over all connections there ever were. `open` are those that are open now. Never less than before: a connection
   * that closes while they are walked still has its counts.
   */
  *read(open: Iterable<Member>): Steps<readonly TrafficSnapshot[]> {
    const sums = new Map([...this.ofClosed].map(([key, each]) => [key, { ...each }]));
    for (const [i, member] of [...open].entries()) {
      const each = sumsOf(sums, member);
      each.open++;
      each.pendingBytes += member.client.outbox.pendingBytes;
      each.subscriptions += member.client.subscriptions.size;
      if (member.client.outbox.congested) each.congested++;
      count(each, member);
      if (i % CONNECTIONS_A_STEP === 0) yield;
    }
    return [...sums.values()];
  }
}

function sumsOf(sums: Map<string, Sums>, { dialect, transport, listener }: Member): Sums {
  const key = `${dialect} ${transport} ${listener}`;
  let found = sums.get(key);
  if (found === undefined) {
    found = {
      ...{
        dialect,
        transport,
        listener,
        accepted: 0,
        open: 0,
        congested: 0,
        subscriptions: 0,
        pendingBytes: 0,
      },
      ...{ inMessages: 0, inBytes: 0, outMessages: 0, outBytes: 0, faults: 0 },
    };
    sums.set(key, found);
  }
  return found;
}

function count(sums: Sums, { client }: Member): void {
  sums.accepted++;
  sums.inMessages += client.published;
  sums.inBytes += client.inBytes;
  sums.outMessages += client.outMessages;
  sums.outBytes += client.outBytes;
  sums.faults += client.faults;
}

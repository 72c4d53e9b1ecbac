import { isReceivable } from '../clients/receivable.js';
import { isPublisher, type Publisher, type Receiver, type Subscription } from '../clients/subscription.js';
import type { DeliveryFilter } from '../domain/permissions.js';
import type { CommandBatch } from '../frame/command.js';
import type { GroupRouter } from './group-router.js';
import { LinkMembers } from './link-members.js';
import { type Arrival, maySend } from './may-send.js';

/** Members that are tried in their turn before all are looked at for one that takes a message. */
const MAX_TRIES = 64;

/**
 * A queue group: each message goes to one of its members, at random and evenly, every member once a cycle. Members behind links to
 * other servers get those only that no member here takes.
 */
export class QueueGroup {
  readonly members: readonly Subscription[];
  /** Whether a member may refuse a message: then a run is dealt message by message. */
  readonly selective: boolean;
  private cycle: Subscription[] | undefined;
  private at = 0;
  /** The client that has more than half of the members; undefined: there is none. */
  private readonly majority: Receiver | undefined;
  private minority: QueueGroup | undefined;
  /** The members that are connected here, where others are behind links. */
  private readonly near: QueueGroup | undefined;
  private readonly far: LinkMembers | undefined;

  constructor(members: readonly Subscription[]) {
    this.members = members;
    let selective = false;
    let linked = 0;
    // Boyer and Moore's vote: where one client has a majority, it is the one that is left.
    let candidate: Receiver | undefined;
    let votes = 0;
    for (const { client, filter } of members) {
      if (filter !== undefined) selective = true;
      if (client?.origin.isLink === true) linked++;
      if (votes === 0) candidate = client;
      votes += client === candidate ? 1 : -1;
    }
    this.selective = selective;
    this.majority = votes === members.length || hasMajority(candidate, members) ? candidate : undefined;
    if (linked === 0) return;
    this.far = new LinkMembers(members.filter(isLinked));
    if (linked < members.length) this.near = new QueueGroup(members.filter((each) => !isLinked(each)));
  }

  /** The name of the group. */
  get name(): string {
    return this.members[0]?.queue ?? '';
  }

  /** Whether it has members behind links to other servers. */
  get hasLinks(): boolean {
    return this.far !== undefined;
  }

  /** Whether all its members are behind one link, which gets every message. */
  get isBehindOneLink(): boolean {
    return this.near === undefined && this.far?.only !== undefined;
  }

  /**
   * The members that take what `publisher` publishes: without its own where it wants no echo and most members are its
   * own. Where it has fewer they are passed over one by one.
   */
  for(publisher: Publisher): QueueGroup {
    if (publisher.echo || this.majority === undefined || !isPublisher(this.majority, publisher)) return this;
    this.minority ??= new QueueGroup(this.members.filter(({ client }) => !isPublisher(client, publisher)));
    return this.minority;
  }

  /**
   * One member of the group gets each message: a run is dealt in even shares, one a member. What members leave because
   * they have had their max goes to others. Members that would drop it are passed over while others take it. Returns
   * the first row without a receiver.
   */
  deal(
    router: GroupRouter,
    publisher: Publisher,
    batch: CommandBatch,
    from: number,
    to: number,
    raw: boolean,
  ): number {
    if (this.far !== undefined) return this.dealNearFirst(this.far, router, publisher, batch, from, to, raw);
    const { arrival } = router.context;
    const group = this.for(publisher);
    const size = group.members.length;
    let left = size;
    if (to - from >= size) group.restart(); // so that each member has one of the next `size` turns
    const tries = Math.min(size, MAX_TRIES);
    let row = from;
    let missed = to;
    for (let idle = 0; row < to && size > 0; left--) {
      const isFound = idle >= tries;
      const member = isFound ? group.find(router, publisher, batch, row) : group.next();
      let taken = 0;
      if (member !== undefined && (isFound || isReady(member, arrival, publisher))) {
        const share = group.selective || isFound ? 1 : Math.ceil((to - row) / Math.max(left, 1));
        taken = router.deliver(publisher, member, batch, row, row + share, false, raw);
      }
      row += taken;
      idle = taken > 0 ? 0 : idle + 1;
      if (taken > 0) continue;
      router.work.units++;
      if (!isFound) continue;
      missed = Math.min(missed, row);
      // Members that look at each message may take the next one. All others take none any more.
      if (!group.selective) break;
      row++;
      idle = 0;
    }
    return Math.min(row, missed);
  }

  /** Deals each of the rows to a member here or, where none takes it, to one behind a link. */
  private dealNearFirst(
    far: LinkMembers,
    router: GroupRouter,
    publisher: Publisher,
    batch: CommandBatch,
    from: number,
    to: number,
    raw: boolean,
  ): number {
    const { near } = this;
    const only = near === undefined && !this.selective ? far.only : undefined;
    if (only !== undefined) {
      if (!maySend(router.context.arrival, publisher, only)) return from;
      return from + router.deliver(publisher, only, batch, from, to, false, raw);
    }
    for (let row = from; row < to; row++) {
      if (near !== undefined && near.deal(router, publisher, batch, row, row + 1, raw) > row) continue;
      if (!far.deal(router, publisher, batch, row, raw)) return row;
    }
    return to;
  }

  /**
   * A member that takes row `row`, at random of all that do; of those that would drop it only where there is no other. Looks
   * at every member, as those that refuse it may be very many.
   */
  private find(
    router: GroupRouter,
    publisher: Publisher,
    batch: CommandBatch,
    row: number,
  ): Subscription | undefined {
    const { members } = this;
    const { arrival } = router.context;
    router.work.units += members.length >>> 2;
    const verdicts = new Map<DeliveryFilter, boolean>();
    let readyCount = 0;
    let droppers = 0;
    let ready: Subscription | undefined;
    let dropper: Subscription | undefined;
    for (const member of members) {
      if (!maySend(arrival, publisher, member) || !takes(member, batch, row, verdicts)) continue;
      if (member.client?.outbox.dropping === true) {
        if (Math.random() * ++droppers < 1) dropper = member;
      } else if (Math.random() * ++readyCount < 1) ready = member;
    }
    return ready ?? dropper;
  }

  /** The member whose turn it is; undefined: the group has none. */
  next(): Subscription | undefined {
    this.cycle ??= this.members.slice();
    const { cycle } = this;
    if (this.at === cycle.length) this.at = 0;
    // One step of a shuffle: those before `at` have had their turn.
    const at = this.at++;
    const shuffled = at + Math.floor(Math.random() * (cycle.length - at));
    const member = cycle[shuffled];
    const other = cycle[at];
    if (member === undefined || other === undefined) return undefined;
    cycle[shuffled] = other;
    cycle[at] = member;
    return member;
  }

  /** Starts a new cycle, in a new random order. */
  restart(): void {
    this.at = 0;
  }
}

function isLinked({ client }: Subscription): boolean {
  return client?.origin.isLink === true;
}

function hasMajority(client: Receiver | undefined, members: readonly Subscription[]): boolean {
  let own = 0;
  for (const member of members) if (member.client === client) own++;
  return own * 2 > members.length;
}

/** Whether a member is tried in its turn. */
function isReady(member: Subscription, arrival: Arrival, publisher: Publisher): boolean {
  return member.client?.outbox.dropping !== true && maySend(arrival, publisher, member);
}

/** Whether a member takes row `row`; `verdicts` has those of filters that were asked already. */
function takes(
  member: Subscription,
  batch: CommandBatch,
  row: number,
  verdicts: Map<DeliveryFilter, boolean>,
): boolean {
  const { client, filter } = member;
  if (client === undefined || member.index < 0 || member.isEnded || client.closing) return false;
  if (client.changes !== undefined && (client.changes.allowsNone || !client.changes.allow(member)))
    return false;
  if (filter === undefined) return true;
  let verdict = verdicts.get(filter);
  if (verdict === undefined) {
    verdict = isReceivable(filter, batch, row);
    verdicts.set(filter, verdict);
  }
  return verdict;
}

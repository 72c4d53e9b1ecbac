import { isPublisher, type Publisher, type Receiver, type Subscription } from '../clients/subscription.js';
import type { Work } from '../clients/work.js';
import type { CommandBatch } from '../frame/command.js';
import { type Arrival, maySend } from './may-send.js';

/** The router as queue groups use it. */
export interface GroupRouter {
  readonly work: Work;
  /** The context of the message that is being routed. */
  readonly context: { readonly arrival: Arrival };
  /** Delivers as many of the rows as the subscription still takes; returns how many. */
  deliver(
    publisher: Publisher,
    subscription: Subscription,
    batch: CommandBatch,
    from: number,
    to: number,
    shared: boolean,
    raw: boolean,
  ): number;
}

/** A queue group: each message goes to one of its members, at random and evenly, every member once a cycle. */
export class QueueGroup {
  readonly members: readonly Subscription[];
  /** Whether a member may refuse a message: then a run is dealt message by message. */
  readonly selective: boolean;
  private cycle: Subscription[] | undefined;
  private at = 0;
  /** The client that has more than half of the members; undefined: there is none. */
  private readonly majority: Receiver | undefined;
  private minority: QueueGroup | undefined;

  constructor(members: readonly Subscription[]) {
    this.members = members;
    let selective = false;
    // Boyer and Moore's vote: where one client has a majority, it is the one that is left.
    let candidate: Receiver | undefined;
    let votes = 0;
    for (let i = 0; i < members.length; i++) {
      const { client, filter } = members[i]!;
      if (filter !== undefined) selective = true;
      if (votes === 0) candidate = client;
      votes += client === candidate ? 1 : -1;
    }
    this.selective = selective;
    this.majority = votes === members.length || hasMajority(candidate, members) ? candidate : undefined;
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
   * they have had their max goes round again. Members that would drop it are passed over while others take it. Returns
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
    const { arrival } = router.context;
    const group = this.for(publisher);
    const size = group.members.length;
    let left = size;
    if (to - from >= size) group.restart(); // so that each member has one of the next `size` turns
    let row = from;
    // In twice as many turns as there are members each of them has had one: if none took any, none will.
    let rounds = 2;
    for (let idle = 0; row < to && idle < rounds * size; left--) {
      const member = group.next();
      const share = group.selective ? 1 : Math.ceil((to - row) / Math.max(left, 1));
      const dropping = member.client?.outbox.dropping === true;
      if (dropping) rounds = 4;
      // Where no other member takes it, one that drops it does, in two more rounds, and has it counted.
      const isTurn = dropping === idle >= 2 * size;
      const eligible = isTurn && maySend(arrival, publisher, member);
      const taken = eligible ? router.deliver(publisher, member, batch, row, row + share, false, raw) : 0;
      row += taken;
      idle = taken > 0 ? 0 : idle + 1;
      if ((idle & 7) === 7) router.work.units++;
    }
    return row;
  }

  /** The member whose turn it is. */
  next(): Subscription {
    this.cycle ??= this.members.slice();
    const { cycle } = this;
    if (this.at === cycle.length) this.at = 0;
    // One step of a shuffle: those before `at` have had their turn.
    const at = this.at++;
    const shuffled = at + Math.floor(Math.random() * (cycle.length - at));
    const member = cycle[shuffled]!;
    cycle[shuffled] = cycle[at]!;
    cycle[at] = member;
    return member;
  }

  /** Starts a new cycle, in a new random order. */
  restart(): void {
    this.at = 0;
  }
}

function hasMajority(client: Receiver | undefined, members: readonly Subscription[]): boolean {
  let own = 0;
  for (const member of members) if (member.client === client) own++;
  return own * 2 > members.length;
}

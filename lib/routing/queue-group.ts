import { isPublisher, type Publisher, type Receiver, type Subscription } from '../clients/subscription.js';

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

  /** The member whose turn it is. */
  next(): Subscription {
    this.cycle ??= this.members.slice();
    const { cycle } = this;
    if (this.at === cycle.length) this.at = 0;
    // One step of a shuffle: those before `at` have had their turn.
    const at = this.at++;
    const drawn = at + Math.floor(Math.random() * (cycle.length - at));
    const member = cycle[drawn]!;
    cycle[drawn] = cycle[at]!;
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

import type { Publisher, Subscription } from '../clients/subscription.js';
import type { CommandBatch } from '../frame/command.js';
import type { GroupRouter } from './group-router.js';
import { maySend } from './may-send.js';

/** The members of a queue group that are behind links to other servers: of each link one, which stands for all behind it. */
export class LinkMembers {
  private readonly members: readonly Subscription[];

  constructor(members: readonly Subscription[]) {
    this.members = members;
  }

  /** The one that there is; undefined: there are several. */
  get only(): Subscription | undefined {
    return this.members.length === 1 ? this.members[0] : undefined;
  }

  /** Has one of the servers serve the group with row `row`, at random by how many members it has; returns whether one does. */
  deal(router: GroupRouter, publisher: Publisher, batch: CommandBatch, row: number, raw: boolean): boolean {
    const { arrival } = router.context;
    const left = this.members.filter((member) => maySend(arrival, publisher, member));
    router.work.units += this.members.length;
    while (left.length > 0) {
      const [chosen] = left.splice(indexByWeight(left), 1);
      if (chosen !== undefined && router.deliver(publisher, chosen, batch, row, row + 1, false, raw) > 0)
        return true;
    }
    return false;
  }
}

/** Where one of `members` stands that is chosen at random, by its weight. */
function indexByWeight(members: readonly Subscription[]): number {
  if (members.length === 1) return 0;
  let left = Math.random() * members.reduce((sum, member) => sum + weightOf(member), 0);
  const index = members.findIndex((member) => {
    left -= weightOf(member);
    return left < 0;
  });
  return Math.max(0, index);
}

/** Members of its queue group that a subscription stands for. */
export function weightOf(subscription: Subscription): number {
  return subscription.client?.weights?.get(subscription) ?? 1;
}

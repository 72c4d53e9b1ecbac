import type { Scheduler, Task } from '../clients/scheduler.js';
import type { Work } from '../clients/work.js';

/** A connection, as its rights are given to it anew. */
interface Renewable {
  readonly client: { renewal: (() => void) | undefined };
  renew(): void;
}

/** About what it costs to give one connection its rights anew, its subscriptions not counted. */
const RENEWAL_UNITS = 200;

/**
 * Gives each of `members` the rights that it has after a reload, in slices: there may be tens of thousands. One that sends
 * something in the meantime is given its rights before that is carried out. Resolves once all of them have theirs.
 */
export function renewAll(members: ReadonlySet<Renewable>, scheduler: Scheduler): Promise<void> {
  const waiting = [...members];
  for (const member of waiting) {
    const { client } = member;
    client.renewal = () => {
      client.renewal = undefined;
      member.renew();
    };
  }
  return new Promise((resolve) => scheduler.add(new Renewals(waiting, resolve, scheduler.work), true));
}

class Renewals implements Task {
  private readonly members: readonly Renewable[];
  private readonly done: () => void;
  private readonly work: Work;
  private at = 0;

  constructor(members: readonly Renewable[], done: () => void, work: Work) {
    this.work = work;
    this.members = members;
    this.done = done;
  }

  run(): boolean {
    const { members, work } = this;
    for (; this.at < members.length && work.units < work.limit; this.at++) {
      members[this.at]?.client.renewal?.();
      work.units += RENEWAL_UNITS;
    }
    if (this.at < members.length) return false;
    this.done();
    return true;
  }

  /** Does not happen: a connection that fails ends by itself. */
  failed(): void {
    this.done();
  }
}

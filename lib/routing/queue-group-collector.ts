import type { CommandBatch } from '../frame/command.js';
import type { QueueGroup } from './queue-group.js';

/** A queue group in one account, and the message as it is there. */
export interface Gathered {
  readonly group: QueueGroup;
  readonly batch: CommandBatch;
  readonly row: number;
  readonly raw: boolean;
}

/**
 * The queue groups that a message meets in the account it is published in and, through stream imports, in others. Those
 * of one name are one group: one member, wherever it is, gets the message.
 */
export class QueueGroupCollector {
  private readonly byName = new Map<string, Gathered[]>();

  add(group: QueueGroup, batch: CommandBatch, row: number, raw: boolean): void {
    const { name } = group;
    const known = this.byName.get(name);
    const gathered = { group, batch, row, raw };
    if (known === undefined) this.byName.set(name, [gathered]);
    else known.push(gathered);
  }

  /** For every name its groups in the order in which they are to be tried: each member is as likely to be first. */
  *[Symbol.iterator](): IterableIterator<readonly Gathered[]> {
    for (const groups of this.byName.values()) yield groups.length === 1 ? groups : shuffled(groups);
  }
}

function shuffled(groups: readonly Gathered[]): readonly Gathered[] {
  const total = groups.reduce((sum, { group }) => sum + group.members.length, 0);
  let at = Math.random() * total;
  const first = Math.max(
    0,
    groups.findIndex(({ group }) => {
      at -= group.members.length;
      return at < 0;
    }),
  );
  return [...groups.slice(first), ...groups.slice(0, first)];
}

import type { Publisher, Subscription } from '../clients/subscription.js';
import type { CommandBatch } from '../frame/command.js';
import { remapped } from '../frame/remap.js';
import type { Account } from './account.js';
import { LinkTargets } from './link-targets.js';
import type { MatchResult } from './match.js';
import type { Arrival } from './may-send.js';
import type { Router } from './router.js';

/**
 * Delivers rows `[from, to)` in `account` to the receivers of another subject, `target`; receivers get each under its own
 * subject. So are messages of a stream delivered. Links to other servers get what their clients can be given the same way: the
 * target as the subject, and the subject after an `@` in the reply.
 * @param arrival how they came into the account
 * @returns how many of them had a receiver, from the first on
 */
export function routeAs(
  router: Router,
  publisher: Publisher,
  account: Account,
  target: string,
  batch: CommandBatch,
  from: number,
  to: number,
  arrival: Arrival = 'publish',
): number {
  const { context: outer } = router;
  const { inner } = outer;
  const result = account.sublist.matchSubject(target);
  if (inner === undefined || result.empty) return 0;
  inner.enter(arrival, undefined, undefined, undefined);
  inner.target = target;
  router.context = inner;
  try {
    if (!hasLinks(result)) return router.deliverRun(publisher, batch, from, to, result) - from;
    let taken = 0;
    for (let row = from; row < to; row++) {
      const links = new LinkTargets(linkForm(batch, row, target));
      inner.links = links;
      if (router.deliverAll(publisher, batch, row, row + 1, result) > row) taken = row + 1 - from;
      inner.links = undefined;
      links.deliver(router, publisher);
    }
    return taken;
  } finally {
    router.context = outer;
    inner.leave();
  }
}

/** A message as links get it. */
function linkForm(batch: CommandBatch, row: number, target: string): CommandBatch {
  const reply = batch.reply(row);
  return remapped(batch, row, target, reply && `${reply}@${batch.subject(row)}`);
}

function hasLinks({ plain, hasLinkedGroups }: MatchResult): boolean {
  return hasLinkedGroups || plain.some(isLink);
}

function isLink({ client }: Subscription): boolean {
  return client?.origin.isLink === true;
}

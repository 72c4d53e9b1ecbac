import type { Publisher } from '../clients/subscription.js';
import type { Work } from '../clients/work.js';
import type { CommandBatch } from '../frame/command.js';
import { type LinkRouter, LinkTargets } from './link-targets.js';
import type { MatchResult } from './match.js';
import type { TraceRouter } from './message-trace.js';
import { QueueGroupCollector } from './queue-group-collector.js';
import type { RouteContext } from './route-context.js';

/** Work of a queue group beside that of its member. */
const GROUP_UNITS = 4;

/** The router as it delivers a message whose queue groups cannot be served one by one. */
export interface JointRouter extends TraceRouter, LinkRouter {
  readonly context: RouteContext;
  deliverAll(
    publisher: Publisher,
    batch: CommandBatch,
    from: number,
    to: number,
    result: MatchResult,
  ): number;
}

/** Whether queue groups of several accounts may be one: those here, and those of accounts that import this. */
export function hasJoinedGroups(
  { arrival }: RouteContext,
  { plain, singles, groups }: MatchResult,
  work: Work,
): boolean {
  if (arrival !== 'publish') return false;
  let places = groups.length > 0 ? 1 : 0;
  work.units += singles >>> 3;
  for (let i = 0; i < singles; i++) {
    if ((plain[i]?.sink?.queueMembers ?? 0) > 0) places++;
  }
  return places > 1;
}

/**
 * Delivers rows `[from, to)`. Returns the first of them without a receiver: of more than one row all have the same.
 *
 * Links get the message once all receivers are known, as they are told at once which queue groups they are to serve.
 * @param joins whether queue groups of one name in several accounts are one, which is served once all are known, too
 */
export function deliverJointly(
  router: JointRouter,
  publisher: Publisher,
  batch: CommandBatch,
  from: number,
  to: number,
  result: MatchResult,
  joins: boolean,
): number {
  const { context } = router;
  const { trace, links: outer } = context;
  const links = outer ?? new LinkTargets();
  const collector = joins ? new QueueGroupCollector() : undefined;
  router.work.units += result.groups.length * GROUP_UNITS;
  context.links = links;
  try {
    context.collector = collector;
    let taken: number;
    try {
      taken =
        trace?.deliver(router, publisher, batch, from, result) ??
        router.deliverAll(publisher, batch, from, to, result);
    } finally {
      context.collector = undefined;
    }
    if (collector !== undefined && serveGroups(router, publisher, collector)) taken = to;
    if (outer === undefined) links.deliver(router, publisher);
    return taken;
  } finally {
    context.links = outer;
  }
}

/** Has one member of each group get the message; returns whether any did. */
function serveGroups(router: JointRouter, publisher: Publisher, collector: QueueGroupCollector): boolean {
  const { trace } = router.context;
  let isTaken = false;
  for (const groups of collector)
    for (const each of groups) {
      const { group, batch, row, raw } = each;
      if (
        trace?.deliverToGroup(router, publisher, each) ??
        group.deal(router, publisher, batch, row, row + 1, raw) > row
      ) {
        isTaken = true;
        break;
      }
    }
  return isTaken;
}

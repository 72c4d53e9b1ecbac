import {
  type CommandBatch,
  cell,
  HASH,
  REPLY,
  REPLY_END,
  STRIDE,
  SUBJECT,
  SUBJECT_END,
} from '../frame/command.js';
import { remapped } from '../frame/remap.js';
import type { Client } from './client.js';
import { LinkTargets } from './link-targets.js';
import type { MatchResult } from './match.js';
import type { Router } from './router.js';

/** What a link's messages without a list of queue groups go to: no group at all. */
export const NO_QUEUES: ReadonlySet<string> = new Set();

/** Work of one name of a queue group that another server has chosen: it was taken from a line, and put into a set. */
const QUEUE_NAME_UNITS = 6;

const ACK = Buffer.from('$JS.ACK.');
const AT = 64;
const DOT = 46;
/** Dots before the last part of such a reply subject. */
const ACK_DOTS = 8;

/** Routes rows `[from, to)` of another server, all of which have the receivers `result`. */
export function routeFromLink(
  router: Router,
  client: Client,
  batch: CommandBatch,
  from: number,
  to: number,
  result: MatchResult,
): void {
  const { queues } = batch;
  client.chosenQueues = queues?.set ?? NO_QUEUES;
  if (queues !== undefined) router.work.units += queues.names.length * QUEUE_NAME_UNITS;
  if (!batch.mayAskReserved && !client.isRestricted) {
    if (!result.empty) router.deliverRun(client, batch, from, to, result);
    return;
  }
  router.work.units += to - from;
  for (let row = from; row < to && !client.closing; row++)
    routeOneFromLink(router, client, batch, row, result);
}

/** Routes one message of another server, which may be a delivery of JetStream's. */
function routeOneFromLink(
  router: Router,
  client: Client,
  batch: CommandBatch,
  row: number,
  result: MatchResult,
): void {
  if (!mayPublish(client, batch, row)) {
    client.dropped('permission', 1, batch.payloadBytes(row));
    client.session.sendError('PERMISSIONS_PUBLISH', batch.subject(row));
    return;
  }
  if (result.empty) return;
  const delivered = deliveryOf(batch, row);
  if (delivered === undefined) {
    router.deliverRun(client, batch, row, row + 1, result);
    return;
  }
  const { context } = router;
  const links = new LinkTargets(remapped(batch, row, batch.subject(row), batch.reply(row)));
  context.links = links;
  try {
    router.deliverAll(client, delivered, 0, 1, result);
  } finally {
    context.links = undefined;
  }
  links.deliver(router, client);
}

function mayPublish({ rights }: Client, { bytes, columns }: CommandBatch, row: number): boolean {
  const { permissions } = rights;
  const at = row * STRIDE;
  const [start, end] = [cell(columns, at + SUBJECT), cell(columns, at + SUBJECT_END)];
  return permissions === undefined || permissions.mayPublish(bytes, start, end, cell(columns, at + HASH));
}

/**
 * What clients get of a delivery of JetStream's: it comes with the subject that the consumer delivers to, and its reply subject
 * has the subject of the message after an `@`. Undefined: the message is none.
 */
function deliveryOf(batch: CommandBatch, row: number): CommandBatch | undefined {
  const { bytes, columns } = batch;
  const start = cell(columns, row * STRIDE + REPLY);
  const end = cell(columns, row * STRIDE + REPLY_END);
  if (end - start <= ACK.length || bytes.compare(ACK, 0, ACK.length, start, start + ACK.length) !== 0)
    return undefined;
  let dots = 0;
  let at = start;
  while (at < end && dots < ACK_DOTS) if (bytes[at++] === DOT) dots++;
  while (at < end && bytes[at] !== AT) at++;
  if (at >= end - 1) return undefined;
  const reply = batch.reply(row) ?? '';
  const sign = Buffer.from(reply).indexOf('@', at - start);
  return remapped(batch, row, reply.slice(sign + 1), reply.slice(0, sign));
}

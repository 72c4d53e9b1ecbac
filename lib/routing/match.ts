import type { Receiver, Subscription } from '../clients/subscription.js';
import { QueueGroup } from './queue-group.js';
import type { SubscriptionNode } from './subscription-node.js';

const NONE: readonly never[] = [];
/** Subscriptions of one client in one result from which they are kept together. */
const RANGE_MIN = 64;
/** The same where there are more subscriptions than that in all: then a message is handed to each client as one item. */
export const MANY_RECEIVERS = 8_192;
const SMALL_RANGE_MIN = 4;

/** Subscriptions above which the array for them is not left to grow. */
const GROWN = 1_024;

/** Many subscriptions of one client in one result: `plain[from]` to `plain[to - 1]`. */
export interface ClientRange {
  readonly client: Receiver;
  readonly from: number;
  readonly to: number;
}

/** Numbers the results that were built, so that a client can note in which of them it was last seen. */
let builds = 0;

/**
 * The receivers of a message. Interned: subjects with equal receivers have the very same object while nothing changes, so
 * that consecutive messages for the same receivers are found by comparing references.
 */
export class MatchResult {
  /** Those of ranges come last. */
  readonly plain: readonly Subscription[];
  /** How many of `plain` come before those of ranges. */
  readonly singles: number;
  readonly ranges: readonly ClientRange[];
  /** Each group gets every message once. */
  readonly groups: readonly QueueGroup[];
  /** Whether one client gets a message more than once: then a run must not be handed over subscription by subscription. */
  readonly repeats: boolean;
  /** Whether some subscription may refuse a message, as a sink or a filter does: then each is asked of each message. */
  readonly selective: boolean;
  /** Whether some queue group has members behind links to other servers: then links are told which groups to serve. */
  readonly hasLinkedGroups: boolean;
  /** Whether links get all messages of a run alike, with the names of the same groups. */
  readonly hasSteadyLinks: boolean;
  /** Work of its sinks for one message, in units. */
  readonly sinkUnits: number;
  /** Number of subscriptions. */
  readonly size: number;
  /** Whether it was looked up for a subject that lines of text cannot hold as it is. Such results are neither interned nor cached. */
  readonly raw: boolean;
  /** Whether no client may publish to it. Such results are neither interned nor cached. */
  readonly reserved: boolean;
  /** What it lists the subscriptions of, one that is alone on its subject not counted. */
  readonly places: readonly SubscriptionNode[];
  /** What it is interned by; undefined: it is not. The sublist's alone. */
  key: string | undefined = undefined;
  /** The first of the cache's slots with this result, -1: none; the others follow it. The cache's alone. */
  slot = -1;

  /** @param alone the one subscription to the very subject, where it stands for its place */
  constructor(places: readonly SubscriptionNode[], alone?: Subscription, raw = false, reserved = false) {
    this.places = places;
    this.raw = raw;
    this.reserved = reserved;
    if (places.length === 0) {
      // What most subjects come to where each has its own subscriber, so without any detour.
      this.plain = alone === undefined ? NONE : [alone];
      this.singles = this.plain.length;
      this.ranges = NONE;
      this.groups = NONE;
      this.size = this.plain.length;
      this.repeats = false;
      this.selective = alone !== undefined && isSelective(alone);
      this.hasLinkedGroups = false;
      this.hasSteadyLinks = false;
      this.sinkUnits = alone?.sink?.units ?? 0;
      return;
    }
    const { plain, groups, ...facts } = receiversAt(places, alone);
    this.repeats = facts.repeats;
    this.selective = facts.selective;
    this.sinkUnits = facts.sinkUnits;
    this.groups = groups;
    this.hasLinkedGroups = facts.hasLinkedGroups;
    this.hasSteadyLinks =
      facts.hasLinkedGroups &&
      !facts.repeats &&
      !facts.selective &&
      groups.every((group) => !group.hasLinks || group.isBehindOneLink);
    this.size = groups.reduce((sum, { members }) => sum + members.length, plain.length);
    if (facts.hasRanges && facts.ownsAll !== undefined) {
      this.plain = plain;
      this.singles = 0;
      this.ranges = [{ client: facts.ownsAll, from: 0, to: plain.length }];
    } else if (facts.hasRanges) {
      const sorted = withRangesLast(plain, facts.rangeMin);
      this.plain = sorted.plain;
      this.singles = sorted.singles;
      this.ranges = sorted.ranges;
    } else {
      this.plain = plain;
      this.singles = plain.length;
      this.ranges = NONE;
    }
  }

  get empty(): boolean {
    return this.size === 0;
  }
}

interface Receivers {
  readonly plain: Subscription[];
  readonly groups: readonly QueueGroup[];
  readonly repeats: boolean;
  readonly selective: boolean;
  readonly hasLinkedGroups: boolean;
  readonly sinkUnits: number;
  /** Whether some client has enough of `plain` for a range of its own. */
  readonly hasRanges: boolean;
  /** Subscriptions of a client from which they are kept together. */
  readonly rangeMin: number;
  /** The client that all of `plain` are of. */
  readonly ownsAll: Receiver | undefined;
}

/**
 * The subscriptions at `places`, those of clients that are closing left out, and what there is to know of them. Of a link's
 * that are in no queue group only one is listed, as it gets a message once. A place
 * may have a million, so each is looked at once, and what clients have in common is noted in the clients.
 */
function receiversAt(places: readonly SubscriptionNode[], alone: Subscription | undefined): Receivers {
  // An array that grows to a million is copied a dozen times, and the garbage collector has to follow.
  let most = alone === undefined ? 0 : 1;
  // Of very many places each has few; looking at all of them first would cost more than letting the array grow.
  if (places.length <= GROWN) for (const place of places) most += place.plain?.length ?? 0;
  const plain = most > GROWN ? new Array<Subscription>(most) : [];
  let count = 0;
  const members = new Map<string, Subscription[]>();
  const build = ++builds;
  let owners: Set<object> | undefined;
  let repeats = false;
  let selective = false;
  let sinkUnits = 0;
  let mostTimes = 0;
  let hasQueues = false;
  for (let number = 0; number <= places.length; number++) {
    const place = places[number];
    if (place?.queues !== undefined) hasQueues = true;
    const list = place === undefined ? alone && [alone] : place.plain;
    if (list === undefined) continue;
    for (const subscription of list) {
      const { client, sink } = subscription;
      if (client === undefined) {
        if (sink === undefined) continue;
        const { owner, units } = sink;
        selective = true;
        sinkUnits += units;
        if (owners?.has(owner) === true) repeats = true;
        owners ??= new Set();
        owners.add(owner);
      } else if (client.closing) continue;
      else {
        if (subscription.filter !== undefined) selective = true;
        if (client.seenIn === build) {
          if (client.origin.isLink) continue;
          repeats = true;
          if (++client.seenTimes > mostTimes) mostTimes = client.seenTimes;
        } else {
          client.seenIn = build;
          client.seenTimes = 1;
        }
      }
      plain[count++] = subscription;
    }
  }
  plain.length = count;
  const rangeMin = count > MANY_RECEIVERS ? SMALL_RANGE_MIN : RANGE_MIN;
  const hasRanges = mostTimes >= rangeMin;
  const first = plain[0]?.client;
  const ownsAll = first?.seenIn === build && first.seenTimes === count ? first : undefined;
  for (const { queues } of hasQueues ? places : []) {
    if (queues === undefined) continue;
    for (const [queue, list] of queues) {
      const known = members.get(queue);
      if (known === undefined) members.set(queue, [...list]);
      else for (const member of list) known.push(member);
    }
  }
  const groups: QueueGroup[] = [];
  let hasLinkedGroups = false;
  let number = 0;
  for (const list of members.values()) {
    number--; // members of one group do not count: only one of them gets a message
    let closing = 0;
    for (const { client } of list) {
      if (client === undefined || client.closing) closing++;
      else if (client.seenIn !== build) {
        client.seenIn = build;
        client.seenTimes = number;
      } else if (client.seenTimes !== number) repeats = true;
    }
    if (closing === list.length) continue;
    const group = new QueueGroup(
      closing === 0 ? list : list.filter(({ client }) => client?.closing === false),
    );
    if (group.selective) selective = true;
    if (group.hasLinks) hasLinkedGroups = true;
    groups.push(group);
  }
  return { plain, groups, repeats, selective, hasLinkedGroups, sinkUnits, hasRanges, rangeMin, ownsAll };
}

/**
 * `plain` with the subscriptions of each client that has many of them side by side, at the end. How many each has was
 * noted in the clients as `plain` was made.
 */
function withRangesLast(
  plain: readonly Subscription[],
  rangeMin: number,
): {
  plain: readonly Subscription[];
  singles: number;
  ranges: ClientRange[];
} {
  const starts = new Map<Receiver, number>();
  let singles = plain.length;
  let last: Receiver | undefined;
  for (const { client } of plain) {
    if (client === last || client === undefined) continue;
    last = client;
    if (client.seenTimes < rangeMin || starts.has(client)) continue;
    starts.set(client, 0);
    singles -= client.seenTimes;
  }
  const ranges: ClientRange[] = [];
  let start = singles;
  for (const client of starts.keys()) {
    const to = start + client.seenTimes;
    ranges.push({ client, from: start, to });
    starts.set(client, start);
    start = to;
  }
  if (singles === 0 && ranges.length === 1) return { plain, singles, ranges };
  const all = new Array<Subscription>(plain.length);
  let single = 0;
  for (const subscription of plain) {
    const { client } = subscription;
    const at = client === undefined ? undefined : starts.get(client);
    if (client === undefined || at === undefined) all[single++] = subscription;
    else {
      all[at] = subscription;
      starts.set(client, at + 1);
    }
  }
  return { plain: all, singles, ranges };
}

/** Whether `subscription` may refuse a message. */
function isSelective({ sink, filter }: Subscription): boolean {
  return sink !== undefined || filter !== undefined;
}

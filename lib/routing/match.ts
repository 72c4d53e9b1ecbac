import type { Entry } from './cache.js';
import type { Place } from './place.js';
import type { Subscription } from './subscription.js';

const NONE: readonly never[] = [];

/** A queue group: each message goes to one of its members, at random and evenly, every member once a cycle. */
export class Group {
  readonly members: readonly Subscription[];
  /** Whether a member may refuse a message: then a run is dealt message by message. */
  readonly selective: boolean;
  private readonly cycle: Subscription[];
  private at = 0;

  constructor(members: readonly Subscription[]) {
    this.members = members;
    this.selective = members.some(isSelective);
    this.cycle = [...members];
    this.shuffle();
  }

  /** The member whose turn it is. */
  next(): Subscription {
    if (this.at === this.cycle.length) this.shuffle();
    return this.cycle[this.at++]!;
  }

  /** Starts a new cycle, in a new random order. */
  shuffle(): void {
    const { cycle } = this;
    this.at = 0;
    for (let i = cycle.length - 1; i > 0; i--) {
      const j = Math.floor(Math.random() * (i + 1));
      const member = cycle[i]!;
      cycle[i] = cycle[j]!;
      cycle[j] = member;
    }
  }
}

/**
 * Who gets a message. Interned: subjects with equal receivers have the very same object while nothing changes, so
 * that consecutive messages for the same receivers are found by comparing references.
 */
export class MatchResult {
  readonly plain: readonly Subscription[];
  /** Each group gets every message once. */
  readonly groups: readonly Group[];
  /** Whether one client gets a message more than once: then a run must not be handed over subscription by subscription. */
  readonly repeats: boolean;
  /** Whether some subscription may refuse a message, as a sink or a filter does: then each is asked of each message. */
  readonly selective: boolean;
  /** Number of subscriptions. */
  readonly size: number;
  /** Whether it was looked up for a subject that lines of text cannot hold as it is. Such results are neither interned nor cached. */
  readonly raw: boolean;
  /** Whether no client may publish to it. Such results are neither interned nor cached. */
  readonly reserved: boolean;
  /** What it lists the subscriptions of, one that is alone on its subject not counted. */
  readonly places: readonly Place[];
  /** What it is interned by; undefined: it is not. The sublist's alone. */
  key: string | undefined = undefined;
  /** The first of the cache's entries with this result; the others follow it. The cache's alone. */
  entries: Entry | undefined = undefined;

  /** @param alone the one subscription to the very subject, where it stands for its place */
  constructor(places: readonly Place[], alone?: Subscription, raw = false, reserved = false) {
    this.places = places;
    this.raw = raw;
    this.reserved = reserved;
    if (places.length === 0) {
      // What most subjects come to where each has its own subscriber, so without any detour.
      this.plain = alone === undefined ? NONE : [alone];
      this.groups = NONE;
      this.size = this.plain.length;
      this.repeats = false;
      this.selective = alone !== undefined && isSelective(alone);
      return;
    }
    const plain: Subscription[] = [];
    const groups = new Map<string, Subscription[]>();
    for (const place of places) {
      if (place.plain !== undefined) for (const subscription of place.plain) plain.push(subscription);
      if (place.queues === undefined) continue;
      for (const [queue, members] of place.queues) {
        const group = groups.get(queue);
        if (group === undefined) groups.set(queue, [...members]);
        else for (const member of members) group.push(member);
      }
    }
    if (alone !== undefined) plain.push(alone);
    this.plain = plain;
    this.groups = [...groups.values()].map((members) => new Group(members));
    this.size = this.groups.reduce((sum, { members }) => sum + members.length, plain.length);
    this.repeats = repeats(this.plain, this.groups);
    this.selective = plain.some(isSelective) || this.groups.some((group) => group.selective);
  }

  get empty(): boolean {
    return this.size === 0;
  }
}

/** Whether some client is there twice. Members of one group do not count: only one of them gets a message. */
function repeats(plain: readonly Subscription[], groups: readonly Group[]): boolean {
  if (plain.length + groups.length < 2) return false;
  const seen = new Set<object>();
  for (const subscription of plain) {
    const receiver = receiverOf(subscription);
    if (seen.has(receiver)) return true;
    seen.add(receiver);
  }
  for (const { members } of groups) {
    for (const receiver of new Set(members.map(receiverOf))) {
      if (seen.has(receiver)) return true;
      seen.add(receiver);
    }
  }
  return false;
}

function receiverOf({ client, sink }: Subscription): object {
  return client ?? sink!.owner;
}

function isSelective({ sink, filter }: Subscription): boolean {
  return sink !== undefined || filter !== undefined;
}

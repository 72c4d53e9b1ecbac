import type { DeliveryFilter, Permissions } from '../domain/permissions.js';
import { hasWildcard } from '../domain/subject.js';
import { byteString } from '../frame/text.js';
import { PermissionCache } from './permission-cache.js';
import { Rules } from './rules.js';

/** Which subjects pass in one direction. */
export interface SubjectList {
  /** Absent: all. */
  readonly allow?: readonly string[] | undefined;
  readonly deny?: readonly string[] | undefined;
  /** What else has to allow a subject, where two lists do; absent: nothing. */
  readonly alsoAllow?: readonly string[] | undefined;
}

/** What passes over a link to another server. */
export interface LinkRules {
  /** What comes from the other server. */
  readonly inward: SubjectList;
  /** What goes to the other server. */
  readonly outward: SubjectList;
  /** Largest message that the other server takes, headers included, in bytes; undefined: as large as any here. */
  readonly maxPayloadBytes?: number | undefined;
  /** Subjects that the other server refuses interest in, so that it is told of none; absent: none. */
  readonly untold?: readonly string[] | undefined;
}

/** Interest, and replies, that servers need among themselves: no rule keeps them back. As in nats-server. */
const ALWAYS_TOLD = ['$LDS.', '$GR.', '_GR_.'];
const ALWAYS_SENT = ['_R_.', '_GR_.', '$JS.ACK.'];

/** One direction. */
class Direction {
  /** Lists of which each has to allow a subject. */
  private readonly allows: readonly Rules[];
  private readonly deny: Rules | undefined;
  private readonly verdicts = new PermissionCache();

  constructor({ allow, alsoAllow, deny }: SubjectList) {
    this.allows = [allow, alsoAllow].flatMap((list) => (list === undefined ? [] : [new Rules(list, false)]));
    this.deny = deny === undefined || deny.length === 0 ? undefined : new Rules(deny, false);
  }

  get isRestricted(): boolean {
    return this.allows.length > 0 || this.deny !== undefined;
  }

  /** Whether a message may pass. */
  passes(bytes: Buffer, start: number, end: number, hash: number): boolean {
    if (!this.isRestricted) return true;
    const known = this.verdicts.find(bytes, start, end, hash);
    if (known !== undefined) return known;
    const subject = bytes.toString('latin1', start, end);
    const isExempt = ALWAYS_SENT.some((prefix) => subject.startsWith(prefix));
    const allowed = isExempt || this.allows.every((allow) => allow.match(subject).plain);
    const verdict = allowed && (isExempt || this.deny?.match(subject).plain !== true);
    this.verdicts.add(bytes, start, end, hash, verdict);
    return verdict;
  }

  /** Whether messages of a subscription to `subject` may pass: some of them, where it has wildcards. */
  admits(subject: string): boolean {
    if (!this.isRestricted || ALWAYS_TOLD.some((prefix) => subject.startsWith(prefix))) return true;
    const pattern = byteString(subject);
    if (this.deny?.covering(pattern).plain === true) return false;
    const isWide = hasWildcard(subject);
    return this.allows.every((allow) => (isWide ? allow.overlaps(pattern) : allow.match(pattern).plain));
  }

  /** Whether each message of a subscription to `subject` has to be looked at. */
  divides(subject: string): boolean {
    if (!this.isRestricted || !hasWildcard(subject)) return false;
    const pattern = byteString(subject);
    const isWithin = this.allows.every((allow) => allow.covering(pattern).plain);
    return !isWithin || this.deny?.overlaps(pattern) === true;
  }
}

/**
 * What passes over a link to another server, in the place of a user's permissions: what the other server publishes is checked, and
 * what it subscribes to is filtered. A pattern that goes beyond what may pass is taken, and messages are kept back one by one.
 */
export class LinkPermissions implements Permissions, DeliveryFilter {
  readonly responses = undefined;
  readonly maxPayloadBytes: number | undefined;
  private readonly rules: LinkRules;
  private readonly inward: Direction;
  private readonly outward: Direction;
  private readonly untold: Rules | undefined;

  constructor(rules: LinkRules) {
    const { untold = [] } = rules;
    this.untold = untold.length === 0 ? undefined : new Rules(untold, false);
    this.rules = rules;
    this.inward = new Direction(rules.inward);
    this.outward = new Direction(rules.outward);
    this.maxPayloadBytes = rules.maxPayloadBytes;
  }

  get restrictsPublish(): boolean {
    return this.inward.isRestricted;
  }

  mayPublish(bytes: Buffer, start: number, end: number, hash: number): boolean {
    return this.inward.passes(bytes, start, end, hash);
  }

  maySubscribe(subject: string): boolean {
    return this.outward.admits(subject);
  }

  filterFor(subject: string): DeliveryFilter | undefined {
    return this.maxPayloadBytes !== undefined || this.outward.divides(subject) ? this : undefined;
  }

  mayReceive(bytes: Buffer, start: number, end: number, hash: number): boolean {
    return this.outward.passes(bytes, start, end, hash);
  }

  /** Whether the other server is told of interest in `subject`. */
  mayTell(subject: string): boolean {
    return this.inward.admits(subject) && this.untold?.covering(byteString(subject)).plain !== true;
  }

  describe(): object {
    const { inward, outward } = this.rules;
    return { publish: inward, subscribe: outward };
  }
}

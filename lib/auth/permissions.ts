import type { PermissionsConfig, SubjectRules } from '../config/shapes.js';
import type { DeliveryFilter, Permissions } from '../domain/permissions.js';
import { hasWildcard } from '../domain/subject.js';
import { byteString } from '../frame/text.js';
import { PermissionCache } from './permission-cache.js';
import { queueIsIn, Rules } from './rules.js';

/** Go counts durations so. */
const NANOSECONDS_PER_MS = 1_000_000;

/** Prepares a list of rules; `withQueues` as {@link Rules} has it. */
type RulesOf = (rules: readonly string[], withQueues: boolean) => Rules;

const prepared: RulesOf = (rules, withQueues) => new Rules(rules, withQueues);

/**
 * What one user may publish and hear, from its configuration. Follows nats-server 2.15 but in two things, where it
 * would let through what the rules do not allow:
 *
 * - `allow = ["foo.*"]` does not allow a subscription to `foo.>`, which is more. nats-server takes the `>` for a token.
 * - A subscription to `foo.*.bar` is filtered by `deny = ["foo.x.*"]`, with which it overlaps. nats-server filters only
 *   what a subscription covers whole, unless another subscription of the connection has set off the filter.
 */
export class SubjectPermissions implements Permissions, DeliveryFilter {
  readonly restrictsPublish: boolean;
  readonly responses: Permissions['responses'];
  private readonly publishAllow: Rules | undefined;
  private readonly publishDeny: Rules | undefined;
  private readonly subscribeAllow: Rules | undefined;
  private readonly subscribeDeny: Rules | undefined;
  private readonly published = new PermissionCache();
  private readonly received = new PermissionCache();
  private readonly queueFilters = new Map<string, QueueFilter>();

  private readonly config: PermissionsConfig;

  /** @param rulesOf prepares a list of rules */
  constructor(config: PermissionsConfig, rulesOf: RulesOf = prepared) {
    const { publish, subscribe, responses } = config;
    this.config = config;
    // A client that may answer what it is sent may publish nothing else, unless told so.
    const allow = publish?.allow ?? (responses === undefined ? undefined : []);
    this.publishAllow = allow && rulesOf(allow, false);
    this.publishDeny = publish?.deny?.length ? rulesOf(publish.deny, false) : undefined;
    this.subscribeAllow = subscribe?.allow && rulesOf(subscribe.allow, true);
    this.subscribeDeny = subscribe?.deny?.length ? rulesOf(subscribe.deny, true) : undefined;
    this.responses = responses && { max: responses.max, expiresMs: responses.expiresMs };
    this.restrictsPublish = this.publishAllow !== undefined || this.publishDeny !== undefined;
  }

  mayPublish(bytes: Buffer, start: number, end: number, hash: number): boolean {
    if (!this.restrictsPublish) return true;
    const known = this.published.find(bytes, start, end, hash);
    if (known !== undefined) return known;
    const subject = bytes.toString('latin1', start, end);
    const allowed = this.publishAllow?.match(subject).plain ?? true;
    const verdict = allowed && !(this.publishDeny?.match(subject).plain ?? false);
    this.published.add(bytes, start, end, hash, verdict);
    return verdict;
  }

  describe(): object {
    const { publish, subscribe, responses } = this.config;
    return {
      publish: describeRule(publish ?? {}, false),
      subscribe: describeRule(subscribe ?? {}, true),
      ...(responses === undefined
        ? {}
        : { responses: { max: responses.max, ttl: responses.expiresMs * NANOSECONDS_PER_MS } }),
    };
  }

  maySubscribe(subject: string, queue: string | undefined): boolean {
    const bytes = byteString(subject);
    const group = queue === undefined || queue === '' ? undefined : byteString(queue);
    if (this.subscribeAllow !== undefined) {
      const { plain, queues } = this.subscribeAllow.covering(bytes);
      // As soon as a rule for the subject names queues, only those are for queue subscriptions.
      if (!(group !== undefined && queues !== undefined ? queueIsIn(group, queues) : plain)) return false;
    }
    if (this.subscribeDeny === undefined) return true;
    return !isDenied(this.subscribeDeny, bytes, group);
  }

  filterFor(subject: string, queue: string | undefined): DeliveryFilter | undefined {
    const { subscribeDeny } = this;
    if (subscribeDeny === undefined || !hasWildcard(subject)) return undefined;
    const bytes = byteString(subject);
    if (queue) {
      const group = byteString(queue);
      if (subscribeDeny.overlapsForQueue(bytes, group)) return this.queueFilter(subscribeDeny, group);
    }
    return subscribeDeny.overlaps(bytes) ? this : undefined;
  }

  /** One a queue group, so that verdicts are shared; clients choose the names, so there are few that keep any. */
  private queueFilter(deny: Rules, group: string): QueueFilter {
    const known = this.queueFilters.get(group);
    if (known !== undefined) return known;
    const isKept = this.queueFilters.size < MAX_QUEUE_FILTERS;
    const filter = new QueueFilter(deny, group, isKept ? new PermissionCache() : undefined);
    if (isKept) this.queueFilters.set(group, filter);
    return filter;
  }

  mayReceive(bytes: Buffer, start: number, end: number, hash: number): boolean {
    if (this.subscribeDeny === undefined) return true;
    const known = this.received.find(bytes, start, end, hash);
    if (known !== undefined) return known;
    const verdict = !this.subscribeDeny.match(bytes.toString('latin1', start, end)).plain;
    this.received.add(bytes, start, end, hash, verdict);
    return verdict;
  }
}

/** Most queue groups of one user whose verdicts are kept; members of others have each message looked up. */
const MAX_QUEUE_FILTERS = 64;

/** Keeps from members of a queue group what is denied to the group or to all. */
class QueueFilter implements DeliveryFilter {
  private readonly deny: Rules;
  private readonly group: string;
  private readonly verdicts: PermissionCache | undefined;

  constructor(deny: Rules, group: string, verdicts: PermissionCache | undefined) {
    this.deny = deny;
    this.group = group;
    this.verdicts = verdicts;
  }

  mayReceive(bytes: Buffer, start: number, end: number, hash: number): boolean {
    const known = this.verdicts?.find(bytes, start, end, hash);
    if (known !== undefined) return known;
    const verdict = !isDenied(this.deny, bytes.toString('latin1', start, end), this.group);
    this.verdicts?.add(bytes, start, end, hash, verdict);
    return verdict;
  }
}

/** Whether a rule without a queue denies the subject, or one with a queue that the group is in. */
function isDenied(deny: Rules, subject: string, group: string | undefined): boolean {
  const { plain, queues } = deny.match(subject);
  return plain || (group !== undefined && queues !== undefined && queueIsIn(group, queues));
}

/** Rules as nats-server tells them: no empty lists, and of rules for queue groups only the subjects. */
function describeRule({ allow = [], deny = [] }: SubjectRules, withQueues: boolean): SubjectRules {
  const subjects = (rules: readonly string[]) =>
    withQueues ? rules.map((rule) => rule.trim().replace(/\s.*$/s, '')) : rules;
  return {
    ...(allow.length > 0 && { allow: subjects(allow) }),
    ...(deny.length > 0 && { deny: subjects(deny) }),
  };
}

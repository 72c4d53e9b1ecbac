/** Subscriptions without connections, and the slow and obvious reference implementation of the sublist. */

import { ORIGINS } from '../../lib/clients/origin.js';
import { Subscription } from '../../lib/clients/subscription.js';
import type { Client } from '../../lib/routing/client.js';
import type { MatchResult } from '../../lib/routing/match.js';

const ANY_CLIENT = { origin: ORIGINS.client } as Client;
let lastSid = 0;

/** A subscription with a sid of its own, which stands for it in the answers below. */
export function subscription(subject: string, queue?: string, sid = String(++lastSid)): Subscription {
  return new Subscription(ANY_CLIENT, subject, sid, queue);
}

/** Whether a message on `subject` is for a subscription to `pattern`, straight from the definition. */
export function matches(pattern: string, subject: string): boolean {
  const want = pattern.split('.');
  const have = subject.split('.');
  if (have.includes('')) return false;
  const matched = (i: number): boolean => {
    if (i === want.length) return i === have.length;
    if (i === have.length) return false;
    if (want[i] === '>') return true;
    // A published `*` or `>` is no wildcard: only a subscriber's wildcard takes it.
    if (want[i] !== '*' && (want[i] !== have[i] || have[i] === '>')) return false;
    return matched(i + 1);
  };
  return matched(0);
}

/** Who gets a message, in a form that two ways of finding it out can be compared in. */
export interface Receivers {
  readonly plain: readonly string[];
  readonly groups: readonly (readonly string[])[];
}

/** The sids in a result of the sublist. */
export function receiversOf({ plain, groups }: MatchResult): Receivers {
  return sorted(
    plain.map(({ sid }) => sid),
    groups.map((group) => group.members.map(({ sid }) => sid)),
  );
}

/** The sublist's slow twin: tries every subscription; a queue group is a name, whatever the patterns. */
export function bruteForce(subscriptions: Iterable<Subscription>, subject: string): Receivers {
  const plain: string[] = [];
  const groups = new Map<string, string[]>();
  for (const { subject: pattern, queue, sid } of subscriptions) {
    if (!matches(pattern, subject)) continue;
    if (queue === undefined) plain.push(sid);
    else groups.set(queue, [...(groups.get(queue) ?? []), sid]);
  }
  return sorted(plain, [...groups.values()]);
}

function sorted(plain: string[], groups: string[][]): Receivers {
  return { plain: plain.sort(), groups: groups.map((group) => group.sort()).sort() };
}

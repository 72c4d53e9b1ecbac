/** The broker's own delivery counts, as its monitor shows them, for the table. */
import type { Row } from '../table.js';
import { whole } from '../table.js';

interface Count {
  readonly messages: number;
}

/** `sluice_flow` of `/varz`. */
export interface DeliveryCounts {
  readonly routed: Count;
  readonly delivered: Count;
  readonly pending: Count;
  /** By reason. */
  readonly dropped: Readonly<Record<string, Count>>;
  /** Sum over pairs of publisher and receiver. */
  readonly held_ms: number;
}

/** Rows of the table; none where the broker keeps no counts. */
export function deliveryCountRows(counts: DeliveryCounts | undefined): readonly Row[] {
  if (counts === undefined) return [];
  const { routed, delivered, pending, dropped, held_ms } = counts;
  const count = ({ messages }: Count): string => whole(messages);
  return [
    [
      "the broker's delivery counts: routed, delivered, pending",
      [routed, delivered, pending].map(count).join(', '),
    ],
    ...Object.entries(dropped).map(([reason, one]): Row => [`… dropped: ${reason}`, count(one)]),
    ['… time that publishers were held, summed over whom for', `${(held_ms / 1_000).toFixed(1)} s`],
  ];
}

/** What is wrong with them, or undefined: routed must be delivered, dropped and pending together. */
export function imbalance(counts: DeliveryCounts | undefined): string | undefined {
  if (counts === undefined) return undefined;
  const dropped = Object.values(counts.dropped).reduce((sum, { messages }) => sum + messages, 0);
  const sum = counts.delivered.messages + counts.pending.messages + dropped;
  return sum === counts.routed.messages
    ? undefined
    : `the counts say ${counts.routed.messages} routed, but ${sum} in sum`;
}

/** The probes, in the order of the tables, and the curves that go with them. */
import type { Contender } from '../brokers.js';
import type { Curve } from '../figures.js';
import { connections } from './connections.js';
import { disconnectCurve, matchCurve, sizesFor } from './curves.js';
import { latency } from './latency.js';
import { type Probe, speaksNats } from './probe.js';
import { processProbe } from './process.js';
import { leafReplies, replies } from './replies.js';
import { subscriptions } from './subscriptions.js';

export type { Probe, ProbeFigure, Size } from './probe.js';
export { roundsOf } from './rounds.js';

export const PROBES: readonly Probe[] = [
  replies(1),
  replies(10),
  replies(100),
  latency(20_000, 1),
  latency(100_000, 2),
  connections({
    id: 'connections',
    group: 'connections',
    title: 'CONNECT, one SUB, then nothing',
    seconds: 2,
    rounds: 1,
    tls: false,
    counts: { quick: 1_000, full: 10_000 },
  }),
  connections({
    id: 'connections-tls',
    group: 'connections',
    title: 'the same with TLS',
    seconds: 2,
    rounds: 1,
    tls: true,
    counts: { quick: 250, full: 1_000 },
  }),
  subscriptions(),
  processProbe(),
];

/** Those of leaf links: see `--leaf`. */
export const LEAF_PROBES: readonly Probe[] = [leafReplies(1), leafReplies(10), leafReplies(100)];

/**
 * How disconnecting grows with a client's own subscriptions, and routing with everybody else's. With a smaller budget
 * the numbers of subscriptions are smaller.
 */
export async function probeCurves(
  contenders: readonly Contender[],
  budgetSeconds: number,
): Promise<readonly Curve[]> {
  const able = contenders.filter(speaksNats);
  const sizes = sizesFor(budgetSeconds / Math.max(1, able.length));
  return [await disconnectCurve(able, sizes), await matchCurve(able, sizes)];
}

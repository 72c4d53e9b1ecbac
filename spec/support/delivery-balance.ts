import { expect } from 'chai';
import { flowOf } from '../../lib/broker/connection-view.js';
import { deliveryCountsOf } from '../../lib/broker/monitor-source.js';
import { type Count, NOTHING, plus } from '../../lib/domain/drops.js';
import type { DeliveryCounts, FlowSnapshot } from '../../lib/monitor/snapshot.js';
import type { Client, Harness } from './harness.js';
import { finish } from './steps.js';

/** What a peer's connection has in its books. */
export function deliveryCountsOfPeer({ connection }: Client): FlowSnapshot {
  return flowOf(connection.client);
}

/** Asserts that nothing is missing in the books of any of `peers`, open or not, nor in those of the broker. */
export function expectBalance(harness: Harness, peers: readonly Client[]): void {
  for (const peer of peers) balance(`connection ${peer.connection.client.id}`, deliveryCountsOfPeer(peer));
  const counts = finish(deliveryCountsOf(harness.core, harness.all));
  const pending = [...harness.all.open].map(({ client }) => client.outbox.pending).reduce(plus, NOTHING);
  expect(counts.pending).to.deep.equal(pending);
  balance('the broker', { ...counts, pending });
}

function balance(what: string, { routed, delivered, pending, dropped }: DeliveryCounts): void {
  for (const unit of ['messages', 'bytes'] as const) {
    const parts: readonly Count[] = [delivered, pending, ...Object.values(dropped)];
    const sum = parts.reduce((total, count) => total + count[unit], 0);
    expect(sum, `${unit} of ${what}: ${JSON.stringify({ delivered, pending, dropped })}`).to.equal(
      routed[unit],
    );
    for (const count of parts) expect(count[unit]).to.be.at.least(0);
  }
}

import { expect } from 'chai';
import fc from 'fast-check';
import type { CloseReason } from '../../lib/domain/close-reason.js';
import { ORDER_NAMES, sortKey } from '../../lib/monitor/connection-order.js';
import { Listing } from '../../lib/monitor/listing.js';
import type { ConnectionSnapshot } from '../../lib/monitor/snapshot.js';
import { sortedOrder } from '../../lib/monitor/sorted-order.js';
import { Turns } from '../../lib/monitor/turns.js';
import { connection, T0 } from '../support/monitor/fake.js';
import { seeded } from '../support/random.js';
import { count, finish } from '../support/steps.js';

const REASONS: readonly CloseReason[] = [
  'QUIT',
  'PEER_ERROR',
  'STALE_CONNECTION',
  'SLOW_CONSUMER',
  'INTERNAL',
];

/** What each order compares, written independently: negative where `a` comes first. */
const REFERENCE: Readonly<Record<string, (a: ConnectionSnapshot, b: ConnectionSnapshot) => number>> = {
  cid: (a, b) => a.cid - b.cid,
  start: (a, b) => a.cid - b.cid,
  subs: (a, b) => b.subscriptionCount - a.subscriptionCount,
  pending: (a, b) => b.pendingBytes - a.pendingBytes,
  msgs_to: (a, b) => b.outMessages - a.outMessages,
  msgs_from: (a, b) => b.inMessages - a.inMessages,
  bytes_to: (a, b) => b.outBytes - a.outBytes,
  bytes_from: (a, b) => b.inBytes - a.inBytes,
  last: (a, b) => b.lastActivityAt - a.lastActivityAt,
  idle: (a, b) => a.lastActivityAt - b.lastActivityAt,
  uptime: (a, b) => (a.stoppedAt ?? T0) - a.startedAt - ((b.stoppedAt ?? T0) - b.startedAt),
  stop: (a, b) => (b.stoppedAt ?? 0) - (a.stoppedAt ?? 0),
  reason: (a, b) => wordsOf(a).localeCompare(wordsOf(b), 'en'),
  rtt: (a, b) => (b.rttMs ?? 0) - (a.rttMs ?? 0),
};

function wordsOf({ reason }: ConnectionSnapshot): string {
  const words: Partial<Record<CloseReason, string>> = {
    QUIT: 'Client Closed',
    PEER_ERROR: 'Parse Error',
    STALE_CONNECTION: 'Stale Connection',
    SLOW_CONSUMER: 'Slow Consumer (Write Deadline)',
    INTERNAL: 'Internal Error',
  };
  return reason === undefined ? '' : words[reason]!;
}

/** Connections with few different values, so that many are equal. */
function manyConnections(length: number): readonly ConnectionSnapshot[] {
  const random = seeded(7);
  const few = () => Math.floor(random() * 9);
  const cids = Array.from({ length }, (_, i) => i + 1).sort(() => random() - 0.5);
  return cids.map((cid) =>
    connection(cid, {
      ...{ startedAt: T0 - few(), lastActivityAt: T0 - few(), pendingBytes: few() },
      rttMs: random() < 0.2 ? undefined : few(),
      ...{ inMessages: few(), outMessages: few(), inBytes: few(), outBytes: few(), subscriptionCount: few() },
      ...(random() < 0.5 ? {} : { stoppedAt: T0 + few(), reason: REASONS[few() % REASONS.length] }),
    }),
  );
}

describe('the order of connections', () => {
  it('has a reference for every name', () => {
    expect(ORDER_NAMES).to.have.members(Object.keys(REFERENCE));
    expect(sortKey('toString')).to.equal(undefined);
  });

  const rows = manyConnections(3_000);
  for (const name of ORDER_NAMES) {
    it(`by ${name} is that of a plain sort, with equal ones by cid`, async () => {
      const turns = new Turns();
      await turns.next();
      const order = await new Listing(rows, T0, turns).order(name);
      const expected = [...rows].sort((a, b) => REFERENCE[name]!(a, b) || a.cid - b.cid);
      expect(Array.from(order, (i) => rows[i]!.cid)).to.deep.equal(expected.map(({ cid }) => cid));
    });
  }

  it('is right for any keys', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 })), (keys) => {
        const ties = keys.map((_, i) => keys.length - i);
        const order = finish(sortedOrder(Float64Array.from(keys), Float64Array.from(ties)));
        const expected = keys.map((_, i) => i).sort((a, b) => keys[a]! - keys[b]! || ties[a]! - ties[b]!);
        expect([...order]).to.deep.equal(expected);
      }),
    );
  });

  it('may pause while it sorts', () => {
    const keys = Float64Array.from({ length: 65_536 }, (_, i) => (i * 7_919) % 65_536);
    const { result, pauses } = count(sortedOrder(keys, keys));
    expect(pauses).to.be.at.least(1_000);
    expect(result.length).to.equal(65_536);
  });
});

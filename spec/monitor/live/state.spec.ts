import { expect } from 'chai';
import { MAX_LIVE_ROWS } from '../../../lib/domain/limits.js';
import { StateSampler } from '../../../lib/monitor/live/state.js';
import type { ConnectionSnapshot } from '../../../lib/monitor/snapshot.js';
import { account, closedConnection, connection, FakeBroker, SERVER } from '../../support/monitor/fake.js';

interface Picture {
  readonly in?: number;
  readonly out?: number;
  readonly inBytes?: number;
  readonly connections: {
    readonly rows: readonly { readonly cid: number; readonly name: string; readonly in: number }[];
    readonly others: number;
    readonly delayed: number;
  };
  readonly accounts: { readonly rows: readonly { readonly name: string }[]; readonly others: number };
  readonly subjects?: {
    readonly rows: readonly unknown[];
    readonly others: number;
    readonly isExact: boolean;
  };
  readonly slow: readonly { readonly cid: number; readonly why: string }[];
}

describe('pictures of a broker', () => {
  let broker: FakeBroker;
  let sampler: StateSampler;
  let nowMs: number;
  beforeEach(() => {
    broker = new FakeBroker();
    nowMs = 0;
    const counts = {
      subjects: [{ account: 'A', subject: 'a.b', messages: 30 }],
      otherMessages: 6,
      isExact: false,
    };
    const subjects = { take: () => counts, stop: () => {} };
    sampler = new StateSampler(
      broker,
      subjects,
      () => 7,
      () => nowMs,
    );
  });
  afterEach(() => sampler.stop());

  /** The next picture as a page gets it, and the steps it took. */
  function next(): { readonly picture: Picture; readonly steps: number } {
    const work = sampler.next();
    for (let steps = 0; ; steps++) {
      const step = work.next();
      if (step.done === true) return { picture: JSON.parse(JSON.stringify(step.value)) as Picture, steps };
    }
  }

  it('have rates from the second one on', () => {
    expect(next().picture).to.not.have.any.keys('in', 'out', 'subjects');
    nowMs = 2_000;
    broker.snapshot = { ...SERVER, inMessages: 2_005, outMessages: 7, inBytes: 20_007 };
    const { picture } = next();
    expect(picture).to.include({ in: 1_000, out: 0.5, inBytes: 10_000 });
    expect(picture.subjects).to.deep.equal({ rows: [['A', 'a.b', 15]], others: 3, isExact: false });
  });

  it('list those that wait first, then those with most to take or most traffic, up to a limit', () => {
    const idle = Array.from({ length: 10_000 }, (_, i) => connection(i + 1));
    const delayed = connection(20_001, { isDelayed: true });
    const pending = connection(20_002, { pendingBytes: 5_000 });
    broker.open = [...idle, delayed, pending];
    const first = next();
    expect(first.steps).to.be.above(10_000 / 256);
    const { rows, others } = first.picture.connections;
    expect(rows).to.have.lengthOf(MAX_LIVE_ROWS);
    expect(others).to.equal(10_002 - MAX_LIVE_ROWS);
    expect(rows.slice(0, 2).map(({ cid }) => cid)).to.deep.equal([20_001, 20_002]);
    expect(first.picture.connections.delayed).to.equal(1);
    nowMs = 1_000;
    broker.open = [...idle.slice(1), connection(1, { inMessages: 900 }), delayed];
    const [, second] = next().picture.connections.rows;
    expect(second).to.include({ cid: 1, in: 900 });
  });

  it('are bounded in size, whatever is in them', () => {
    const long = '\u0001'.repeat(10_000);
    const rows: ConnectionSnapshot[] = Array.from({ length: 1_000 }, (_, i) =>
      connection(i, { name: long, lang: long, version: long, user: long, account: long }),
    );
    broker.open = rows;
    broker.gone = rows.map((row) => ({ ...row, reason: 'SLOW_CONSUMER' as const, stoppedAt: row.cid }));
    broker.all = Array.from({ length: 1_000 }, (_, i) => account(`${long}${i}`));
    const { picture } = next();
    expect(JSON.stringify(picture).length).to.be.below(256 * 1_024);
    expect(picture.accounts.rows).to.have.lengthOf(MAX_LIVE_ROWS);
    expect(picture.accounts.others).to.equal(1_000 - MAX_LIVE_ROWS);
  });

  it('name the slow consumers that were cut off last', () => {
    broker.gone = Array.from({ length: 30 }, (_, i) =>
      closedConnection(i, { reason: i % 2 === 0 ? 'SLOW_CONSUMER' : 'QUIT', stoppedAt: i }),
    );
    expect(next().picture.slow.map(({ cid }) => cid)).to.deep.equal([28, 26, 24, 22, 20, 18, 16, 14, 12, 10]);
    broker.asked.length = 0;
    next();
    expect(broker.asked).to.not.include('closed'); // as there are no more of them
    broker.snapshot = { ...SERVER, slowConsumers: SERVER.slowConsumers + 1 };
    next();
    expect(broker.asked).to.include('closed');
  });
});

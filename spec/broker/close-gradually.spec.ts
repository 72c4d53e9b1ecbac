import { expect } from 'chai';
import { closeGradually } from '../../lib/broker/close-gradually.js';
import type { CloseReason } from '../../lib/domain/close-reason.js';

const NEVER = new Promise(() => {});

/** Connections, time that passes only in pauses, and how many there were. */
class Model {
  time = 0;
  pauses = 0;
  readonly closedAt: number[] = [];
  readonly connections: { reason: CloseReason | undefined; close(reason: CloseReason): void }[];

  constructor(count: number) {
    this.connections = Array.from({ length: count }, () => ({
      reason: undefined,
      close: () => this.closedAt.push(this.time),
    }));
  }

  now(): number {
    return this.time;
  }

  async pause(ms: number): Promise<void> {
    this.pauses++;
    this.time += ms;
  }
}

describe('connections that are closed gradually', () => {
  it('are closed in time with few pauses, however many they are', async () => {
    const model = new Model(30_000);
    await closeGradually(model.connections, 1_000, NEVER, model);
    expect(model.closedAt).to.have.lengthOf(30_000);
    expect(model.time).to.be.within(500, 1_000);
    expect(model.pauses).to.be.at.most(1_000); // not one for each
  });

  it('are a second apart at most where they are few', async () => {
    const model = new Model(4);
    await closeGradually(model.connections, 60_000, NEVER, model);
    for (const [n, at] of model.closedAt.entries())
      expect(at - (model.closedAt[n - 1] ?? 0), `${n}`).to.be.within(n === 0 ? 0 : 499, 1_001);
  });

  it('leave out those that have closed by themselves', async () => {
    const model = new Model(3);
    model.connections[1]!.reason = 'PEER_CLOSED';
    await closeGradually(model.connections, 10, NEVER, model);
    expect(model.closedAt).to.have.lengthOf(2);
  });

  it('are left once that is called off', async () => {
    const model = new Model(1_000);
    let cancel = (): void => {};
    const cancelled = new Promise<void>((resolve) => {
      cancel = resolve;
    });
    const pause = async (ms: number): Promise<void> => {
      await model.pause(ms);
      cancel();
      await cancelled;
    };
    await closeGradually(model.connections, 1_000_000, cancelled, { now: () => model.time, pause });
    expect(model.pauses).to.equal(1);
    expect(model.closedAt).to.have.lengthOf(1);
  });
});

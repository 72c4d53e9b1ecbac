import { expect } from 'chai';
import type { Publisher } from '../../lib/clients/subscription.js';
import { batchOf, type CommandBatch } from '../../lib/frame/command.js';
import { Outgoing } from '../../lib/jetstream/outgoing.js';
import { PubAcks } from '../../lib/jetstream/pub-acks.js';
import { Core } from '../../lib/routing/core.js';

const ROWS = 10_000;

/** A core with one receiver, each message to which is as much work as `units` says. */
function rig(units: number, rows = ROWS) {
  const core = new Core();
  const account = core.account('A');
  let taken = 0;
  const sink = {
    ...{ kind: 'service' as const, units, owner: core },
    take(_publisher: Publisher, _batch: CommandBatch, from: number, to: number) {
      taken += to - from;
      return to - from;
    },
  };
  account.interest.attach(core, sink, 'reply.>');
  const outgoing = new Outgoing(core, (error) => {
    throw error;
  });
  const acks = new PubAcks('S', undefined);
  for (let i = 1; i <= rows; i++)
    acks.stored(batchOf({ subject: 's', reply: `reply.${i}`, payload: Buffer.from('x') }), 0, i);
  const due = acks.take(rows);
  if (due === undefined) throw new Error('nothing is due');
  let from = 0;
  outgoing.atEndOfTurn(() => {
    from = outgoing.routeSome(account, due, from);
    return from === due.length;
  });
  return { core, outgoing, taken: () => taken };
}

describe('what JetStream publishes at the end of a turn', () => {
  it('goes at once where it is little work', () => {
    const { core, taken } = rig(1, 1_000);
    expect(taken()).to.equal(0);
    core.scheduler.runTurn();
    expect(taken()).to.equal(1_000);
    core.destroy();
  });

  it('goes in several turns where it has very many receivers, all of it', () => {
    const { core, taken } = rig(10_000);
    let turns = 0;
    let most = 0;
    while (taken() < ROWS) {
      const before = taken();
      core.scheduler.runTurn();
      most = Math.max(most, taken() - before);
      turns++;
    }
    expect(turns).to.be.greaterThan(50);
    expect(most).to.be.lessThan(200);
    expect(core.scheduler.waiting).to.equal(0);
    core.destroy();
  });

  it('goes at once where JetStream ends', () => {
    const { core, outgoing, taken } = rig(10_000);
    core.scheduler.runTurn();
    expect(taken()).to.be.lessThan(ROWS);
    outgoing.close();
    expect(taken()).to.equal(ROWS);
    core.destroy();
  });
});

import { expect } from 'chai';
import { configFrom } from '../../lib/config.js';
import { batchOf } from '../../lib/frame/command.js';
import type { Client } from '../../lib/routing/client.js';
import { EXACT, FlowModel } from '../support/flow-model.js';
import { admit, Denying, drain, LONG } from '../support/rights.js';

/** Permissions about which something else decides later. */
class Slow extends Denying {
  private readonly verdicts: ((may: boolean) => void)[];

  constructor(verdicts: ((may: boolean) => void)[]) {
    super('');
    this.verdicts = verdicts;
  }

  override maySubscribe(): Promise<boolean> {
    return new Promise((resolve) => this.verdicts.push(resolve));
  }
}

describe('changes to all subscriptions of a client that take turns', () => {
  let model: FlowModel;
  let one: Client;
  let other: Client;
  beforeEach(() => {
    model = new FlowModel(configFrom().flow);
    one = model.join(EXACT).client;
    other = model.join(EXACT).client;
  });
  afterEach(() => model.end());

  it('move to another account before all of them have been reviewed', () => {
    const { core } = model;
    for (const subject of [...LONG, '>']) one.subscriptions.add(subject, subject.slice(0, 6));
    admit(one, core.account('A'), undefined);
    drain(core);
    admit(one, core.account('A'), new Denying('a'));
    admit(one, core.account('B'), new Denying('b'));
    drain(core);
    expect(['A', 'B'].map((name) => core.account(name).sublist.size)).to.deep.equal([0, LONG.length + 1]);
  });

  it('get no message where they are permitted no longer, though another change is over, and end in their turn', () => {
    const { core } = model;
    one.subscriptions.add(LONG[0]!, 'before');
    one.subscriptions.endAll();
    for (const subject of [...LONG, 'a']) one.subscriptions.add(subject, subject.slice(0, 6));
    admit(one, one.account, new Denying('a'));
    core.scheduler.runTurn();
    expect(core.scheduler.waiting).to.equal(1);
    core.write({ client: other, batch: batchOf({ subject: 'a', payload: Buffer.from('x') }), from: 0 });
    expect(one.outMessages).to.equal(0);
    drain(core);
    expect(one.subscriptions.has('a')).to.equal(false);
  });

  it('move whatever is decided meanwhile about what they were permitted before', async () => {
    const { core } = model;
    const verdicts: ((may: boolean) => void)[] = [];
    const slow = new Slow(verdicts);
    for (const subject of LONG) one.subscriptions.add(subject, subject.slice(0, 6));
    admit(one, core.account('A'), undefined);
    drain(core);
    admit(one, core.account('A'), slow);
    drain(core);
    expect(verdicts.length).to.equal(LONG.length);
    admit(one, core.account('B'), undefined);
    core.scheduler.runTurn();
    const [before, after] = ['A', 'B'].map((name) => core.account(name).sublist.size);
    expect(before).to.be.above(0);
    expect(after).to.be.above(0);
    for (const decide of verdicts) decide(false);
    await Promise.resolve();
    drain(core);
    expect(['A', 'B'].map((name) => core.account(name).sublist.size)).to.deep.equal([0, LONG.length]);
    expect(one.subscriptions.size).to.equal(LONG.length);
  });
});

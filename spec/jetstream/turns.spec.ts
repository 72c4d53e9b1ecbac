import { expect } from 'chai';
import type { Steps } from '../../lib/domain/steps.js';
import { Turns } from '../../lib/jetstream/turns.js';

/** Turns of 4 ms on a clock that each step moves by one, which say how many steps each turn of the event loop had. */
class Rig {
  now = 0;
  readonly begun = new Set<string>();
  readonly ended: string[] = [];
  readonly turns = new Turns(4, () => this.now);
  private steps = 0;

  *work(name: string, steps: number): Steps<string> {
    this.begun.add(name);
    for (let step = 0; step < steps; step++) {
      this.now++;
      this.steps++;
      yield;
    }
    this.ended.push(name);
    return name;
  }

  async turn(): Promise<number> {
    await new Promise((resolve) => setImmediate(resolve));
    const { steps } = this;
    this.steps = 0;
    return steps;
  }
}

describe('turns of JetStream', () => {
  it('do short work at once', () => {
    const rig = new Rig();
    expect(rig.turns.run(rig.work('a', 2))).to.equal('a');
  });

  it('share their time among all work of one turn of the event loop', async () => {
    const rig = new Rig();
    const all = Array.from({ length: 100 }, (_, i) => rig.turns.run(rig.work(`${i}`, 3)));
    expect(await rig.turn()).to.be.at.most(8);
    for (let turn = 0; turn < 10; turn++) expect(await rig.turn()).to.be.within(3, 4);
    await Promise.all(all);
    expect(rig.ended).to.have.length(100);
  });

  it('begin few pieces of work at a time, in order, and go on with all of those', async () => {
    const rig = new Rig();
    const long = rig.turns.run(rig.work('long', 200));
    const all = Array.from({ length: 20 }, (_, i) => rig.turns.run(rig.work(`${i}`, 10)));
    for (let turn = 0; turn < 8; turn++) await rig.turn();
    expect([...rig.begun]).to.deep.equal(['long', '0', '1', '2', '3', '4', '5', '6']);
    await Promise.all(all);
    expect(rig.ended).to.have.length(20);
    expect(await long).to.equal('long');
  });

  it('have time anew in the next turn', async () => {
    const rig = new Rig();
    expect(rig.turns.run(rig.work('a', 2))).to.equal('a');
    expect(rig.turns.run(rig.work('b', 5))).to.be.a('promise');
    expect(rig.turns.run(rig.work('c', 1))).to.be.a('promise');
    while (rig.ended.length < 3) await rig.turn();
    await rig.turn();
    expect(rig.turns.run(rig.work('d', 2))).to.equal('d');
  });
});

import { expect } from 'chai';
import { bytesOf, type Session, type Step } from '../../tools/diff/session.js';
import { shrink } from '../../tools/diff/shrink.js';

function step(client: number, items: readonly string[], cuts: readonly number[] = []): Step {
  return { client, items: items.map((item) => Buffer.from(item)), cuts, unfinished: false };
}

function textOf({ steps }: Session): string[] {
  return steps.map((one) => `${one.client}:${bytesOf(one).toString()}`);
}

const long: Session = {
  variant: 'plain',
  clients: 3,
  steps: [
    step(0, ['a', 'b', 'c']),
    step(1, ['d'], [1]),
    step(2, ['e', 'BAD', 'f', 'g'], [2, 3]),
    step(1, ['h', 'i']),
    step(2, ['j', 'WORSE', 'k'], [1]),
    step(0, ['l']),
  ],
};

describe('diff: the shrinker', () => {
  it('leaves the commands that it takes, without cuts and idle clients', async () => {
    const small = await shrink(long, async (session) => {
      const text = textOf(session).join();
      return text.includes('BAD') && text.includes('WORSE');
    });
    expect(textOf(small)).to.deep.equal(['0:BAD', '0:WORSE']);
    expect(small.clients).to.equal(1);
    expect(small.steps.every(({ cuts }) => cuts.length === 0)).to.equal(true);
  });

  it('keeps cuts and clients where they matter', async () => {
    const small = await shrink(
      long,
      async ({ steps, clients }) =>
        clients === 3 && steps.some(({ client, cuts }) => client === 2 && cuts.length > 1),
    );
    expect(small.clients).to.equal(3);
    expect(small.steps).to.have.lengthOf(1);
    expect(small.steps[0]!.cuts).to.deep.equal([2, 3]);
  });

  it('only ever gives back what differs', async () => {
    let last: Session | undefined;
    const small = await shrink(long, async (session) => {
      const differs = textOf(session).join().length % 3 === 0;
      if (differs) last = session;
      return differs;
    });
    expect([long, last]).to.deep.include(small);
  });

  it('gives up after a while', async () => {
    let tries = 0;
    const many = { ...long, steps: Array.from({ length: 3_000 }, (_, i) => step(0, [String(i)])) };
    await shrink(many, async () => {
      tries++;
      return false;
    });
    expect(tries).to.be.at.most(1_000);
  });
});

import { expect } from 'chai';
import type { Contender } from '../../../tools/bench/brokers.js';
import { type Probe, probe, type Round } from '../../../tools/bench/probes/probe.js';
import { merged, roundsOf } from '../../../tools/bench/probes/rounds.js';
import type { Rendering } from '../../../tools/bench/wires.js';

const contender = (name: string, nats: Rendering = 'nats'): Contender => ({
  name,
  version: '1',
  path: name,
  runs: () => true,
  listensFor: ['nats'],
  renderings: { nats },
  command: () => [],
});

const [OURS, THEIRS, RELAY] = [contender('ours'), contender('theirs'), contender('relay', 'verbatim')];

function example(round: (round: Round) => Promise<void>): Probe {
  return probe({
    id: 'example',
    group: 'process',
    title: 'an example',
    seconds: 1,
    rounds: 2,
    quantities: () => [
      { key: 'rate', unit: 'messages/s', better: 'higher', expected: 2 },
      { key: 'memory', quantity: 'memory', unit: 'bytes', better: 'lower' },
    ],
    round,
  });
}

describe('bench: rounds of probes', () => {
  it('alternate the contenders that can run it, at most so often as it is worth', async () => {
    const order: string[] = [];
    const made = await roundsOf(
      example(async ({ contender: { name }, put }) => {
        order.push(name);
        put('rate', order.length);
        put('memory', 10 * order.length);
      }),
      [OURS, RELAY, THEIRS],
      5,
      'quick',
    );
    expect(order).to.deep.equal(['ours', 'theirs', 'ours', 'theirs']);
    expect(made).to.deep.equal([
      {
        id: 'example rate',
        group: 'process',
        title: 'an example',
        unit: 'messages/s',
        better: 'higher',
        expected: 2,
        samples: { ours: [1, 3], theirs: [2, 4] },
      },
      {
        id: 'example memory',
        group: 'process',
        title: 'an example',
        quantity: 'memory',
        unit: 'bytes',
        better: 'lower',
        samples: { ours: [10, 30], theirs: [20, 40] },
      },
    ]);
  });

  it('keep what was measured before a failure, and say why the rest is missing', async () => {
    const figures = await example(async ({ put }) => {
      put('memory', 5);
      throw new Error('it broke');
    }).measure(OURS, 'full');
    expect(figures.map(({ id, value }) => [id, value])).to.deep.equal([
      ['example rate', { failure: 'it broke' }],
      ['example memory', 5],
    ]);
  });

  it('fail where nothing was measured', async () => {
    const figures = await example(async ({ put }) => put('rate', undefined)).measure(OURS, 'full');
    expect(figures.map(({ value }) => value)).to.deep.equal([
      { failure: 'this platform does not say' },
      { failure: 'it was not measured' },
    ]);
  });

  it('tell a note once, with the figures it is about', async () => {
    const noted = example(async ({ contender: { name }, put, note }) => {
      put('rate', 1);
      note('for all');
      note('for all');
      note(`${name} was late`, 'rate');
    });
    const [rate, memory] = await roundsOf(noted, [OURS, THEIRS], 2, 'full');
    expect(rate?.notes).to.deep.equal(['for all', 'ours was late', 'theirs was late']);
    expect(memory?.notes).to.deep.equal(['for all']);
  });

  it('merge to nothing where none ran', () => {
    expect(merged({ group: 'process', title: '' }, [])).to.deep.equal([]);
  });
});

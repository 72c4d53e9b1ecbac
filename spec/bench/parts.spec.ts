import { expect } from 'chai';
import type { Contender } from '../../tools/bench/brokers.js';
import { CELLS, QUICK_CELLS } from '../../tools/bench/cells.js';
import { distinct, peerPaths } from '../../tools/bench/contenders.js';
import { type Options, parseOptions } from '../../tools/bench/options.js';
import { BUDGETS, partsOf, planOf, probeRounds, selectProbes } from '../../tools/bench/parts.js';
import { PROBES } from '../../tools/bench/probes/index.js';

const options = (...argv: readonly string[]): Options => parseOptions(argv, {}, 4);
const anything = { runs: () => true };

describe('bench: parts of a run', () => {
  it('are everything, unless something is named', () => {
    expect(partsOf(options())).to.deep.equal({
      ...{ size: 'full', cells: CELLS, probes: PROBES, curves: true, whole: true },
    });
    expect(partsOf(parseOptions([], { BENCH: 'quick' }, 4))).to.deep.equal({
      ...{ size: 'quick', cells: QUICK_CELLS, probes: PROBES, curves: false, whole: true },
    });
  });

  it('are only what is named', () => {
    const cells = partsOf(options('--cells', '1-1/16'));
    expect(cells).to.deep.include({ probes: [], curves: false, whole: false });
    expect(cells.cells.map(({ id }) => id)).to.deep.equal(['1-1/16']);
    expect(partsOf(options('--probes', 'all'))).to.deep.include({ cells: [], probes: PROBES, whole: false });
    expect(partsOf(options('--curves', '--cells', 'all'))).to.deep.include({ cells: CELLS, curves: true });
  });

  it('are named by id or by group', () => {
    const probe = (id: string, group: 'latency' | 'replies') => ({ ...PROBES[0]!, id, group });
    const probes = [probe('a', 'replies'), probe('b', 'replies'), probe('c', 'latency')];
    const chosen = (list: string): string[] => selectProbes(list, probes).map(({ id }) => id);
    expect([chosen('b'), chosen('replies'), chosen('latency, a')]).to.deep.equal([
      ['b'],
      ['a', 'b'],
      ['a', 'c'],
    ]);
    expect(() => chosen('a,d')).to.throw(RangeError, "no probe is called 'd'; there are a b c");
  });

  it('take no longer than the budget', () => {
    const plan = planOf(CELLS, [anything, anything, anything], options());
    expect(CELLS.length * 3 * (plan.rounds + 1) * plan.runSeconds).to.be.below(BUDGETS.full.cells);
    expect(plan.rounds).to.equal(5);
    expect(planOf(CELLS.slice(0, 1), [anything], options()).runSeconds).to.equal(1.5);
    expect(planOf(CELLS, [anything], options('--seconds', '2', '--rounds', '1'))).to.deep.equal({
      ...{ rounds: 1, runSeconds: 2, warmUpSeconds: 1 },
    });
  });

  it('take fewer rounds of the probes where those take long', () => {
    const probe = (seconds: number, rounds: number) => ({ seconds, rounds, runs: () => true });
    const two = [{} as Contender, {} as Contender];
    const quick = { rounds: 3, quick: true };
    expect(probeRounds([probe(1, 9)], two, quick)).to.equal(3);
    expect(probeRounds([probe(BUDGETS.quick.probes / 4, 9)], two, quick)).to.equal(2);
    expect(probeRounds([probe(BUDGETS.quick.probes / 4, 1)], two, quick)).to.equal(3);
    expect(probeRounds([probe(BUDGETS.full.probes, 9)], two, { rounds: 5, quick: false })).to.equal(1);
  });

  it('are written by default only if nothing is said', () => {
    expect([options(), options('--write'), options('--no-write')].map(({ write }) => write)).to.deep.equal([
      ...[undefined, true, false],
    ]);
    expect([options(), options('--no-relay')].map(({ relay }) => relay)).to.deep.equal([true, false]);
  });
});

describe('bench: who takes part', () => {
  const find = (name: string): string | undefined => (name === 'redis-server' ? undefined : `/bin/${name}`);

  it('is named, or else found', () => {
    expect(peerPaths(['/a', '/b'], { NATS_SERVER: '/c' }, find)).to.deep.equal(['/a', '/b']);
    expect(peerPaths([], { NATS_SERVER: '/c:/d' }, find)).to.deep.equal(['/c', '/d']);
    expect(peerPaths([], {}, find)).to.deep.equal(['/bin/nats-server']);
    expect(peerPaths([], {}, () => undefined)).to.deep.equal([]);
    expect(peerPaths([], { NATS_SERVER: '' }, (name) => name)).to.deep.equal(['nats-server', 'redis-server']);
  });

  it('has a name of its own', () => {
    expect(distinct([{ name: 'a' }, { name: 'b' }, { name: 'a' }]).map(({ name }) => name)).to.deep.equal([
      ...['a', 'b', 'a (2)'],
    ]);
  });
});

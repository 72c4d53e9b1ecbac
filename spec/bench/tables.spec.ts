import { expect } from 'chai';
import type { Figure } from '../../tools/bench/figures.js';
import { legend, provenance, remarks } from '../../tools/bench/notes.js';
import { belowExpectation, overall, overallTable } from '../../tools/bench/overall.js';
import { progressOf } from '../../tools/bench/progress.js';
import { type ResultFile, resultFile } from '../../tools/bench/results.js';
import { costTable, floorTable, groupTables } from '../../tools/bench/tables.js';
import { CONTENDERS } from '../support/bench/fixtures/run.js';

const [SLUICE, NATS, REDIS, RELAY] = ['sluice', 'nats-server 2.10.29', 'redis-server 7.0.15', 'raw relay'];
const RATE = { unit: 'messages/s', better: 'higher' } as const;

const FIGURES: readonly Figure[] = [
  {
    ...{ ...RATE, id: '1-1/16 rate', group: 'throughput', title: '1→1, 16 B', expected: 2 },
    samples: {
      [SLUICE!]: [2e6, 1.8e6, 2.2e6],
      [NATS!]: [4e5, 4e5, { failure: 'it\nbroke' }],
      [RELAY!]: [4e6, 4e6, 4e6],
    },
    notes: ['The load was the limit.'],
  },
  {
    ...{ ...RATE, id: '1-10/16 rate', group: 'fan-out', title: '1→10, 16 B', expected: 2 },
    samples: { [SLUICE!]: [1000], [NATS!]: [1000] },
    notes: ['The load was the limit.'],
  },
  {
    ...{ id: '1-1/16 cpu', group: 'throughput', title: '1→1, 16 B', quantity: 'CPU time' },
    ...{ unit: 'CPU s per million', better: 'lower', samples: { [SLUICE!]: [0.1], [NATS!]: [0.3] } },
  },
  {
    ...{ id: '1-1/16 peak', group: 'throughput', title: '1→1, 16 B', quantity: 'peak memory' },
    ...{ unit: 'bytes', better: 'lower', samples: { [SLUICE!]: [2 ** 27], [NATS!]: [] } },
  },
  {
    ...{
      id: 'latency p99',
      group: 'latency',
      title: '20,000/s',
      quantity: 'p99',
      unit: 'seconds',
      better: 'lower',
    },
    ...{ expected: 1, samples: { [SLUICE!]: [4e-4], [NATS!]: [1e-4] } },
  },
  {
    ...{ ...RATE, id: 'line-1-1/16 rate', group: 'line', title: '1→1', expected: 1 },
    samples: { [SLUICE!]: [300], [REDIS!]: [{ failure: 'no' }] },
  },
];
const PLAN = { rounds: 3, runSeconds: 0.5, loadProcesses: 1, size: 'full' } as const;
const run = (figures: readonly Figure[]): ResultFile => resultFile(CONTENDERS, PLAN, figures, []);
const FILE = run(FIGURES);
const lines = (text: string | undefined): string[] =>
  (text ?? '').split('\n').map((line) => line.replace(/ +/g, ' '));

describe('bench: tables', () => {
  it('has one a group, in their order, with the peers that ran in it', () => {
    const tables = groupTables(FILE).map(lines);
    expect(tables.map(([heading]) => heading)).to.deep.equal([
      '### Throughput',
      '### Fan-out',
      '### Latency',
      '### Line dialect, against Redis pub/sub',
    ]);
    expect(tables[0]!.slice(2)).to.deep.equal([
      '| messages/s | sluice | nats-server 2.10.29 | ratio | expected |',
      tables[0]![3],
      '| 1→1, 16 B | 2.00 M/s ±10 % | 400 k/s ±0 % | 4.75× | ≥ 2.00× |',
    ]);
    expect(tables[1]!.at(-1)).to.equal('| 1→10, 16 B | 1.00 k/s ±0 % | 1.00 k/s ±0 % | 1.00× ▼ | ≥ 2.00× |');
    expect(tables[2]!.at(-1)).to.equal('| 20,000/s: p99 | 400 µs ±0 % | 100 µs ±0 % | 4.00× ▼ | ≤ 1.00× |');
    expect(tables[3]!.at(-1)).to.equal('| 1→1 | 300 /s ±0 % | failed | – | ≥ 1.00× |');
  });

  it('has CPU time and memory apart, and only those', () => {
    expect(lines(costTable(FILE)).slice(-2)).to.deep.equal([
      '| **Throughput** | | | | |',
      '| 1→1, 16 B | 0.100 | 128 MiB | 0.300 | |',
    ]);
    expect(costTable(run(FIGURES.filter(({ group }) => group === 'latency')))).to.equal(undefined);
  });

  it('compares with the relay, of which nothing is expected', () => {
    expect(lines(floorTable(FILE)).slice(2)).to.deep.equal([
      '| Throughput: 1→1, 16 B | 2.00 M/s ±10 % | 4.00 M/s ±0 % | 0.50× |',
    ]);
    expect(floorTable(run(FIGURES.slice(1)))).to.equal(undefined);
  });

  it('turns ratios round where less is better', () => {
    const [only, ...more] = overall(FILE);
    expect(more).to.deep.equal([]);
    expect(only).to.include({ peer: NATS, cells: 3, ahead: 1, asExpected: 1, below: 2 });
    expect(only?.geometricMean).to.be.closeTo((4.75 * 1 * 0.25) ** (1 / 3), 1e-9);
  });

  it('adds all up where several peers have figures', () => {
    const line: Figure = { ...FIGURES[5]!, samples: { [SLUICE!]: [300], [REDIS!]: [100] } };
    const all = overall(run([...FIGURES.slice(0, 5), line]));
    expect(all.map(({ peer, cells }) => [peer, cells])).to.deep.equal([
      [NATS, 3],
      [REDIS, 1],
      [undefined, 4],
    ]);
    expect(overallTable(run(FIGURES.slice(2, 4)))).to.equal(undefined);
  });

  it('lists what is below expectation, the worst first', () => {
    expect(belowExpectation(FILE).split('\n')).to.deep.equal([
      '- 20,000/s: p99 (`latency p99`), nats-server 2.10.29: 4.00×, expected ≤ 1.00×',
      '- 1→10, 16 B (`1-10/16 rate`), nats-server 2.10.29: 1.00×, expected ≥ 2.00×',
    ]);
    expect(belowExpectation(run(FIGURES.slice(0, 1)))).to.equal('None.');
  });

  it('says what failed and what should be known', () => {
    expect(remarks(FILE)!.split('\n')).to.deep.equal([
      '- FAILED 1-1/16 rate, nats-server 2.10.29: it / broke',
      '- FAILED line-1-1/16 rate, redis-server 7.0.15: no',
      '- The load was the limit. (`1-1/16 rate`, `1-10/16 rate`)',
    ]);
    expect(remarks(run([FIGURES[2]!]))).to.equal(undefined);
    expect(provenance(FILE)).to.include('nats-server 2.10.29, redis-server 7.0.15, raw relay v20');
    expect(legend(FILE)).to.include('Medians of 3 alternating rounds,').and.to.include('from 1 process over');
  });

  it('prints a cell while the bench runs', () => {
    const names = CONTENDERS.map(({ name }) => name);
    expect(progressOf(FIGURES.slice(0, 4), names, [NATS!, REDIS!]).split('\n')).to.deep.equal([
      '1-1/16 rate: sluice 2.00 M/s ±10 %, nats-server 2.10.29 400 k/s ±0 % (4.75×), raw relay 4.00 M/s ±0 % (0.50×), expected ≥ 2.00×',
      '    FAILED nats-server 2.10.29: it',
      'broke',
      '    The load was the limit.',
      '1-10/16 rate: sluice 1.00 k/s ±0 %, nats-server 2.10.29 1.00 k/s ±0 % (1.00× ▼), expected ≥ 2.00×',
      '    The load was the limit.',
      '    sluice 0.100 CPU s per million, 128 MiB; nats-server 2.10.29 0.300 CPU s per million',
    ]);
  });
});

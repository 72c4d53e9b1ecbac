import { expect } from 'chai';
import { selectCells } from '../../tools/bench/cells.js';
import { shares } from '../../tools/bench/fleet.js';
import {
  parseCpuSeconds,
  parseMachineTimes,
  parsePeakBytes,
  parseRunSeconds,
} from '../../tools/bench/procfs.js';
import { hottest } from '../../tools/bench/profile.js';
import { geometricMean, median, pairedRatio, spread } from '../../tools/bench/stats.js';

describe('bench: statistics', () => {
  it('takes the median and leaves its input alone', () => {
    const values = [10, 9, 2];
    expect([median(values), median([1, 2, 3, 10]), median([5]), median([])]).to.deep.equal([
      9,
      2.5,
      5,
      undefined,
    ]);
    expect(values).to.deep.equal([10, 9, 2]);
  });

  it('takes the spread relative to the median', () => {
    expect([spread([9, 10, 11]), spread([5]), spread([])]).to.deep.equal([0.2, 0, undefined]);
  });

  it('pairs ratios by round and leaves failed rounds out', () => {
    expect(pairedRatio([2, 8, undefined, 3], [1, 2, 5, 1])).to.equal(3);
    expect(pairedRatio([undefined], [1])).to.equal(undefined);
    expect(pairedRatio([1], [])).to.equal(undefined);
  });

  it('takes the geometric mean', () => {
    expect(geometricMean([2, 8])).to.be.closeTo(4, 1e-9);
    expect(geometricMean([])).to.equal(undefined);
  });
});

describe('bench: what the kernel and V8 say', () => {
  it('reads /proc/PID/stat whatever the program is called', () => {
    const stat = '4711 (we ) ird (name) S 1 4711 4711 0 -1 4194560 1 0 0 0 250 75 9 9 20 0 11 0 100 1 1';
    expect(parseCpuSeconds(stat)).to.equal(3.25);
    expect(parseCpuSeconds('')).to.equal(undefined);
  });

  it("reads the scheduler's books", () => {
    expect(parseRunSeconds('2500000000 17 3\n')).to.equal(2.5);
    expect(parseRunSeconds('')).to.equal(undefined);
  });

  it('reads /proc/PID/status', () => {
    expect(parsePeakBytes('VmPeak:\t  99 kB\nVmHWM:\t   2048 kB\nVmRSS:\t 1 kB\n')).to.equal(2 * 2 ** 20);
    expect(parsePeakBytes('Name:\tkthread\n')).to.equal(undefined);
  });

  it('reads /proc/stat', () => {
    const text = 'cpu  100 20 30 9999 9999 4 5 6 0 0\ncpu0 1 1 1 1\n';
    expect(parseMachineTimes(text)).to.deep.equal({ busy: 1.59, stolen: 0.06 });
    expect(parseMachineTimes('')).to.equal(undefined);
  });

  it('ranks the functions of a profile by their own time', () => {
    const node = (id: number, functionName: string, url: string) => ({
      id,
      callFrame: { functionName, url, lineNumber: 9 },
    });
    const nodes = [node(1, 'parse', 'file:///a/parser.js'), node(2, '', 'node:net'), node(3, '(idle)', '')];
    const profile = { nodes, samples: [1, 2, 3, 1], timeDeltas: [100, 100, 1000, 200] };
    expect(hottest(profile, 5)).to.deep.equal([
      { name: 'parse parser.js:10', share: 0.75 },
      { name: '(anonymous) node:net:10', share: 0.25 },
    ]);
    expect(hottest(profile, 1)).to.have.length(1);
  });
});

describe('bench: who does what in the load', () => {
  const cell = selectCells('1-10/16')[0]!;

  it('lets one process do everything', () => {
    expect(shares(cell, 1)).to.deep.equal([{ publishers: [0], subscribers: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }]);
  });

  it('shares the receivers out, each to one', () => {
    const [publishing, ...receiving] = shares(cell, 4);
    expect(publishing).to.deep.equal({ publishers: [0], subscribers: [] });
    const all = receiving.flatMap(({ subscribers }) => subscribers);
    expect(receiving).to.have.length(3);
    expect([...all].sort((a, b) => a - b)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('leaves queue groups whole', () => {
    const members = (id: string) => shares(selectCells(id)[0]!, 3).map(({ subscribers }) => subscribers);
    expect(members('queue-1-10/16')).to.deep.equal([[], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]);
    expect(members('queue3-1-9/16')).to.deep.equal([[], [0, 2, 3, 5, 6, 8], [1, 4, 7]]);
  });

  it('has no idle process', () => {
    expect(shares(selectCells('1-0/16')[0]!, 3)).to.deep.equal([{ publishers: [0], subscribers: [] }]);
    expect(shares(selectCells('1-1/16')[0]!, 3)).to.have.length(2);
  });
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { documents, PAGE, PICTURES, README } from '../../tools/bench/documents.js';
import { LEAF_CHART } from '../../tools/bench/leaf-page.js';
import { handWritten } from '../../tools/bench/markdown.js';
import { type ResultFile, serialize } from '../../tools/bench/results.js';
import { fixedRun } from '../support/bench/fixtures/run.js';

const read = (path: string): string => readFileSync(path, 'utf8');
const LATEST = JSON.parse(read('tools/bench/results/latest.json')) as ResultFile;
const EMPTY = ['figures', 'growth', 'floor', 'summary']
  .map((name) => `<!-- bench-${name}:begin -->\n<!-- bench-${name}:end -->\n`)
  .join('by hand\n');

describe('bench: documents', () => {
  const made = documents(LATEST, read);

  for (const [path, content] of made) {
    it(`${path} is what tools/bench/results/latest.json says; if not: make bench-docs`, () => {
      expect(existsSync(path)).to.equal(true);
      expect(read(path)).to.equal(content);
    });
  }

  it('has no picture that is not of this run', () => {
    const others = [`${PICTURES}/${LEAF_CHART}`]; // of a run of its own
    const pictures = [...made.keys()].filter((path) => path.startsWith(`${PICTURES}/`)).concat(others);
    expect(readdirSync(PICTURES).map((name) => `${PICTURES}/${name}`)).to.have.members(pictures);
  });

  for (const path of [PAGE, README]) {
    it(`${path} has no ratio and no rate by hand that the made parts do not have`, () => {
      const figures = (text: string): string[] => text.match(/\d+(?:\.\d+)?(?: [Mk](?:\/s)?\b|×)/g) ?? [];
      const all = new Set(
        figures(
          [...made.values()]
            .slice(0, 2)
            .join('\n')
            .replaceAll(handWritten(read(path)), ''),
        ),
      );
      expect(figures('1.82× and 3.81 M/s, 12 k')).to.deep.equal(['1.82×', '3.81 M/s', '12 k']);
      expect(figures(handWritten(read(path))).filter((figure) => !all.has(figure))).to.deep.equal([]);
    });
  }

  it('keeps what was written by hand', () => {
    const all = documents(fixedRun(), () => EMPTY);
    expect(handWritten(all.get(PAGE)!)).to.equal(handWritten(EMPTY));
    expect(all.get(PAGE)!.match(/by hand/g)).to.have.length(3);
  });

  it('shows every picture that it makes', () => {
    const all = documents(fixedRun(), () => EMPTY);
    for (const path of all.keys()) {
      if (path.startsWith(PICTURES)) expect(all.get(PAGE)).to.include(path.slice('docs/'.length));
    }
    expect(all.get(README)).to.include('](docs/bench/ratios.svg)');
  });

  it('says in the README how it comes out against each peer', () => {
    const text = documents(fixedRun(), () => EMPTY).get(README);
    expect(text).to.match(
      /: \d\.\d\d× against nats-server 2\.10\.29 \(\d+ cells, .* and \d\.\d\d× against redis/,
    );
  });

  it('does with a run without peers, growth and relay', () => {
    const run = fixedRun();
    const alone = { ...run, contenders: run.contenders.slice(0, 1), curves: [] };
    const figures = run.figures.map((figure) => ({
      ...figure,
      summary: { of: figure.summary.of, ratios: {} },
    }));
    const all = documents({ ...alone, figures }, () => EMPTY);
    expect(all.get(README)).to.include('No peer was measured.');
    expect(all.get(PAGE)!.match(/Not measured in this run\./g)).to.have.length(2);
  });

  it('stores a run in a file that can be read, with as many digits as it is worth', () => {
    const stored = JSON.parse(serialize(fixedRun())) as ResultFile;
    expect(stored.figures.map(({ id }) => id)).to.deep.equal(fixedRun().figures.map(({ id }) => id));
    const [first] = stored.figures;
    expect(serialize(fixedRun())).to.include(`[${Object.values(first!.samples)[0]!.join(', ')}]`);
    expect(serialize(stored)).to.equal(serialize(fixedRun()));
  });
});

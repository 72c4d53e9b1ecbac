import { expect } from 'chai';
import { charts, curveFile } from '../../tools/bench/charts/index.js';
import { ink, style } from '../../tools/bench/charts/theme.js';
import { CONTENDERS, fixedRun } from '../support/bench/fixtures/run.js';

/** The texts that stand in a picture. */
function texts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);
}

function colours(svg: string): Set<string> {
  const drawn = svg.slice(svg.indexOf('</style>')).replace(/<clipPath[\s\S]*?<\/clipPath>/g, '');
  return new Set([...drawn.matchAll(/(?:fill|stroke)="([^"]+)"/g)].map(([, colour]) => colour!));
}

describe('bench: charts', () => {
  const all = charts(fixedRun());
  const find = (name: string): string => all.find((chart) => chart.name === name)!.svg;

  it('has one of the ratios, one of the rates, one of latency, and one a curve', () => {
    expect(all.map(({ name }) => name)).to.deep.equal([
      'ratios.svg',
      'throughput.svg',
      'latency.svg',
      'fan-out-log.svg',
      'fan-out-linear.svg',
    ]);
    expect(curveFile({ id: 'a b/c' })).to.equal('a-b-c.svg');
  });

  it('draws the same text every time, in whatever order', () => {
    const again = charts(fixedRun());
    expect(again).to.deep.equal(all);
  });

  it('draws in no colour that has no twin for dark themes', () => {
    const known = Object.values(ink);
    for (const { name, svg } of all) {
      const odd = [...colours(svg)].filter((colour) => ![...known, 'none', 'transparent'].includes(colour));
      expect(odd, name).to.deep.equal([]);
    }
    for (const colour of known) expect(style()).to.include(`[fill="${colour}"] { fill: #`);
  });

  it('is well-formed, scales, and says what it shows', () => {
    for (const { svg, about } of all) {
      expect(svg).to.match(
        /^<svg xmlns="[^"]+" xmlns:xlink="[^"]+" viewBox="0 0 \d+ \d+" role="img" aria-label="/,
      );
      expect(svg)
        .to.include('prefers-color-scheme: dark')
        .and.not.to.match(/NaN|undefined|Infinity/);
      const opened = svg.match(/<[a-z][^>]*[^/]>/gi) ?? [];
      expect(opened.length).to.equal(svg.match(/<\//g)?.length);
      expect(about).to.have.length.above(20);
    }
  });

  it('names every cell that was compared, its group and its ratio', () => {
    const run = fixedRun();
    const shown = texts(find('ratios.svg'));
    const compared = run.figures.filter(
      ({ unit, summary }) =>
        unit.endsWith('/s') && Object.keys(summary.ratios).some((name) => name !== 'raw relay'),
    );
    expect(compared).to.have.length.above(20);
    for (const { title } of compared) expect(shown).to.include(title);
    expect(shown).to.include.members(['Throughput', 'TLS', '1×', 'expected']);
    expect(shown.filter((text) => /^\d+\.\d\d×$/.test(text))).to.have.length(compared.length);
  });

  it('does without what was not measured', () => {
    const alone = charts({ ...fixedRun(CONTENDERS.slice(0, 1)), curves: [] });
    expect(alone.map(({ name }) => name)).to.deep.equal(['throughput.svg', 'latency.svg']);
    expect(charts({ ...fixedRun(), figures: [], curves: [] })).to.deep.equal([]);
  });
});

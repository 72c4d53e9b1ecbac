/** What passes over a leaf link, of a run of `--leaf`: tables and a chart for docs/scale-out.md. */

import { draw } from './charts/draw.js';
import { type Chart, RATIOS } from './charts/index.js';
import { ratioChart } from './charts/ratios.js';
import { table } from './markdown.js';
import { provenance, remarks } from './notes.js';
import { namesOf, type ReportedFigure, type ResultFile } from './results.js';
import { pairedRatio } from './stats.js';
import { isFailure, verdict } from './summary.js';
import { BELOW, expectation, labelOf } from './tables.js';
import { digits, NONE, quantity, times } from './units.js';

export const LEAF_PAGE = 'docs/scale-out.md';
export const LEAF_CHART = `leaf-${RATIOS}`;

function samplesOf({ samples }: ReportedFigure, name: string): readonly (number | undefined)[] {
  return (samples[name] ?? []).map((sample) => (isFailure(sample) ? undefined : sample));
}

/** The median of the rounds' ratios of one contender over another. */
function ratioOf(figure: ReportedFigure, name: string, other: string): number | undefined {
  return pairedRatio(samplesOf(figure, name), samplesOf(figure, other));
}

/** Those of the names that have samples in one of the figures. */
function present(names: readonly string[], figures: readonly ReportedFigure[]): readonly string[] {
  return names.filter((name) => figures.some(({ samples }) => samples[name] !== undefined));
}

function shown(figure: ReportedFigure, name: string): string {
  return quantity(figure.summary.of[name]?.median, figure.unit);
}

function ratioText(ratio: number | undefined): string {
  return ratio === undefined ? NONE : times(ratio);
}

function judged(figure: ReportedFigure, ratio: number | undefined): string {
  if (ratio === undefined) return NONE;
  return `${times(ratio)}${verdict(figure, ratio).asExpected === false ? ` ${BELOW}` : ''}`;
}

/**
 * A row for each rate: of every pair of servers, and how it compares with the last one, which is what others do; and of a hub that
 * is fed what a leaf would send it, which is the most that any leaf could reach with that hub.
 */
function rates(file: ResultFile): string {
  const figures = file.figures.filter(({ id, group }) => group === 'leaf' && id.endsWith(' rate'));
  const pairs = present(namesOf(file, 'subject'), figures);
  const [peer = ''] = namesOf(file, 'peer');
  const floors = present(namesOf(file, 'floor'), figures);
  const compared = (names: readonly string[]) => names.flatMap((name) => [name, 'ratio']);
  const header = ['', ...compared(pairs), peer, ...compared(floors), 'expected'];
  const rows = figures.map((figure) => [
    labelOf(figure),
    ...pairs.flatMap((name) => [shown(figure, name), judged(figure, ratioOf(figure, name, peer))]),
    shown(figure, peer),
    ...floors.flatMap((name) => [shown(figure, name), ratioText(ratioOf(figure, name, peer))]),
    expectation(figure),
  ]);
  return table(header, rows);
}

/** CPU seconds for a million messages are microseconds for one: of both servers, and of the publishing and the receiving one. */
function costs(file: ResultFile): string {
  const names = present(
    namesOf(file, 'subject', 'peer', 'floor'),
    file.figures.filter(({ group }) => group === 'leaf'),
  );
  const figures = new Map(file.figures.map((figure) => [figure.id, figure]));
  const rows = file.figures
    .filter(({ id, group }) => group === 'leaf' && id.endsWith(' cpu'))
    .map((both) => [
      both.title,
      ...names.map(
        (name) =>
          ['', '-publishing', '-receiving']
            .flatMap((side) => figures.get(`${both.id}${side}`)?.summary.of[name]?.median ?? [])
            .map(digits)
            .map((text, n) => (n === 0 ? text : n === 1 ? ` = ${text}` : ` + ${text}`))
            .join('') || NONE,
      ),
    ]);
  return table(['', ...names], rows);
}

/** What an idle link costs what passes by it. */
function besides(file: ResultFile): string {
  const figures = file.figures.filter(({ id, group }) => group === 'leaf-idle' && id.endsWith(' rate'));
  const [linked = '', alone = ''] = present(namesOf(file, 'subject'), figures);
  const rows = figures.map((figure) => [
    figure.title,
    shown(figure, linked),
    shown(figure, alone),
    judged(figure, ratioOf(figure, linked, alone)),
    expectation(figure),
  ]);
  return table(['', linked, alone, 'ratio', 'expected'], rows);
}

/** All rates over a link as one run, in which each pair of servers is a contender of its own cells. */
function charted(file: ResultFile): ResultFile {
  const [peer = ''] = namesOf(file, 'peer');
  const figures = file.figures.filter(({ id, group }) => group === 'leaf' && id.endsWith(' rate'));
  const pairs = present(namesOf(file, 'subject'), figures);
  return {
    ...file,
    contenders: [
      { name: 'the pair', version: '', role: 'subject' },
      { name: peer, version: '', role: 'peer' },
    ],
    figures: pairs.flatMap((name, n) =>
      figures.flatMap((figure): readonly ReportedFigure[] => {
        const ratio = ratioOf(figure, name, peer);
        if (ratio === undefined) return [];
        const samples = { 'the pair': figure.samples[name] ?? [], [peer]: figure.samples[peer] ?? [] };
        const summary = { ...figure.summary, ratios: { [peer]: ratio } };
        return [{ ...figure, group: n === 0 ? 'leaf' : 'leaf-peer', samples, summary }];
      }),
    ),
  };
}

/** The ratios of all rates over a link; absent where there are none. */
export function leafChart(file: ResultFile): Chart | undefined {
  const drawing = ratioChart(charted(file));
  return drawing === undefined ? undefined : { name: LEAF_CHART, about: drawing.about, svg: draw(drawing) };
}

/**
 * The tables, with where and how they were measured.
 * @param pictures the folder of the chart; undefined: without it
 */
export function leafPart(file: ResultFile, pictures?: string): string {
  const { rounds, runSeconds } = file.plan;
  const chart = pictures === undefined ? undefined : leafChart(file);
  const pairs = file.contenders.filter(({ name }) => name.includes(' – '));
  return [
    `${provenance({ ...file, contenders: pairs })} The leaf comes first. Medians of ${rounds} alternating rounds of about ${runSeconds.toFixed(1)} s.`,
    'Messages published a second:',
    rates(file),
    chart && `![${chart.about}](${pictures}/${chart.name})`,
    'CPU time of both servers for each message delivered, in microseconds, that of the publishing server first:',
    costs(file),
    'Clients of one server, beside a link that nothing passes over:',
    besides(file),
    remarks(file),
  ]
    .filter((part) => part !== undefined)
    .join('\n\n');
}

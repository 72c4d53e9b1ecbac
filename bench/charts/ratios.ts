/** The ratio to each peer of every rate, by group, on a log axis: where sluice is ahead, and where it should be. */
import type { CustomSeriesRenderItem, CustomSeriesRenderItemReturn } from 'echarts';
import { GROUPS, type Group } from '../figures.js';
import { namesOf, type ReportedFigure, type ResultFile } from '../results.js';
import { verdict } from '../summary.js';
import { labelOf } from '../tables.js';
import { times } from '../units.js';
import type { Drawing } from './draw.js';
import { type Entry, legend, type Mark, shapeAt } from './legend.js';
import { ink } from './theme.js';

const WIDTH = 900;
const ROW = 17;
const TOP = 62;
const BOTTOM = 12;
const LABELS = 172;
const GAP = 18;
const NUMBERS = 46;
const SMALL = '11px system-ui, sans-serif';
const COLUMN = (WIDTH - GAP) / 2;

/** A line of the picture: the heading of a group, or a figure. */
type Row = { readonly heading: string } | { readonly figure: ReportedFigure };

/** Whether it is shown: everything counted per second that was compared with a peer. */
function isRate(file: ResultFile, { unit, summary }: ReportedFigure): boolean {
  return unit.endsWith('/s') && namesOf(file, 'peer').some((peer) => summary.ratios[peer] !== undefined);
}

function rowsOf(figures: readonly ReportedFigure[]): readonly (readonly Row[])[] {
  return (Object.keys(GROUPS) as Group[]).flatMap((group) => {
    const own = figures.filter((figure) => figure.group === group);
    return own.length === 0 ? [] : [[{ heading: GROUPS[group] }, ...own.map((figure) => ({ figure }))]];
  });
}

/** Groups in two columns of about the same height, in order. */
function inColumns(groups: readonly (readonly Row[])[]): readonly [readonly Row[], readonly Row[]] {
  const total = groups.flat().length;
  let best = groups.length;
  let least = total;
  for (let cut = 1; cut <= groups.length; cut++) {
    const taller = Math.max(groups.slice(0, cut).flat().length, groups.slice(cut).flat().length);
    if (taller < least) [best, least] = [cut, taller];
  }
  return [groups.slice(0, best).flat(), groups.slice(best).flat()];
}

const SHAPES = ['circle', 'diamond', 'square'] as const;

function shapeOf(peers: readonly string[], peer: string): Mark['shape'] {
  return SHAPES[peers.indexOf(peer) % SHAPES.length] ?? 'circle';
}

function markOf(figure: ReportedFigure, peers: readonly string[], peer: string): Mark {
  const { asExpected } = verdict(figure, figure.summary.ratios[peer] ?? 1);
  const colour = asExpected === undefined ? ink.strong : asExpected ? ink.subject : ink.below;
  return { shape: shapeOf(peers, peer), colour };
}

/** Whole powers of two that hold all ratios and expectations, as their logarithms. */
function rangeOf(figures: readonly ReportedFigure[], peers: readonly string[]): readonly [number, number] {
  const all = figures.flatMap(({ expected = 1, summary }) => [
    expected,
    ...peers.flatMap((peer) => summary.ratios[peer] ?? []),
  ]);
  const logs = all.filter((ratio) => ratio > 0).map(Math.log2);
  return [Math.floor(Math.min(-1, ...logs) - 0.05), Math.ceil(Math.max(1, ...logs) + 0.05)];
}

/** Draws one figure: a line from 1× to its worst ratio, the ratios, and where they should be. */
function rowItem(figure: ReportedFigure, peers: readonly string[]): CustomSeriesRenderItem {
  const ratios = peers.flatMap((peer) => {
    const ratio = figure.summary.ratios[peer];
    return ratio === undefined ? [] : [{ ratio, mark: markOf(figure, peers, peer) }];
  });
  return (_params, api) => {
    const row = api.value(1) as number;
    const xOf = (ratio: number): number => api.coord([Math.log2(ratio), row])[0] ?? 0;
    const y = api.coord([0, row])[1] ?? 0;
    const ends = ratios.map(({ ratio }) => xOf(ratio));
    const [from, to] = [Math.min(xOf(1), ...ends), Math.max(xOf(1), ...ends)];
    const line = {
      type: 'rect',
      shape: { x: from, y: y - 1, width: to - from, height: 2 },
      style: { fill: ink.line },
    };
    const { expected } = figure;
    const tick =
      expected === undefined ? [] : [shapeAt({ shape: 'tick', colour: ink.expected }, xOf(expected), y)];
    const marks = ratios.map(({ ratio, mark }) => shapeAt(mark, xOf(ratio), y));
    return { type: 'group', children: [line, ...tick, ...marks] } as CustomSeriesRenderItemReturn;
  };
}

/** The chart of all ratios. Absent where there are none. */
export function ratioChart(file: ResultFile): Drawing | undefined {
  const figures = file.figures.filter((figure) => isRate(file, figure));
  const peers = namesOf(file, 'peer').filter((peer) =>
    figures.some(({ summary }) => summary.ratios[peer] !== undefined),
  );
  if (figures.length === 0) return undefined;
  const columns = inColumns(rowsOf(figures)).filter((rows) => rows.length > 0);
  const [min, max] = rangeOf(figures, peers);
  const rowCount = Math.max(...columns.map((rows) => rows.length));
  const height = TOP + rowCount * ROW + BOTTOM;
  const place = (column: number): { left: number; top: number; width: number; height: number } => ({
    left: column * (COLUMN + GAP) + LABELS,
    top: TOP,
    width: COLUMN - LABELS - NUMBERS,
    height: (columns[column]?.length ?? 0) * ROW,
  });
  const numbers = columns.flatMap((rows, column) =>
    rows.flatMap((row, n) => {
      if (!('figure' in row)) return [];
      const worst = Math.min(...peers.flatMap((peer) => row.figure.summary.ratios[peer] ?? []));
      const { left, width } = place(column);
      const style = {
        text: times(worst),
        ...{
          x: left + width + NUMBERS - 2,
          y: TOP + (n + 0.5) * ROW,
          align: 'right',
          verticalAlign: 'middle',
        },
        ...{ fill: verdict(row.figure, worst).asExpected === false ? ink.below : ink.faint, font: SMALL },
      };
      return [{ type: 'text', style, silent: true }];
    }),
  );
  const entries: readonly Entry[] = [
    ...peers.map((peer) => ({ shape: shapeOf(peers, peer), colour: ink.subject, text: `sluice ÷ ${peer}` })),
    { shape: 'tick', colour: ink.expected, text: 'expected' },
    { shape: 'circle', colour: ink.below, text: 'below expectation' },
  ];
  return {
    about: `How many times as fast as its peers sluice is, cell by cell: ${figures.length} cells by group, with what is expected of each`,
    width: WIDTH,
    height,
    option: {
      graphic: { elements: [...legend(entries, 8, 14), ...numbers] },
      grid: columns.map((_, column) => place(column)),
      xAxis: columns.map((_, gridIndex) => ({
        ...{ type: 'value', gridIndex, position: 'top', min, max, interval: 1, axisLine: { show: false } },
        axisTick: { show: false },
        axisLabel: {
          formatter: (log: number) => `${2 ** log}×`,
          color: ink.faint,
          fontSize: 11,
          hideOverlap: true,
        },
        splitLine: { lineStyle: { color: ink.line } },
      })),
      yAxis: columns.map((rows, gridIndex) => ({
        ...{
          type: 'category',
          gridIndex,
          inverse: true,
          axisLine: { show: false },
          axisTick: { show: false },
        },
        data: rows.map((row) => ('heading' in row ? `{heading|${row.heading}}` : labelOf(row.figure))),
        axisLabel: {
          ...{
            color: ink.text,
            fontSize: 11,
            interval: 0,
            margin: 8,
            width: LABELS - 12,
            overflow: 'truncate',
          },
          rich: { heading: { fontWeight: 'bold', fontSize: 12, color: ink.text } },
        },
      })),
      series: columns.flatMap((rows, column) => [
        {
          ...{ type: 'line', xAxisIndex: column, yAxisIndex: column, silent: true, symbol: 'none' },
          data: [
            [0, 0],
            [0, rows.length - 1],
          ],
          lineStyle: { color: ink.strong, width: 1.5 },
        },
        ...rows.flatMap((row, n) =>
          'heading' in row
            ? []
            : [
                {
                  ...{ type: 'custom', xAxisIndex: column, yAxisIndex: column, silent: true, data: [[0, n]] },
                  renderItem: rowItem(row.figure, peers),
                },
              ],
        ),
      ]),
    },
  };
}

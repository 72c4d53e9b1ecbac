/** Figures one below the other under the headings of their groups, in two columns that share a scale. */
import type { CustomSeriesRenderItem, CustomSeriesRenderItemReturn } from 'echarts';
import { GROUPS, type Group } from '../figures.js';
import type { ReportedFigure } from '../results.js';
import { labelOf } from '../tables.js';
import type { Drawing } from './draw.js';
import { type Entry, legend } from './legend.js';
import { BOLD_FONT, ink, SMALL_FONT } from './theme.js';

const WIDTH = 1000;
const TOP = 56;
const BOTTOM = 6;
const GAP = 28;
const NUMBERS = 50;
/** About what a letter of a label takes, and the most that all of them get, in pixels. */
const LETTER = 6.1;
const MOST_LABEL = 300;

/** A line of the picture: the heading of a group, or a figure. */
type Row = { readonly heading: string } | { readonly figure: ReportedFigure; readonly label: string };

/** What a column does with a figure. */
export interface Rows {
  readonly about: string;
  readonly figures: readonly ReportedFigure[];
  readonly entries: readonly Entry[];
  readonly rowHeight: number;
  /** Ends of the scale, and where its one strong line is. */
  readonly scale: { readonly min: number; readonly max: number; readonly strong?: number };
  readonly tick: (value: number) => string;
  /** Elements of a figure's row whose middle is at `y`; `xOf` goes from the scale to pixels. */
  readonly draw: (figure: ReportedFigure, xOf: (value: number) => number, y: number) => readonly object[];
  /** What stands to the right of it. */
  readonly number: (figure: ReportedFigure) => { readonly text: string; readonly colour: string };
}

/** Where a group is one cell with several quantities, its name is part of the heading. */
function groupRows(group: Group, figures: readonly ReportedFigure[]): readonly Row[] {
  const [first] = figures;
  const oneCell =
    figures.length > 1 &&
    figures.every(({ title, quantity }) => title === first?.title && quantity !== undefined);
  const heading = oneCell ? `${GROUPS[group]}: ${first?.title}` : GROUPS[group];
  const labelled = figures.map((figure) => ({
    figure,
    label: (oneCell ? figure.quantity : undefined) ?? labelOf(figure),
  }));
  return [{ heading }, ...labelled];
}

function rowsOf(figures: readonly ReportedFigure[]): readonly (readonly Row[])[] {
  return (Object.keys(GROUPS) as Group[]).flatMap((group) => {
    const own = figures.filter((figure) => figure.group === group);
    return own.length === 0 ? [] : [groupRows(group, own)];
  });
}

/** Groups in two columns of about the same height, in order; in one where there is but one group. */
function inColumns(groups: readonly (readonly Row[])[]): readonly (readonly Row[])[] {
  const tallerOf = (cut: number): number =>
    Math.max(groups.slice(0, cut).flat().length, groups.slice(cut).flat().length);
  const cuts = groups.map((_, n) => n + 1);
  const best = cuts.reduce((a, b) => (tallerOf(b) < tallerOf(a) ? b : a), groups.length);
  return [groups.slice(0, best).flat(), groups.slice(best).flat()].filter((rows) => rows.length > 0);
}

function labelWidth(rows: readonly Row[]): number {
  const letters = rows.map((row) => ('figure' in row ? row.label.length : 0));
  return Math.min(MOST_LABEL, Math.max(...letters) * LETTER + 14);
}

function item(figure: ReportedFigure, draw: Rows['draw']): CustomSeriesRenderItem {
  return (_params, api) => {
    const at = (value: number): readonly number[] => api.coord([value, api.value(1)]);
    const children = draw(figure, (value) => at(value)[0] ?? 0, at(0)[1] ?? 0);
    return { type: 'group', children } as CustomSeriesRenderItemReturn;
  };
}

/** The picture; its scale has a line at every whole number. */
export function rowsDrawing({ figures, rowHeight, scale, ...rest }: Rows): Drawing {
  const columns = inColumns(rowsOf(figures));
  const height = TOP + Math.max(...columns.map((rows) => rows.length)) * rowHeight + BOTTOM;
  const labelWidths = columns.map(labelWidth);
  const besides = labelWidths.reduce((sum, width) => sum + width + NUMBERS + GAP, -GAP);
  const width = (WIDTH - besides) / columns.length;
  const lefts = columns.map((_, n) =>
    labelWidths.slice(0, n).reduce((sum, labels) => sum + labels + width + NUMBERS + GAP, 0),
  );
  const places = columns.map((rows, n) => ({
    ...{ left: (lefts[n] ?? 0) + (labelWidths[n] ?? 0), top: TOP },
    ...{ width, height: rows.length * rowHeight },
  }));
  const texts = columns.flatMap((rows, column) => {
    const x = (places[column]?.left ?? 0) + width + NUMBERS - 2;
    return rows.flatMap((row, n) => {
      const y = TOP + (n + 0.5) * rowHeight;
      const common = { y, verticalAlign: 'middle' };
      if ('heading' in row) {
        const style = {
          ...common,
          text: row.heading,
          x: (lefts[column] ?? 0) + 2,
          fill: ink.text,
          font: BOLD_FONT,
        };
        return [{ type: 'text', silent: true, style }];
      }
      const { text, colour } = rest.number(row.figure);
      const style = { ...common, text, x, align: 'right', fill: colour, font: SMALL_FONT };
      return [{ type: 'text', silent: true, style }];
    });
  });
  const quiet = { axisLine: { show: false }, axisTick: { show: false } };
  return {
    about: rest.about,
    width: WIDTH,
    height,
    option: {
      graphic: { elements: [...legend(rest.entries, 6, 12), ...texts] },
      grid: places,
      xAxis: columns.map((_, gridIndex) => ({
        ...{
          ...quiet,
          type: 'value',
          gridIndex,
          position: 'top',
          min: scale.min,
          max: scale.max,
          interval: 1,
        },
        axisLabel: { formatter: rest.tick, color: ink.faint, fontSize: 11, hideOverlap: true, margin: 4 },
        splitLine: { lineStyle: { color: ink.line } },
      })),
      yAxis: columns.map((rows, gridIndex) => ({
        ...{ ...quiet, type: 'category', gridIndex, inverse: true, splitLine: { show: false } },
        data: rows.map((row) => ('heading' in row ? '' : row.label)),
        axisLabel: {
          ...{ color: ink.text, fontSize: 11, interval: 0, margin: 8 },
          ...{ width: (labelWidths[gridIndex] ?? 0) - 10, overflow: 'truncate', ellipsis: '…' },
        },
      })),
      series: columns.flatMap((rows, column) => {
        const axes = { xAxisIndex: column, yAxisIndex: column, silent: true };
        const { strong } = scale;
        return [
          ...(strong === undefined ? [] : [strongLine(axes, strong, rows.length)]),
          ...rows.flatMap((row, n) =>
            'figure' in row
              ? [{ ...axes, type: 'custom', data: [[0, n]], renderItem: item(row.figure, rest.draw) }]
              : [],
          ),
        ];
      }),
    },
  };
}

/** A line down a column of so many rows. */
function strongLine(axes: object, at: number, rows: number): object {
  const data = Array.from({ length: rows }, (_, n) => [at, n]);
  return { ...axes, type: 'line', symbol: 'none', data, lineStyle: { color: ink.strong, width: 1.5 } };
}

/** Plots of lines: how cost grows, and latency by percentile. */
import type { Curve, Figure } from '../figures.js';
import { namesOf, type ReportedFigure, type ResultFile } from '../results.js';
import { amount, duration, tick } from '../units.js';
import type { Drawing } from './draw.js';
import { legend } from './legend.js';
import { BOLD_FONT, ink, inkOf, SMALL_FONT } from './theme.js';

const CURVE_WIDTH = 520;
const CURVE_HEIGHT = 290;

type Scale = 'log' | 'linear';
type Points = readonly (readonly [x: number, y: number])[];

/** Whole powers of ten around the values of a log axis; a linear one starts at 0. */
function bounds(values: readonly number[], scale: Scale): object {
  if (scale === 'linear') return { type: 'value', min: 0 };
  const logs = values.filter((value) => value > 0).map(Math.log10);
  const min = Math.floor(Math.min(...logs) + 1e-9);
  return { type: 'log', min: 10 ** min, max: 10 ** Math.max(min + 1, Math.ceil(Math.max(...logs) - 1e-9)) };
}

function axis(values: readonly number[], scale: Scale, format: (value: number) => string): object {
  return {
    ...bounds(values, scale),
    axisLine: { show: true, lineStyle: { color: ink.strong } },
    axisTick: { show: false },
    axisLabel: { color: ink.faint, fontSize: 11, formatter: format, hideOverlap: true },
    splitLine: { show: true, lineStyle: { color: ink.line } },
  };
}

function text(words: string, x: number, y: number, style: object = {}): object {
  const plain = { text: words, x, y, fill: ink.faint, font: SMALL_FONT, textVerticalAlign: 'middle' };
  return { type: 'text', silent: true, style: { ...plain, ...style } };
}

const BOLD = { fill: ink.text, font: BOLD_FONT };

/** Points of a line that its axes can show. */
function shown(points: Points, x: Scale, y: Scale): Points {
  return points.filter(([a, b]) => (x === 'linear' || a > 0) && (y === 'linear' || b > 0));
}

function lineSeries(name: string, colour: string, data: Points, grid = 0): object {
  return {
    ...{ type: 'line', name, xAxisIndex: grid, yAxisIndex: grid, silent: true, data },
    ...{
      symbol: 'circle',
      symbolSize: 5,
      itemStyle: { color: colour },
      lineStyle: { color: colour, width: 2 },
    },
  };
}

/** A quantity on an axis, in the unit that its label ends with: seconds and bytes in fitting ones. */
function formatFor(label: string): (value: number) => string {
  return /\bseconds\b/i.test(label) ? (value) => tick(duration(value)) : (value) => tick(amount(value));
}

/** One curve as a small plot. */
export function curveChart(file: ResultFile, { title, x, y, lines }: Curve): Drawing {
  const known = Object.entries(lines).map(([name, points]) => ({
    name,
    points: shown(points, x.scale, y.scale),
  }));
  const all = known.flatMap(({ points }) => points);
  const entries = known.map(({ name }) => ({
    shape: 'circle' as const,
    colour: inkOf(file.contenders, name),
    text: name,
  }));
  return {
    about: `${title}: ${y.label} against ${x.label}, of ${known.map(({ name }) => name).join(', ')}`,
    width: CURVE_WIDTH,
    height: CURVE_HEIGHT,
    option: {
      graphic: {
        elements: [
          text(title, 4, 11, BOLD),
          ...legend(entries, 4, 32),
          text(y.label, 4, 53),
          text(x.label, CURVE_WIDTH - 12, CURVE_HEIGHT - 9, { textAlign: 'right' }),
        ],
      },
      grid: { left: 52, right: 20, top: 68, bottom: 40 },
      xAxis: axis(
        all.map(([a]) => a),
        x.scale,
        formatFor(x.label),
      ),
      yAxis: axis(
        all.map(([, b]) => b),
        y.scale,
        formatFor(y.label),
      ),
      series: known.map(({ name, points }) => lineSeries(name, inkOf(file.contenders, name), points)),
    },
  };
}

const PANEL_WIDTH = 300;
const PANEL_HEIGHT = 204;
const PANELS_A_ROW = 3;
const PANEL_TOP = 34;

/** Of `p99.9`, 99.9; undefined of what is no percentile. */
function percentile({ quantity = '' }: Figure): number | undefined {
  const digits = /^p(\d+(?:\.\d+)?)$/.exec(quantity)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Latency by percentile, a panel a cell; absent where no percentiles were measured. */
export function latencyChart(file: ResultFile): Drawing | undefined {
  const figures = file.figures.filter(
    (figure) => figure.unit === 'seconds' && percentile(figure) !== undefined,
  );
  if (figures.length === 0) return undefined;
  const titles = [...new Set(figures.map(({ title }) => title))];
  const names = namesOf(file, 'subject', 'peer', 'floor').filter((name) =>
    figures.some(({ summary }) => summary.of[name]?.median !== undefined),
  );
  const medianOf = (figure: ReportedFigure, name: string): number => figure.summary.of[name]?.median ?? 0;
  const values = figures.flatMap((figure) => names.map((name) => medianOf(figure, name)));
  const columns = Math.min(PANELS_A_ROW, titles.length);
  const place = (n: number): { left: number; top: number } => ({
    left: (n % columns) * PANEL_WIDTH + 50,
    top: PANEL_TOP + Math.floor(n / columns) * PANEL_HEIGHT + 28,
  });
  const entries = names.map((name) => ({
    shape: 'circle' as const,
    colour: inkOf(file.contenders, name),
    text: name,
  }));
  const panels = titles.map((title) => figures.filter((figure) => figure.title === title));
  return {
    about: `Latency by percentile of ${names.join(', ')}: ${titles.join('; ')}`,
    width: columns * PANEL_WIDTH,
    height: PANEL_TOP + Math.ceil(titles.length / columns) * PANEL_HEIGHT,
    option: {
      graphic: {
        elements: [
          ...legend(entries, 4, 12),
          ...titles.map((title, n) => text(title, place(n).left - 40, place(n).top - 17, BOLD)),
        ],
      },
      grid: titles.map((_, n) => ({ ...place(n), width: PANEL_WIDTH - 70, height: PANEL_HEIGHT - 56 })),
      xAxis: panels.map((panel, gridIndex) => ({
        ...{ type: 'category', gridIndex, data: panel.map(({ quantity }) => quantity), boundaryGap: false },
        axisLine: { lineStyle: { color: ink.strong } },
        axisTick: { show: false },
        axisLabel: { color: ink.faint, fontSize: 11, interval: 0 },
        splitLine: { show: true, lineStyle: { color: ink.line } },
      })),
      yAxis: panels.map((_, gridIndex) => ({
        ...axis(values, 'log', (value) => tick(duration(value))),
        gridIndex,
      })),
      series: panels.flatMap((panel, grid) =>
        names.map((name) =>
          lineSeries(
            name,
            inkOf(file.contenders, name),
            panel.flatMap((figure, n) =>
              medianOf(figure, name) > 0 ? [[n, medianOf(figure, name)] as const] : [],
            ),
            grid,
          ),
        ),
      ),
    },
  };
}

/** The ratio to each peer of every rate, on a log axis: where sluice is ahead, and where it should be. */
import { namesOf, type ReportedFigure, type ResultFile } from '../results.js';
import { verdict } from '../summary.js';
import { times } from '../units.js';
import type { Drawing } from './draw.js';
import { type Mark, shapeAt } from './legend.js';
import { rowsDrawing } from './rows.js';
import { ink } from './theme.js';

const SHAPES = ['circle', 'diamond', 'square'] as const;

function shapeOf(peers: readonly string[], peer: string): Mark['shape'] {
  return SHAPES[peers.indexOf(peer) % SHAPES.length] ?? 'circle';
}

function colourOf(figure: ReportedFigure, ratio: number): string {
  const { asExpected } = verdict(figure, ratio);
  if (asExpected === undefined) return ink.strong;
  return asExpected ? ink.subject : ink.below;
}

/** The ratios of a figure to these peers. */
function ratiosOf({ summary }: ReportedFigure, peers: readonly string[]): readonly number[] {
  return peers.flatMap((peer) => summary.ratios[peer] ?? []);
}

/** Whole powers of two that hold all ratios and expectations, as their logarithms. */
function scaleOf(figures: readonly ReportedFigure[], peers: readonly string[]): { min: number; max: number } {
  const all = figures.flatMap((figure) => [figure.expected ?? 1, ...ratiosOf(figure, peers)]);
  const logs = all.filter((ratio) => ratio > 0).map(Math.log2);
  return { min: Math.floor(Math.min(-1, ...logs)), max: Math.ceil(Math.max(1, ...logs)) };
}

/** The chart of all ratios; absent where there are none. */
export function ratioChart(file: ResultFile): Drawing | undefined {
  const isRate = ({ unit }: ReportedFigure): boolean => unit.endsWith('/s');
  const compared = (figure: ReportedFigure, peer: string): boolean =>
    isRate(figure) && figure.summary.ratios[peer] !== undefined;
  const peers = namesOf(file, 'peer').filter((peer) => file.figures.some((figure) => compared(figure, peer)));
  const figures = file.figures.filter((figure) => peers.some((peer) => compared(figure, peer)));
  if (figures.length === 0) return undefined;
  return rowsDrawing({
    about: `The rate of sluice over that of its peers in ${figures.length} cells, by group, on a log scale, with what is expected of each`,
    figures,
    entries: [
      ...peers.map((peer) => ({
        shape: shapeOf(peers, peer),
        colour: ink.subject,
        text: `times as fast as ${peer}`,
      })),
      { shape: 'tick', colour: ink.expected, text: 'expected' },
      { shape: 'circle', colour: ink.below, text: 'below' },
    ],
    rowHeight: 17,
    scale: { ...scaleOf(figures, peers), strong: 0 },
    tick: (log) => `${2 ** log}×`,
    draw: (figure, xOf, y) => {
      const xs = ratiosOf(figure, peers).map((ratio) => xOf(Math.log2(ratio)));
      const [from, to] = [Math.min(xOf(0), ...xs), Math.max(xOf(0), ...xs)];
      const { expected } = figure;
      const marks = peers.flatMap((peer) => {
        const ratio = figure.summary.ratios[peer];
        if (ratio === undefined) return [];
        return [
          shapeAt({ shape: shapeOf(peers, peer), colour: colourOf(figure, ratio) }, xOf(Math.log2(ratio)), y),
        ];
      });
      return [
        {
          type: 'rect',
          shape: { x: from, y: y - 1, width: to - from, height: 2 },
          style: { fill: ink.strong },
        },
        ...(expected === undefined
          ? []
          : [shapeAt({ shape: 'tick', colour: ink.expected }, xOf(Math.log2(expected)), y)]),
        ...marks,
      ];
    },
    number: (figure) => {
      const worst = Math.min(...ratiosOf(figure, peers));
      const below = verdict(figure, worst).asExpected === false;
      return { text: times(worst), colour: below ? ink.below : ink.faint };
    },
  });
}

/** Every rate of every contender, as bars on a log axis. */
import { namesOf, type ReportedFigure, type ResultFile } from '../results.js';
import { amount, tick } from '../units.js';
import type { Drawing } from './draw.js';
import { rowsDrawing } from './rows.js';
import { ink, inkOf } from './theme.js';

const BAR = 5;
const ROW_GAP = 7;

/** The chart of all rates; absent where there are none. */
export function throughputChart(file: ResultFile): Drawing | undefined {
  const [subject = ''] = namesOf(file, 'subject');
  const figures = file.figures.filter(
    ({ unit, summary }) => unit.endsWith('/s') && summary.of[subject]?.median !== undefined,
  );
  if (figures.length === 0) return undefined;
  const medianOf = ({ summary }: ReportedFigure, name: string): number | undefined =>
    summary.of[name]?.median;
  const names = namesOf(file, 'subject', 'peer', 'floor').filter((name) =>
    figures.some((figure) => medianOf(figure, name) !== undefined),
  );
  const logs = figures.flatMap((figure) =>
    names.flatMap((name) => {
      const rate = medianOf(figure, name) ?? 0;
      return rate > 0 ? Math.log10(rate) : [];
    }),
  );
  const most = Math.max(...figures.map((figure) => names.filter((name) => medianOf(figure, name)).length));
  const min = Math.floor(Math.min(...logs) - 0.1);
  return rowsDrawing({
    about: `Rates of ${names.join(', ')} in ${figures.length} cells, by group, as bars on a log scale`,
    figures,
    entries: names.map((name) => ({ shape: 'bar', colour: inkOf(file.contenders, name), text: name })),
    rowHeight: most * BAR + ROW_GAP,
    scale: { min, max: Math.ceil(Math.max(...logs)) },
    tick: (log) => tick(amount(10 ** log)),
    draw: (figure, xOf, y) => {
      const own = names.filter((name) => medianOf(figure, name));
      const top = y - (own.length * BAR) / 2;
      return own.map((name, n) => {
        const width = Math.max(1, xOf(Math.log10(medianOf(figure, name) ?? 1)) - xOf(min));
        const shape = { x: xOf(min), y: top + n * BAR, width, height: BAR - 1 };
        return { type: 'rect', shape, style: { fill: inkOf(file.contenders, name) } };
      });
    },
    number: (figure) => ({ text: amount(medianOf(figure, subject) ?? 0), colour: ink.faint }),
  });
}

/** A line of marks and what they mean, laid out from the left. */
import { ink } from './theme.js';

/** A mark: a filled or hollow shape, or a tick. */
export interface Mark {
  readonly shape: 'circle' | 'diamond' | 'square' | 'ring' | 'tick' | 'bar';
  readonly colour: string;
}

export interface Entry extends Mark {
  readonly text: string;
}

const SIZE = 4.5;
const LETTER = 6.3;
const MARGIN = 32;

/** A shape of ECharts' graphic component with its middle at `(x, y)`. */
export function shapeAt({ shape, colour }: Mark, x: number, y: number): object {
  const filled = { style: { fill: colour } };
  switch (shape) {
    case 'circle':
      return { type: 'circle', shape: { cx: x, cy: y, r: SIZE }, ...filled };
    case 'ring':
      return {
        type: 'circle',
        shape: { cx: x, cy: y, r: SIZE - 0.75 },
        style: { fill: 'none', stroke: colour, lineWidth: 1.5 },
      };
    case 'diamond': {
      const r = SIZE + 1;
      const points = [
        [x, y - r],
        [x + r, y],
        [x, y + r],
        [x - r, y],
      ];
      return { type: 'polygon', shape: { points }, ...filled };
    }
    case 'square': {
      const r = SIZE - 0.5;
      return { type: 'rect', shape: { x: x - r, y: y - r, width: 2 * r, height: 2 * r }, ...filled };
    }
    case 'bar':
      return { type: 'rect', shape: { x: x - 6, y: y - SIZE, width: 12, height: 2 * SIZE }, ...filled };
    case 'tick':
      return { type: 'rect', shape: { x: x - 1, y: y - 6, width: 2, height: 12 }, ...filled };
  }
}

/** Elements of ECharts' graphic component. */
export function legend(entries: readonly Entry[], x: number, y: number): readonly object[] {
  let at = x;
  return entries.flatMap((entry) => {
    const from = at;
    at += MARGIN + entry.text.length * LETTER;
    const style = {
      text: entry.text,
      x: from + 14,
      y,
      fill: ink.text,
      font: '12px system-ui, sans-serif',
      textVerticalAlign: 'middle',
    };
    return [
      { ...shapeAt(entry, from + 4, y), silent: true },
      { type: 'text', style, silent: true },
    ];
  });
}

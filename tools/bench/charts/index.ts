/** All pictures of a run. */
import type { Curve } from '../figures.js';
import type { ResultFile } from '../results.js';
import { type Drawing, draw } from './draw.js';
import { curveChart, latencyChart } from './plots.js';
import { ratioChart } from './ratios.js';
import { throughputChart } from './throughput.js';

/** A picture in `docs/bench`. */
export interface Chart {
  /** Its file's name. */
  readonly name: string;
  /** What it shows, for who cannot see it. */
  readonly about: string;
  readonly svg: string;
}

export const RATIOS = 'ratios.svg';
export const THROUGHPUT = 'throughput.svg';
export const LATENCY = 'latency.svg';

/** The name of a curve's picture. */
export function curveFile({ id }: Pick<Curve, 'id'>): string {
  return `${id.replace(/[^\w-]+/g, '-')}.svg`;
}

/** Every picture that the run has figures for; the same text for the same run. */
export function charts(file: ResultFile): readonly Chart[] {
  const drawings: readonly (readonly [name: string, drawing: Drawing | undefined])[] = [
    [RATIOS, ratioChart(file)],
    [THROUGHPUT, throughputChart(file)],
    [LATENCY, latencyChart(file)],
    ...file.curves.map((curve) => [curveFile(curve), curveChart(file, curve)] as const),
  ];
  return drawings.flatMap(([name, drawing]) =>
    drawing === undefined ? [] : [{ name, about: drawing.about, svg: draw(drawing) }],
  );
}

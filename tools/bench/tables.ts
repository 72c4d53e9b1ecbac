/** The tables of a run. */
import { type Figure, GROUPS, type Group } from './figures.js';
import { table } from './markdown.js';
import { namesOf, type ReportedFigure, type ResultFile } from './results.js';
import { type ServerState, verdict } from './summary.js';
import { bytes, digits, NONE, percent, quantity, times } from './units.js';

const GROUP_ORDER = Object.keys(GROUPS) as Group[];

/** Marks a ratio that is not what was expected. */
export const BELOW = '▼';

/** The part of a figure's id that is common to all quantities of a cell. */
export function cellOf({ id }: Pick<Figure, 'id'>): string {
  return id.split(' ')[0] ?? id;
}

/** What a cell costs while it runs: these have a table of their own. */
export function isCost({ id, unit, expected }: Figure): boolean {
  return expected === undefined && (unit === 'CPU s per million' || / peak( |$)/.test(id));
}

/** The cell and, where it has several, the quantity. */
export function labelOf({ title, quantity }: Pick<Figure, 'title' | 'quantity'>): string {
  return quantity === undefined ? title : `${title}: ${quantity}`;
}

/** `≥ 2.00×`, or `≤ 2.00×` where less is better; empty where nothing is expected. */
export function expectation({ better, expected }: Figure): string {
  return expected === undefined ? '' : `${better === 'higher' ? '≥' : '≤'} ${times(expected)}`;
}

function standing(of: ServerState | undefined, figure: Figure): string {
  if (of === undefined) return '';
  if (of.median === undefined) return 'failed';
  return `${quantity(of.median, figure.unit)} ±${percent((of.spread ?? 0) / 2)}`;
}

function ratioText(figure: ReportedFigure, peer: string): string {
  const ratio = figure.summary.ratios[peer];
  if (ratio === undefined) return figure.samples[peer] === undefined ? '' : NONE;
  return `${times(ratio)}${verdict(figure, ratio).asExpected === false ? ` ${BELOW}` : ''}`;
}

/** Those of the names that have samples in one of the figures. */
function present(names: readonly string[], figures: readonly Figure[]): readonly string[] {
  return names.filter((name) => figures.some(({ samples }) => samples[name] !== undefined));
}

function groupTable(file: ResultFile, figures: readonly ReportedFigure[]): string {
  const subjects = namesOf(file, 'subject');
  const peers = present(namesOf(file, 'peer'), figures);
  const expects = peers.length > 0 && figures.some(({ expected }) => expected !== undefined);
  const units = new Set(figures.map(({ unit }) => unit));
  const header = [
    units.size === 1 ? String(figures[0]?.unit) : '',
    ...subjects,
    ...peers.flatMap((name) => [name, 'ratio']),
    ...(expects ? ['expected'] : []),
  ];
  const rows = figures.map((figure) => [
    labelOf(figure),
    ...subjects.map((name) => standing(figure.summary.of[name], figure)),
    ...peers.flatMap((name) => [standing(figure.summary.of[name], figure), ratioText(figure, name)]),
    ...(expects ? [expectation(figure)] : []),
  ]);
  return table(header, rows);
}

/** A table per group, in the order of the groups; those without figures are left out. */
export function groupTables(file: ResultFile): readonly string[] {
  return GROUP_ORDER.flatMap((group) => {
    const figures = file.figures.filter((figure) => figure.group === group && !isCost(figure));
    return figures.length === 0 ? [] : [`### ${GROUPS[group]}\n\n${groupTable(file, figures)}`];
  });
}

/** CPU seconds per million and peak memory of every cell. Absent where neither was measured. */
export function costTable(file: ResultFile): string | undefined {
  const figures = file.figures.filter(isCost);
  if (figures.length === 0) return undefined;
  const names = present(namesOf(file, 'subject', 'peer', 'floor'), figures);
  const short = (of: ServerState | undefined, format: (value: number) => string): string =>
    of === undefined ? '' : of.median === undefined ? NONE : format(of.median);
  const rows = GROUP_ORDER.flatMap((group) => {
    const cells = [...new Set(figures.filter((figure) => figure.group === group).map(cellOf))];
    const groupRows = cells.map((cell) => {
      const own = figures.filter((figure) => cellOf(figure) === cell);
      const cpu = own.find(({ unit }) => unit === 'CPU s per million');
      const peak = own.find(({ unit }) => unit === 'bytes');
      return [
        own[0]?.title ?? cell,
        ...names.flatMap((name) => [
          short(cpu?.summary.of[name], digits),
          short(peak?.summary.of[name], bytes),
        ]),
      ];
    });
    return groupRows.length === 0 ? [] : [[`**${GROUPS[group]}**`], ...groupRows];
  });
  return table(['CPU s per million, peak memory', ...names.flatMap((name) => [name, 'memory'])], rows);
}

/** Every rate next to that of the raw relay, where that was measured. */
export function floorTable(file: ResultFile): string | undefined {
  const [subject = ''] = namesOf(file, 'subject');
  const [floor = ''] = namesOf(file, 'floor');
  const figures = file.figures.filter(({ summary }) => summary.ratios[floor] !== undefined);
  const rates = figures.filter((figure) => !isCost(figure));
  if (rates.length === 0) return undefined;
  const rows = rates.map((figure) => [
    `${GROUPS[figure.group]}: ${labelOf(figure)}`,
    ...[subject, floor].map((name) => standing(figure.summary.of[name], figure)),
    times(figure.summary.ratios[floor] ?? 0),
  ]);
  return table(['', subject, floor, 'ratio'], rows);
}

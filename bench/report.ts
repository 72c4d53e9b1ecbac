/** From results to what people read: Markdown tables, and the lines printed while it runs. */
import { type Cell, fanOut, labelOf } from './cells.js';
import { type CellResult, failed, type Result, type Round } from './measure.js';
import { geometricMean, median, pairedRatio, spread } from './stats.js';

const MIB = 1024 * 1024;
const NONE = '–';
/** A load process busier than this may be what limits the broker. */
const MAX_LOAD_BUSY = 0.95;
/** Anything above disturbs a measurement; a quiet machine has a few hundredths. */
const MAX_OTHERS_BUSY_CORES = 0.3;

/** The figures of one contender in one cell: medians over its rounds. Absent where not one round succeeded. */
export interface Summary {
  readonly contender: string;
  readonly publishedPerSecond: number | undefined;
  readonly deliveredPerSecond: number | undefined;
  /** (max − min) / median of the rates. */
  readonly spread: number | undefined;
  /** Per million messages delivered; published where nobody receives. */
  readonly cpuSecondsPerMillion: number | undefined;
  readonly peakBytes: number | undefined;
  /** First contender's rate over this one's: median of the rounds' ratios. */
  readonly firstIsFasterBy: number | undefined;
  /** First contender's CPU time per message over this one's. */
  readonly firstNeedsCpu: number | undefined;
  readonly loadBusy: number | undefined;
  /** The most cores anything else kept busy during a round. */
  readonly othersBusyCores: number | undefined;
  readonly failures: readonly string[];
}

function rates(result: Result | undefined): readonly (number | undefined)[] {
  return (result?.rounds ?? []).map((round) => (failed(round) ? undefined : round.published / round.seconds));
}

function cpuPerMillion(result: Result | undefined): number | undefined {
  const perRound = good(result).flatMap(({ cpuSeconds, published, delivered }) =>
    cpuSeconds === undefined ? [] : [(cpuSeconds / (delivered || published)) * 1e6],
  );
  return median(perRound);
}

function most(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values);
}

function good(result: Result | undefined): readonly Round[] {
  return (result?.rounds ?? []).filter((round): round is Round => !failed(round));
}

/** One summary per contender, in their order. */
export function summarize({ cell, results }: CellResult): readonly Summary[] {
  const first = results[0];
  return results.map((result) => {
    const known = rates(result).filter((rate) => rate !== undefined);
    const publishedPerSecond = median(known);
    const cpu = cpuPerMillion(result);
    const firstCpu = cpuPerMillion(first);
    return {
      contender: result.contender,
      publishedPerSecond,
      deliveredPerSecond: publishedPerSecond === undefined ? undefined : publishedPerSecond * fanOut(cell),
      spread: spread(known),
      cpuSecondsPerMillion: cpu,
      peakBytes: result.peakBytes,
      firstIsFasterBy: result === first ? undefined : pairedRatio(rates(first), rates(result)),
      firstNeedsCpu: result === first || !cpu || firstCpu === undefined ? undefined : firstCpu / cpu,
      loadBusy: median(good(result).map(({ loadBusy }) => loadBusy)),
      othersBusyCores: most(good(result).flatMap(({ othersBusyCores }) => othersBusyCores ?? [])),
      failures: result.rounds.filter(failed).map(({ failure }) => failure),
    };
  });
}

/** `12,345,678` → `12.3 M`; three digits, so that noise does not look like precision. */
export function rate(perSecond: number | undefined): string {
  if (perSecond === undefined) return NONE;
  for (const [unit, size] of [
    [' M', 1e6],
    [' k', 1e3],
  ] as const) {
    if (perSecond >= 0.9995 * size) return `${digits(perSecond / size)}${unit}`;
  }
  return digits(perSecond);
}

/** Three significant digits, never an exponent. */
function digits(value: number): string {
  const decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.9995 ? 2 : 3;
  return value.toFixed(decimals);
}

function optional(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? NONE : format(value);
}

const times = (value: number): string => `${digits(value)}×`;
const percent = (value: number): string => `${Math.round(value * 100)} %`;

/** A Markdown table with padded columns: the first to the left, the others to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((name, column) =>
    Math.max(3, ...[name, ...rows.map((row) => row[column] ?? '')].map((text) => text.length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => pad(cells[column] ?? '', width, column)).join(' | ')} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(header), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}

function rateCell(summary: Summary | undefined): string {
  if (summary === undefined) return '';
  if (summary.publishedPerSecond === undefined) return 'failed';
  return `${rate(summary.publishedPerSecond)} ±${percent((summary.spread ?? 0) / 2)}`;
}

/** All tables of a run: rates with ratios, then cost, then geometric means and whatever failed. */
export function tables(cells: readonly CellResult[], contenders: readonly string[]): string {
  const [first, ...others] = contenders;
  const summaries = cells.map((result) => ({ cell: result.cell, of: bySummary(summarize(result)) }));
  const speed = table(
    [
      'messages/s published',
      ...contenders.flatMap((name) =>
        name === first ? [name, 'delivered/s'] : [name, 'delivered/s', 'ratio'],
      ),
    ],
    summaries.map(({ cell, of }) => [
      labelOf(cell),
      ...contenders.flatMap((name) => {
        const summary = of.get(name);
        const delivered =
          summary === undefined ? '' : cell.subscribers === 0 ? NONE : rate(summary.deliveredPerSecond);
        const columns = [rateCell(summary), delivered];
        if (name === first) return columns;
        return [...columns, summary === undefined ? '' : optional(summary.firstIsFasterBy, times)];
      }),
    ]),
  );
  const cost = table(
    ['CPU s per million, peak MiB', ...contenders.flatMap((name) => [name, 'MiB'])],
    summaries.map(({ cell, of }) => [
      labelOf(cell),
      ...contenders.flatMap((name) => {
        const summary = of.get(name);
        if (summary === undefined) return ['', ''];
        return [
          optional(summary.cpuSecondsPerMillion, (seconds) => seconds.toFixed(3)),
          optional(summary.peakBytes, (bytes) => (bytes / MIB).toFixed(0)),
        ];
      }),
    ]),
  );
  const means = others.map((name) => {
    const ratios = summaries.flatMap(({ of }) => of.get(name)?.firstIsFasterBy ?? []);
    const range = `from ${times(Math.min(...ratios))} to ${times(Math.max(...ratios))}`;
    const mean = geometricMean(ratios);
    return mean === undefined
      ? `${first} against ${name}: no cell in common.`
      : `${first} against ${name}: ${times(mean)} (geometric mean of ${ratios.length} cells, ${range}).`;
  });
  const notes = summaries.flatMap(({ cell, of }) => notesOn(cell, [...of.values()]));
  return [speed, cost, means.join('\n'), notes.join('\n')].filter((part) => part !== '').join('\n\n');
}

/** Why the figures of a cell may be less than they seem, one list item each. */
function notesOn({ id }: Cell, summaries: readonly Summary[]): readonly string[] {
  const failures = summaries.flatMap(({ contender, failures }) =>
    failures.map((failure) => `- FAILED ${id}, ${contender}: ${failure}`),
  );
  const limited = summaries.flatMap(({ contender, loadBusy = 0 }) =>
    loadBusy > MAX_LOAD_BUSY
      ? [`- ${id}, ${contender}: a load process was ${percent(loadBusy)} busy, so the broker may do more.`]
      : [],
  );
  const othersBusyCores = most(summaries.flatMap((summary) => summary.othersBusyCores ?? []));
  const disturbance = disturbed({ othersBusyCores })
    ? [`- DISTURBED ${id}: ${cores({ othersBusyCores })}.`]
    : [];
  return [...failures, ...limited, ...disturbance];
}

function bySummary(summaries: readonly Summary[]): ReadonlyMap<string, Summary> {
  return new Map(summaries.map((summary) => [summary.contender, summary]));
}

/** One line per contender of a cell just measured, for the terminal. */
export function progress(result: CellResult): string {
  return summarize(result)
    .map(({ contender, publishedPerSecond, deliveredPerSecond, ...rest }) => {
      const received = result.cell.subscribers === 0 ? '' : `, ${rate(deliveredPerSecond)}/s delivered`;
      const rates = `${rate(publishedPerSecond)}/s published${received}`;
      const cost = `${optional(rest.cpuSecondsPerMillion, (s) => s.toFixed(3))} CPU s/M, ${optional(rest.peakBytes, (b) => (b / MIB).toFixed(0))} MiB`;
      const side = `±${optional(rest.spread, (s) => percent(s / 2))}, load ${optional(rest.loadBusy, percent)} busy${disturbed(rest) ? `, DISTURBED: ${cores(rest)}` : ''}`;
      const ratio = rest.firstIsFasterBy === undefined ? '' : `, ratio ${times(rest.firstIsFasterBy)}`;
      const failures = rest.failures.map((failure) => `\n    FAILED: ${failure}`).join('');
      return `  ${contender.padEnd(22)} ${rates}, ${cost} (${side})${ratio}${failures}`;
    })
    .join('\n');
}

type Disturbance = Pick<Summary, 'othersBusyCores'>;

/** Whether so much else went on that the figures are worth little. */
function disturbed({ othersBusyCores }: Disturbance): boolean {
  return (othersBusyCores ?? 0) > MAX_OTHERS_BUSY_CORES;
}

function cores({ othersBusyCores }: Disturbance): string {
  return `other processes used up to ${(othersBusyCores ?? 0).toFixed(1)} cores`;
}

const BEGIN = '<!-- bench:begin -->';
const END = '<!-- bench:end -->';

/** Where there is no page yet. */
export const NEW_PAGE = `# Performance\n\n${BEGIN}\n${END}\n`;

/** The page with what stands between the markers replaced. Throws if it does not have both, in order. */
export function splice(page: string, content: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END, begin);
  if (begin === -1 || end === -1) throw new Error(`the page needs the lines ${BEGIN} and ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${content.trim()}\n\n${page.slice(end)}`;
}

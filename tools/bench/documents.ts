/** The parts of the documents that come from a run: the same text for the same run. */
import { type Chart, charts, curveFile, LATENCY, RATIOS, THROUGHPUT } from './charts/index.js';
import { splice } from './markdown.js';
import { legend, provenance, remarks } from './notes.js';
import { belowExpectation, overall, overallTable } from './overall.js';
import { namesOf, type ResultFile } from './results.js';
import { costTable, floorTable, groupTables } from './tables.js';
import { times } from './units.js';

/** Where the pictures are, from the root of the repository. */
export const PICTURES = 'docs/bench';
export const PAGE = 'docs/performance.md';
export const README = 'README.md';

function image(picture: Chart | undefined, folder: string, width?: number): string {
  if (picture === undefined) return '';
  const source = `${folder}/${picture.name}`;
  if (width === undefined) return `![${picture.about}](${source})`;
  return `<img src="${source}" width="${width}%" alt="${picture.about.replace(/"/g, '&quot;')}">`;
}

function joined(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n');
}

const SUMMARY = `Geometric mean of the ratios of all cells that something is expected of; where less is better the ratio is
turned round, so above 1.00× sluice is better. Ahead: better than the peer. Below: not what was expected.`;

/** Tables and charts, without the parts on growth and on the relay; without `pictures` only tables. */
export function figuresPart(file: ResultFile, pictures: readonly Chart[] = charts(file)): string {
  const find = (name: string): Chart | undefined => pictures.find((picture) => picture.name === name);
  const summary = overallTable(file);
  const cost = costTable(file);
  const notes = remarks(file);
  const groups = groupTables(file).map((text) =>
    text.startsWith('### Latency\n') ? joined([text, image(find(LATENCY), 'bench')]) : text,
  );
  return joined([
    provenance(file),
    summary && `${summary}\n\n${SUMMARY}`,
    image(find(RATIOS), 'bench'),
    legend(file),
    ...groups,
    find(THROUGHPUT) && joined(['### All rates', image(find(THROUGHPUT), 'bench')]),
    cost && `### CPU time and memory\n\n${cost}`,
    summary && `### Below expectation\n\n${belowExpectation(file)}`,
    notes && `### Notes on single figures\n\n${notes}`,
  ]);
}

/** The plots of how cost grows, each with what theory says. */
export function growthPart(file: ResultFile, pictures: readonly Chart[] = charts(file)): string {
  if (file.curves.length === 0) return 'Not measured in this run.';
  return joined(
    file.curves.map((curve) => {
      const picture = pictures.find(({ name }) => name === curveFile(curve));
      return `### ${curve.title}\n\n${curve.theory}\n\n${image(picture, 'bench', 60)}`;
    }),
  );
}

/** Every rate next to that of the raw relay. */
export function floorPart(file: ResultFile): string {
  return floorTable(file) ?? 'Not measured in this run.';
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** What the README says: the chart, and the run in two sentences. */
export function readmePart(file: ResultFile, pictures: readonly Chart[] = charts(file)): string {
  const each = overall(file).filter(({ peer }) => peer !== undefined);
  const means = each.map(
    ({ peer, geometricMean, cells, asExpected }) =>
      `${times(geometricMean)} against ${peer} (${cells} cells, ${asExpected} of them as expected or better)`,
  );
  const { cpu, cores, node } = file.machine;
  const [subject = ''] = namesOf(file, 'subject');
  const version = file.contenders.find(({ name }) => name === subject)?.version ?? '';
  const sentence =
    means.length === 0
      ? 'No peer was measured.'
      : `Geometric mean of the ratios of sluice ${version}, above 1.00× it is better: ${list(means)}; measured ` +
        `${file.date.slice(0, 10)} on ${cpu} with ${cores} cores, Node ${node}, all in their default configuration.`;
  return joined([
    image(
      pictures.find(({ name }) => name === RATIOS),
      PICTURES,
    ),
    sentence,
    '`make bench` measures it anew, against the peers on your PATH.',
  ]);
}

/**
 * Files by their path from the root, as they should be after this run.
 * @param read the text of a page, of which the hand-written parts are kept
 */
export function documents(file: ResultFile, read: (path: string) => string): ReadonlyMap<string, string> {
  const pictures = charts(file);
  const page = [
    ['bench-figures', figuresPart(file, pictures)],
    ['bench-growth', growthPart(file, pictures)],
    ['bench-floor', floorPart(file)],
  ].reduce((text, [name = '', part = '']) => splice(text, name, part), read(PAGE));
  return new Map([
    [PAGE, page],
    [README, splice(read(README), 'bench-summary', readmePart(file, pictures))],
    ...pictures.map(({ name, svg }) => [`${PICTURES}/${name}`, svg] as const),
  ]);
}

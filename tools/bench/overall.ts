/** A run in a few figures: per peer, how many cells are ahead, as expected and below, and the mean of their ratios. */
import { table } from './markdown.js';
import { namesOf, type ResultFile } from './results.js';
import { geometricMean } from './stats.js';
import { type Verdict, verdict } from './summary.js';
import { expectation, isCost, labelOf } from './tables.js';
import { times } from './units.js';

/** One ratio that something is expected of. */
interface Expected extends Verdict {
  readonly id: string;
  readonly label: string;
  readonly peer: string;
  readonly expectation: string;
  /** Share of the expected advantage that was reached. */
  readonly reached: number;
}

export interface Overall {
  /** Absent for all peers together. */
  readonly peer?: string;
  readonly cells: number;
  /** Of the advantages: above 1 the subject is better. */
  readonly geometricMean: number;
  readonly ahead: number;
  readonly asExpected: number;
  readonly below: number;
}

function expectedOnes(file: ResultFile): readonly Expected[] {
  return namesOf(file, 'peer').flatMap((peer) =>
    file.figures.flatMap((figure) => {
      const ratio = figure.summary.ratios[peer];
      if (ratio === undefined || figure.expected === undefined || isCost(figure)) return [];
      const judged = verdict(figure, ratio);
      const reached = judged.advantage / verdict(figure, figure.expected).advantage;
      const { id } = figure;
      return [{ id, label: labelOf(figure), peer, expectation: expectation(figure), reached, ...judged }];
    }),
  );
}

function overallOf(all: readonly Expected[], peer?: string): readonly Overall[] {
  const mean = geometricMean(
    all.flatMap(({ advantage }) => (Number.isFinite(advantage) && advantage > 0 ? advantage : [])),
  );
  if (mean === undefined) return [];
  const asExpected = all.filter((one) => one.asExpected === true).length;
  return [
    {
      ...(peer !== undefined && { peer }),
      cells: all.length,
      geometricMean: mean,
      ahead: all.filter(({ advantage }) => advantage > 1).length,
      asExpected,
      below: all.length - asExpected,
    },
  ];
}

/** One a peer that something is expected against, and where there are several, one for all of them. */
export function overall(file: ResultFile): readonly Overall[] {
  const all = expectedOnes(file);
  const peers = [...new Set(all.map(({ peer }) => peer))];
  const each = peers.flatMap((name) =>
    overallOf(
      all.filter(({ peer }) => peer === name),
      name,
    ),
  );
  return each.length > 1 ? [...each, ...overallOf(all)] : each;
}

/** `overall` as a table. Absent where there is nothing to compare with. */
export function overallTable(file: ResultFile): string | undefined {
  const rows = overall(file).map(({ peer, cells, ahead, asExpected, below, ...rest }) => [
    peer === undefined ? 'all' : `against ${peer}`,
    times(rest.geometricMean),
    ...[cells, ahead, asExpected, below].map(String),
  ]);
  if (rows.length === 0) return undefined;
  return table(['', 'geometric mean', 'cells', 'ahead', 'as expected', 'below'], rows);
}

/** Every ratio that is below expectation, the worst first, one list item each; or a sentence that there is none. */
export function belowExpectation(file: ResultFile): string {
  const below = expectedOnes(file).filter(({ asExpected }) => asExpected === false);
  if (below.length === 0) return 'None.';
  return [...below]
    .sort((a, b) => a.reached - b.reached)
    .map(
      (one) =>
        `- ${one.label} (\`${one.id}\`), ${one.peer}: ${times(one.ratio)}, expected ${one.expectation}`,
    )
    .join('\n');
}

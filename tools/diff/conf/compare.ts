/** How the verdicts of two servers on one configuration file differ. */
import type { Problem, Verdict } from './verdict.js';

/** What differs, the gravest first. */
export const KINDS = ['verdict', 'line', 'column', 'text'] as const;
export type Kind = (typeof KINDS)[number];

export interface ConfDifference {
  readonly kind: Kind;
  readonly expected: Verdict;
  readonly actual: Verdict;
}

/** The gravest difference, or undefined. Problems are compared as sets. */
export function differenceOf(expected: Verdict, actual: Verdict): ConfDifference | undefined {
  const kind = kindOf(expected, actual);
  return kind === undefined ? undefined : { kind, expected, actual };
}

function kindOf(expected: Verdict, actual: Verdict): Kind | undefined {
  if (expected.isValid !== actual.isValid) return 'verdict';
  const lines = ({ place }: Problem) => place?.line ?? 0;
  if (!same(expected, actual, lines)) return 'line';
  // A syntax error of nats-server has no column to compare with.
  const hasColumns = expected.problems.every(
    ({ place }) => place === undefined || place.column !== undefined,
  );
  if (hasColumns && !same(expected, actual, ({ place }) => place?.column ?? 0)) return 'column';
  return saysAsMuch(expected, actual) ? undefined : 'text';
}

/** Whether each text of nats-server is the beginning of one of sluice's, which may say more. */
function saysAsMuch(expected: Verdict, actual: Verdict): boolean {
  return expected.problems.every(({ text }) => actual.problems.some((ours) => ours.text.startsWith(text)));
}

function same<T>(one: Verdict, other: Verdict, part: (problem: Problem) => T): boolean {
  const parts = ({ problems }: Verdict) => JSON.stringify([...new Set(problems.map(part))]);
  return parts(one) === parts(other);
}

/** Both verdicts, one under the other. */
export function shownBoth(file: string, { kind, expected, actual }: ConfDifference): string {
  const said = (name: string, { isValid, problems }: Verdict) =>
    isValid ? [`  ${name}: valid`] : problems.map((problem) => `  ${name}: ${shown(problem)}`);
  return [`${file}: ${kind}`, ...said('nats-server', expected), ...said('sluice     ', actual)].join('\n');
}

function shown({ place, text }: Problem): string {
  return place === undefined ? text : `${place.line}:${place.column ?? '-'}: ${text}`;
}

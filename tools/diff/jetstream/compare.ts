/** Whether two servers did the same in a session with JetStream, and what they did otherwise. */
import type { Section } from './play.js';

/** A field of an answer in JSON, or another line as a whole. */
export interface FieldDifference {
  /** `config.max_msgs`; empty: the line. */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** A part of a session in which two servers differ. */
export interface SectionDifference {
  /** Index into the sections. */
  readonly section: number;
  readonly title: string;
  /** Titles of the parts before it. */
  readonly before: readonly string[];
  /** Lines that only one of them has. */
  readonly expected: readonly string[];
  readonly actual: readonly string[];
  /** Undefined: one of them has more lines. */
  readonly fields: readonly FieldDifference[] | undefined;
}

/** All parts in which they differ. */
export function differencesOf(
  expected: readonly Section[],
  actual: readonly Section[],
): readonly SectionDifference[] {
  const differences: SectionDifference[] = [];
  for (const [section, { title, lines }] of expected.entries()) {
    const got = actual[section];
    if (got?.title !== title) throw new RangeError('transcripts of different sessions');
    if (JSON.stringify(lines) === JSON.stringify(got.lines)) continue;
    const [missing, added] = [without(lines, got.lines), without(got.lines, lines)];
    const before = expected.slice(0, section).map((each) => each.title);
    differences.push({
      ...{ section, title, before },
      expected: missing,
      actual: added,
      fields: fieldsOf(missing, added),
    });
  }
  return differences;
}

/** What nats-server said up to the difference, and there what each of them said. */
export function sideBySide(
  transcript: readonly Section[],
  { section, title, expected, actual, fields }: SectionDifference,
): string {
  const before = transcript
    .slice(0, section)
    .flatMap((each) => [each.title, ...each.lines.map((line) => `    ${line}`)]);
  const shown =
    fields === undefined
      ? [...expected.map((line) => `  nats-server ${line}`), ...actual.map((line) => `  sluice      ${line}`)]
      : [
          ...expected.map((line) => `    ${line}`),
          ...fields.map(
            ({ path, expected: theirs, actual: ours }) =>
              `  ${path}: nats-server ${JSON.stringify(theirs)}, sluice ${JSON.stringify(ours)}`,
          ),
        ];
  return [...before, title, ...shown].join('\n');
}

/** The lines that are not in `others`; all of them, where it is the order that differs. */
function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  const missing = lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return missing.length === 0 && left.length === 0 ? lines : missing;
}

/** Undefined: one of them has more lines. */
function fieldsOf(
  expected: readonly string[],
  actual: readonly string[],
): readonly FieldDifference[] | undefined {
  if (expected.length !== actual.length) return undefined;
  const found: FieldDifference[] = [];
  for (const [i, line] of expected.entries()) {
    const [theirs, ours] = [jsonIn(line), jsonIn(actual[i] ?? '')];
    if (theirs === undefined || ours === undefined || theirs.before !== ours.before)
      found.push({ path: '', expected: line, actual: actual[i] });
    else found.push(...fieldDifferences('', theirs.value, ours.value));
  }
  return found.length === 0 ? undefined : found;
}

function jsonIn(line: string): { readonly before: string; readonly value: unknown } | undefined {
  const at = line.indexOf('{');
  if (at < 0) return undefined;
  try {
    return { before: line.slice(0, at), value: JSON.parse(line.slice(at)) };
  } catch {
    return undefined;
  }
}

function* fieldDifferences(path: string, expected: unknown, actual: unknown): Generator<FieldDifference> {
  if (JSON.stringify(expected) === JSON.stringify(actual)) return;
  if (!isObject(expected) || !isObject(actual)) {
    yield { path, expected, actual };
    return;
  }
  for (const name of new Set([...Object.keys(expected), ...Object.keys(actual)]))
    yield* fieldDifferences(path === '' ? name : `${path}.${name}`, expected[name], actual[name]);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

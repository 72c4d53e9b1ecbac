/** Whether two servers did the same, and what they did side by side where not. */
import { bytesOf, type Session } from './session.js';
import { printable, type Said, type Scene } from './transcript.js';

/** The first step in which two servers differ. */
export interface Difference {
  /** Index into the scenes; 0 is the greeting, 1 the first step. */
  readonly scene: number;
  readonly expected: Scene;
  readonly actual: Scene;
}

const WIDTH = 76;

/** The first difference, or undefined. */
export function firstDifference(
  expected: readonly Scene[],
  actual: readonly Scene[],
): Difference | undefined {
  for (const [scene, wanted] of expected.entries()) {
    const got = actual[scene];
    if (got === undefined) throw new RangeError('transcripts of different sessions');
    if (!alike(wanted, got)) return { scene, expected: wanted, actual: got };
  }
  return undefined;
}

function alike(one: Scene, other: Scene): boolean {
  const someReset = [...one.clients, ...other.clients].some(({ reset }) => reset);
  return (
    one.clients.every((said, client) => saidAlike(said, other.clients[client]!)) &&
    (someReset || JSON.stringify(one.queued) === JSON.stringify(other.queued))
  );
}

/** Whether both heard the same, but for what a reset connection has lost at its end. */
function saidAlike(one: Said, other: Said): boolean {
  const lengths = [one.reset ? one.lines.length : Infinity, other.reset ? other.lines.length : Infinity];
  const [left, right] = [one, other].map(({ lines }) => JSON.stringify(lines.slice(0, Math.min(...lengths))));
  return one.closed === other.closed && left === right;
}

/** The whole session with what both servers said, in two columns, up to the difference. */
export function sideBySide(
  session: Session,
  expected: readonly Scene[],
  actual: readonly Scene[],
  { scene: last }: Difference,
): string {
  const lines = [`variant ${session.variant}, ${session.clients} clients`, row('nats-server', 'sluice', ' ')];
  for (let scene = 0; scene <= last; scene++) {
    const step = session.steps[scene - 1];
    lines.push('');
    if (step === undefined) lines.push('connect');
    else {
      lines.push(`${letter(step.client)} sends${step.unfinished ? ', and no more for now' : ''}`);
      for (const item of step.items) lines.push(`  ${clip(printable(item.toString('latin1')), 2 * WIDTH)}`);
      if (step.cuts.length > 0) lines.push(`  cut before ${step.cuts.join(', ')} of ${bytesOf(step).length}`);
    }
    const left = expected[scene]!;
    const right = actual[scene]!;
    for (let client = 0; client < session.clients; client++) {
      const ours = saidLines(right.clients[client]!);
      const theirs = saidLines(left.clients[client]!);
      if (ours.length + theirs.length > 0) lines.push(` ${letter(client)} hears`, ...rows(theirs, ours));
    }
    if (left.queued.length + right.queued.length > 0)
      lines.push(' queue groups get', ...rows(left.queued, right.queued));
  }
  return lines.join('\n');
}

function letter(client: number): string {
  return String.fromCharCode(65 + client);
}

function saidLines({ lines, closed, reset }: Said): string[] {
  return closed ? [...lines, reset ? '(reset)' : '(closed)'] : [...lines];
}

function rows(left: readonly string[], right: readonly string[]): string[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => {
    return row(left[i] ?? '', right[i] ?? '', left[i] === right[i] ? ' ' : '≠');
  });
}

function row(left: string, right: string, mark: string): string {
  return `  ${clip(left, WIDTH).padEnd(WIDTH)} ${mark} ${clip(right, WIDTH)}`.trimEnd();
}

function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 20)}…${text.slice(-19)}`;
}

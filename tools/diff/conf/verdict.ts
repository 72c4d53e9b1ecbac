/** What one server says about a configuration file. */
import { spawn } from 'node:child_process';
import { adopt } from '../../bench/processes.js';

/** A place in a file; syntax errors of nats-server have no column. */
export interface Place {
  readonly line: number;
  readonly column: number | undefined;
}

/** One problem, as it was printed. */
export interface Problem {
  /** Absent for a problem of the whole file. */
  readonly place: Place | undefined;
  /** Without place and program name. */
  readonly text: string;
}

/** The outcome of `-t`. */
export interface Verdict {
  readonly isValid: boolean;
  /** In the order of the file, as nats-server prints them in any order. */
  readonly problems: readonly Problem[];
}

const PLACED = /^[^\s:][^:]*:(\d+):(\d+): (.*)$/s;
const ON_LINE = / on line (\d+)\b/;

/** Reads the output of `nats-server -t`: one problem a line, of which the first starts with the program's name. */
export function problemsIn(output: string): readonly Problem[] {
  const problems = output
    .split('\n')
    .map((line) => line.replace(/^nats-server: /, ''))
    .filter(
      (line) => line.trim() !== '' && !line.startsWith('warning: ') && !/ is valid(?: \(.*\))?$/.test(line),
    )
    .map(readProblem);
  return problems.sort((one, other) => rankOf(one) - rankOf(other) || (one.text < other.text ? -1 : 1));
}

function readProblem(line: string): Problem {
  const [, placedLine, column, text] = PLACED.exec(line) ?? [];
  if (text !== undefined) return { place: { line: Number(placedLine), column: Number(column) }, text };
  const [, onLine] = ON_LINE.exec(line) ?? [];
  return {
    place: onLine === undefined ? undefined : { line: Number(onLine), column: undefined },
    text: line,
  };
}

function rankOf({ place }: Problem): number {
  return place === undefined ? -1 : place.line * 10_000 + (place.column ?? 0);
}

/** Longest time a check may take, in milliseconds. */
const CHECK_MS = 30_000;

/** Runs `-t` on a file; `words` come before it. */
export function check(
  program: { readonly path: string; readonly words: readonly string[]; readonly argv0?: string },
  file: string,
  cwd: string,
): Promise<Verdict> {
  const words = [...program.words, '-t', '-c', file];
  const argv0 = program.argv0 ?? program.path;
  const child = adopt(
    spawn(program.path, words, { cwd, argv0, timeout: CHECK_MS, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ isValid: code === 0, problems: code === 0 ? [] : problemsIn(output) }),
    );
  });
}

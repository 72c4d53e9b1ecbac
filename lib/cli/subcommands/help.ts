/** The help of subcommands. */
import { usageOf } from '../flag-set.js';
import { SUBCOMMANDS } from './catalogue.js';
import type { Subcommand } from './subcommand.js';

const ABOUT_COLUMN = 28;
const LONGEST_LINE = 120;

/** Lines of two columns; a left one that is too long has its line for itself. */
function columns(rows: readonly (readonly [string, string])[], width: number): string {
  return rows
    .map(([left, right]) => {
      if (right === '') return `  ${left}\n`;
      if (left.length < width) return `  ${left.padEnd(width)} ${right}\n`;
      const fits = left.length + right.length + 4 <= LONGEST_LINE;
      return fits ? `  ${left}  ${right}\n` : `  ${left}\n${' '.repeat(width + 3)}${right}\n`;
    })
    .join('');
}

/** The text of `sluice NAME --help`, with a line end. */
export function subcommandHelp({ name, words, about, groups, details, examples }: Subcommand): string {
  const parts = [
    `Usage: sluice ${name} [options]${words === '' ? '' : ` ${words}`}\n`,
    `${about.charAt(0).toUpperCase()}${about.slice(1)}.\n${details.map((line) => `${line}\n`).join('')}`,
    ...groups.map(
      ({ title, flags }) =>
        `${title}:\n${columns(
          flags.map((flag) => [usageOf(flag), flag.about] as const),
          ABOUT_COLUMN,
        )}`,
    ),
  ];
  const longest = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, what]) => [`sluice ${line}`, what] as const);
  return `${parts.join('\n')}\nExamples:\n${columns(lines, 'sluice '.length + longest + 1)}`;
}

/** The list of them for `sluice --help`. */
export function subcommandList(width: number): string {
  return columns(
    SUBCOMMANDS.map(({ name, words, about }) => [`${name} ${words}`, about] as const),
    width,
  );
}

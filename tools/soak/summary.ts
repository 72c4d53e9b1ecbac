import { table } from './table.js';

/** The scenarios of the table in docs/flow.md. */
const IDS = ['1', '13a', '13b', '13c', '13d', '13e', '13f'];
const FIGURES = ['longest pause', 'memory before', 'memory, peak'] as const;

/** The figures of slow readers beside healthy ones, from what `--write` has put into docs/reliability.md. */
export function slowReaders(page: string): string {
  const rows = IDS.flatMap((id) => {
    const section = between(page, `<!-- chaos-${id}:begin -->`, `<!-- chaos-${id}:end -->`);
    const name = /\*\*[^:*]+: ([^*]+)\*\*/.exec(section)?.[1];
    const lines = section.split('\n').filter((line) => line.startsWith('|'));
    const brokers = cells(lines[0] ?? '').slice(1);
    if (name === undefined) return [];
    return brokers.map((broker, i) => {
      const figures = FIGURES.map((figure) => {
        const line = lines.find((each) => each.startsWith(`| ${figure}`));
        return line === undefined ? '' : (cells(line)[i + 1] ?? '');
      });
      return [i === 0 ? name : '', broker, ...figures];
    });
  });
  return table(['', 'broker', ...FIGURES], rows);
}

function cells(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function between(page: string, begin: string, end: string): string {
  const from = page.indexOf(begin);
  return from < 0 ? '' : page.slice(from + begin.length, page.indexOf(end, from));
}

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

const COSTS: Readonly<Record<string, string>> = {
  'memory, idle': 'heap and external memory of a connection, idle',
  'after 500 messages': '… after 500 messages of 1 KiB',
  'resident then': '… resident memory of a connection then',
  'CPU time for a message of 1 KiB': '… CPU time of the broker for a message',
  'bytes over TCP': '… bytes over TCP for a message',
};

/** What WebSockets take, compressed and not, from what `--write` has put into docs/reliability.md. */
export function webSocketCosts(page: string): string {
  const section = between(page, '<!-- chaos-17:begin -->', '<!-- chaos-17:end -->');
  const lines = section.split('\n').map(cells);
  const kinds = ['plain', 'compressed'].map((kind) => {
    const from = lines.findIndex(([what]) => what?.startsWith(`${kind}: `));
    const part = lines.slice(Math.max(0, from));
    const find = (what: string): string =>
      part.find(([name]) => name?.replace(`${kind}: `, '') === what)?.[1] ?? '';
    return [`WebSocket, ${kind}`, ...Object.values(COSTS).map(find)];
  });
  return table(['a connection', ...Object.keys(COSTS)], kinds);
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

/** The table of `docs/nats-conf.md`, written from the tables that the translation is driven by. */
import type { KeyRow } from '../../../../lib/config/conf/rows.js';
import { BLOCKS } from '../../../../lib/config/conf/translate.js';

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** What becomes of a key, in a few words. */
function becomes({ names: [name], fate, to }: KeyRow): string {
  if (fate === 'ignored') return 'ignored, with a warning';
  if (fate === 'refused') return '**refused**';
  if (to === '') return 'read';
  return to === name ? 'the same' : `\`${to}\``;
}

/** The tables, one per block. */
export function confTables(): string {
  return BLOCKS.map(({ block, rows }) => {
    const lines = rows.map((row) => {
      const [name, ...aliases] = row.names;
      const also = aliases.map((alias) => `\`${alias}\``).join(', ');
      return `| \`${name}\` | ${also} | ${cell(becomes(row))} | ${cell(row.note)} |`;
    });
    const title = block === '' ? '### At the top' : `### \`${block}\``;
    return [title, '', '| Key | Also | In TOML | Note |', '|---|---|---|---|', ...lines].join('\n');
  }).join('\n\n');
}

const MARK = /(<!-- keys: written from the translation -->\n)[\s\S]*?(<!-- \/keys -->)/;

/** `docs/nats-conf.md` with the tables as the translation has them. */
export function confMarkdown(current: string): string {
  return current.replace(MARK, (_, start: string, end: string) => `${start}\n${confTables()}\n\n${end}`);
}

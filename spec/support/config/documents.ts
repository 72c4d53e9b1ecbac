/** The documents that are written from the schema. `UPDATE_DOCS=1 make test` rewrites them. */
import { readFileSync, writeFileSync } from 'node:fs';
import * as v from 'valibot';
import { FIELDS, type Field } from '../../../lib/config/fields.js';
import { printConfig } from '../../../lib/config/print.js';
import { settingsSchema } from '../../../lib/config/schema.js';

const HEADER = `# sluice's configuration: every key with its default. docs/config.md has the same as a table.
#
# sluice reads ./config.toml when it is started without a file or an address. Flags win over SLUICE_ variables, those
# over this file. Sizes: 1048576, "64KiB", "1MB". Durations: "500ms", "2s", "1m30s". Port -1: any free one. "": none.
# Users, permissions, accounts and operators are in docs/config.md.
`;

/** `config.toml` as the schema has it. */
export function configToml(): string {
  const comment = ({ kind, about, allowed }: Field) =>
    ['text', 'secret', 'boolean', 'address', 'addresses'].includes(kind)
      ? [about]
      : [`${about} Allowed: ${allowed}.`];
  return `${HEADER}\n${printConfig(v.parse(settingsSchema, {}), comment)}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** Kinds that need no more words than their name. */
const KINDS: { readonly [Kind in Field['kind']]?: string } = {
  address: 'address',
  addresses: 'address, or list of them',
  secret: 'secret',
  text: 'text',
};

/** The table of `docs/config.md` as the schema has it. */
export function configTable(): string {
  const plain = [...FIELDS.values()].filter(({ kind }) => kind !== 'tree');
  const rows = plain.map(({ key, kind, fallback, allowed, flag, variable, about }) => {
    const range = KINDS[kind] ?? allowed;
    const cells = [
      `\`${key}\``,
      `\`${JSON.stringify(fallback)}\``,
      range,
      flag ? `\`${flag}\`` : '',
      `\`${variable}\``,
    ];
    return `| ${[...cells, about].map(cell).join(' | ')} |`;
  });
  return [
    '| Key | Default | Allowed | Flags | Environment | Meaning |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

const MARK = /(<!-- settings: written from the schema -->\n)[\s\S]*?(<!-- \/settings -->)/;

/** `docs/config.md` with the table as the schema has it. */
export function configMarkdown(current: string): string {
  return current.replace(MARK, (_, start: string, end: string) => `${start}${configTable()}\n${end}`);
}

/** What a document holds; first rewritten when UPDATE_DOCS asks for it. */
export function document(path: string, write: (current: string) => string): string {
  const { UPDATE_DOCS } = process.env;
  if (UPDATE_DOCS) writeFileSync(path, write(readFileSync(path, { encoding: 'utf8', flag: 'a+' })));
  return readFileSync(path, 'utf8');
}

/** The configuration as TOML. */
import { type Address, formatAddress } from '../domain/address.js';
import { FIELDS, type Field } from './fields.js';
import { MASK, quoted, tableLines, treeLines } from './print-tree.js';
import type { Settings } from './schema.js';
import { formatBytes, formatDuration } from './units.js';

/** One value as TOML. Secrets are masked; what is not set is the empty text. */
function toToml({ kind }: Field, value: unknown): string {
  switch (kind) {
    case 'boolean':
    case 'integer':
      return String(value);
    case 'bytes':
      return quoted(formatBytes(value as number));
    case 'duration':
      return quoted(formatDuration(value as number));
    case 'address':
      return quoted(value === undefined ? '' : formatAddress(value as Address));
    case 'addresses': {
      const texts = (value as readonly Address[]).map((address) => quoted(formatAddress(address)));
      return texts.length === 1 ? texts.join('') : `[${texts.join(', ')}]`;
    }
    case 'list':
      return `[${(value as readonly string[]).map(quoted).join(', ')}]`;
    case 'handshake':
      return typeof value === 'number' ? quoted(formatDuration(value)) : String(value);
    case 'secret':
      return quoted(value === undefined ? '' : MASK);
    default:
      return quoted((value as string | undefined) ?? '');
  }
}

/**
 * The whole configuration as a TOML file that sluice reads, but for secrets, which are masked. Users, accounts and
 * their like are left out where there are none.
 * @param comment lines to put above a key, without `#`; none by default
 */
export function printConfig(
  settings: Settings,
  comment: (field: Field) => readonly string[] = () => [],
): string {
  const lines: string[] = [];
  let table = '';
  for (const field of FIELDS.values()) {
    const [head = '', name] = field.path;
    const value = field.path.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], settings);
    if (field.kind === 'tree') {
      const isTable = name === undefined && !Array.isArray(value);
      lines.push(...(isTable ? tableLines(head, value as object) : treeLines(name ?? head, value)));
      continue;
    }
    if (name !== undefined && head !== table) {
      table = head;
      lines.push('', `[${table}]`);
    }
    lines.push(...comment(field).map((line) => `# ${line}`));
    lines.push(`${name ?? head} = ${toToml(field, value)}`);
  }
  return `${lines.join('\n')}\n`;
}

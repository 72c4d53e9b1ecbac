/** The configuration as TOML. */
import { type Address, formatAddress } from './address.js';
import { FIELDS, type Field } from './fields.js';
import type { Settings } from './schema.js';
import { formatBytes, formatDuration } from './units.js';

const MASK = '********';

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f');
}

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
      return quoted(formatAddress(value as Address));
    case 'secret':
      return quoted(value === undefined ? '' : MASK);
    default:
      return quoted((value as string | undefined) ?? '');
  }
}

/**
 * The whole configuration as a TOML file that sluice reads, but for secrets, which are masked.
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
    if (name !== undefined && head !== table) {
      table = head;
      lines.push('', `[${table}]`);
    }
    lines.push(...comment(field).map((line) => `# ${line}`));
    const value = field.path.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], settings);
    lines.push(`${name ?? head} = ${toToml(field, value)}`);
  }
  return `${lines.join('\n')}\n`;
}

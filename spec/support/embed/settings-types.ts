/** The types of settings as they are written from the schema. `UPDATE_DOCS=1 make test` rewrites them. */
import { FIELDS, type Field } from '../../../lib/config/fields.js';
import { camelCase } from '../../../lib/embed/setting-shapes.js';

const HEADER = `/** Settings in camelCase. Written from lib/config/schema.ts: \`UPDATE_DOCS=1 make test\` writes it anew. */
import type { SettingsInput } from '../config.js';
import type { Duration, Either, Size, TreeIn } from './either.js';
`;

/** What each table is about. */
const ABOUT: Readonly<Record<string, string>> = {
  '': 'Settings of the server as a whole.',
  nats: 'Settings of NATS clients.',
  line: 'Settings of line clients (telnet, nc).',
  limits: 'Limits of connections and of what they send.',
  flow: 'What happens to connections that take their messages too slowly; docs/flow.md.',
  authorization: 'Who may log in, with which rights.',
  tls: 'TLS of the listeners.',
  monitor: 'HTTP monitoring.',
  websocket: 'WebSockets; docs/websocket.md.',
  leaf: 'Leaf links, dialled and accepted; docs/scale-out.md.',
  lame_duck: 'How clients are told to leave before a shutdown.',
  log: 'The log of the command; an embedded broker logs to its `logger`.',
  shutdown: 'How the broker closes.',
};

const LIST = 'string | readonly string[]';

function typeOf({ kind, allowed, path }: Field): string {
  switch (kind) {
    case 'address':
      return 'string | number';
    case 'addresses':
      return 'string | number | readonly (string | number)[]';
    case 'bytes':
      return 'Size';
    case 'choice':
      return allowed
        .split(', ')
        .map((word) => `'${word.replaceAll('"', '')}'`)
        .join(' | ');
    case 'duration':
      return 'Duration';
    case 'handshake':
      return 'boolean | Duration';
    case 'integer':
      return 'number';
    case 'list':
      return LIST;
    case 'tree': {
      const [head = '', name] = path;
      return name === undefined ? `Either<SettingsInput['${head}']>` : `TreeIn<'${head}', '${name}'>`;
    }
    case 'boolean':
      return 'boolean';
    default:
      return 'string';
  }
}

const UNITS: { readonly [Kind in Field['kind']]?: string } = {
  bytes: 'Bytes, or text such as `64KiB`',
  duration: 'Milliseconds, or text such as `2s`',
  handshake: 'Milliseconds, or text such as `50ms`, of a duration',
};

/** Defaults that are not those of the file. */
const FALLBACKS: Readonly<Record<string, string>> = { 'monitor.listener': '127.0.0.1:8222' };

function comment({ key, kind, about, allowed, fallback: inFile }: Field): string {
  const fallback = FALLBACKS[key] ?? inFile;
  const unit = UNITS[kind];
  const range = ['bytes', 'duration', 'integer'].includes(kind) ? allowed : undefined;
  const facts = [unit, range].filter((text) => text !== undefined).join('; ');
  const none = fallback === '' || (Array.isArray(fallback) && fallback.length === 0) || kind === 'tree';
  const standard = none
    ? 'none'
    : `\`${typeof fallback === 'string' ? fallback : JSON.stringify(fallback)}\``;
  return `${about}${facts === '' ? '' : ` ${facts[0]!.toUpperCase()}${facts.slice(1)}.`} Default: ${standard}.`;
}

/** Words of a comment in lines that fit. */
function lines(text: string): string {
  if (text.length <= 100) return `  /** ${text} */`;
  const wrapped: string[] = [''];
  for (const word of text.split(' '))
    if (`${wrapped.at(-1)} ${word}`.length <= 105) wrapped.push(`${wrapped.pop()} ${word}`.trimStart());
    else wrapped.push(word);
  return ['  /**', ...wrapped.map((line) => `   * ${line}`), '   */'].join('\n');
}

function interfaceName(table: string): string {
  const name = camelCase(table === '' ? 'server' : table);
  return `${name[0]!.toUpperCase()}${name.slice(1)}Settings`;
}

function tablesOf(): ReadonlyMap<string, readonly Field[]> {
  const tables = new Map<string, Field[]>();
  for (const field of FIELDS.values()) {
    const table = field.path.length === 1 ? '' : field.path[0]!;
    tables.set(table, [...(tables.get(table) ?? []), field]);
  }
  return tables;
}

/** `lib/embed/settings-types.ts` as the schema has it. */
export function settingsTypes(): string {
  const tables = tablesOf();
  const interfaces = [...tables].map(([table, fields]) => {
    const rows = fields
      .filter(({ key }) => key !== 'accounts')
      .map(
        (field) =>
          `${lines(comment(field))}\n  readonly ${camelCase(field.path.at(-1)!)}?: ${typeOf(field)} | undefined;`,
      );
    const listener =
      table === 'nats'
        ? [
            `${lines(comment(FIELDS.get('listener')!))}\n  readonly listener?: ${typeOf(FIELDS.get('listener')!)} | undefined;`,
          ]
        : [];
    return `/** ${ABOUT[table]} */\nexport interface ${interfaceName(table)} {\n${[...listener, ...rows].join('\n')}\n}\n`;
  });
  const index = [...tables.keys()].map(
    (table) => `  readonly ${table === '' ? 'top' : camelCase(table)}: ${interfaceName(table)};`,
  );
  return `${HEADER}\n${interfaces.join('\n')}\n/** The tables by name; \`top\` is what is in none. */\nexport interface Settings {\n${index.join('\n')}\n}\n`;
}

/** The environment as a source: `SLUICE_` and the path of the key in upper case. */
import { FIELDS } from './fields.js';
import { fromText, type Given, type Source } from './given.js';
import { closest } from './suggest.js';

const PREFIX = 'SLUICE_';

/** Names that belong to clients, as NATS_URL does: the address of a broker to connect to. */
const CLIENT_VARIABLES: ReadonlySet<string> = new Set(['SLUICE_LINE', 'SLUICE_URL']);

/**
 * Reads every `SLUICE_` variable. An empty one counts as absent. An unknown one is a warning, not a problem: whoever
 * sets the environment (an orchestrator, say) may not be whoever chose the version.
 */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): Source & {
  readonly warnings: readonly string[];
} {
  const plain = [...FIELDS.values()].filter(({ kind }) => kind !== 'tree');
  const byVariable = new Map(plain.map((field) => [field.variable, field]));
  const suffixes = [...byVariable.keys()].map((name) => name.slice(PREFIX.length));
  const given: Given[] = [];
  const warnings: string[] = [];
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || CLIENT_VARIABLES.has(name) || !text) continue;
    const field = byVariable.get(name);
    if (field !== undefined) {
      const origin = field.kind === 'secret' ? name : `${name}=${text}`;
      given.push({ field, value: fromText(field, text), origin });
      continue;
    }
    const meant = closest(name.slice(PREFIX.length), suffixes);
    warnings.push(`${name}: unknown variable, ${meant ? `did you mean ${PREFIX}${meant}?` : 'ignored'}`);
  }
  return { given, problems: [], warnings };
}

/** The environment as a source: `SLUICE_` and the path of the key in upper case. */
import { FIELDS } from './fields.js';
import { fromText, type Given, type Source } from './given.js';
import { fieldOf, PLACE_KEYS, type PlacePart, partOf } from './places.js';
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
  const placeKeys = new Map(
    PLACE_KEYS.map((key) => [`${PREFIX}${key.replace('.', '_').toUpperCase()}`, key]),
  );
  suffixes.push(...[...placeKeys.keys()].map((name) => name.slice(PREFIX.length)));
  const given: Given[] = [];
  const places: PlacePart[] = [];
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || CLIENT_VARIABLES.has(name) || !text) continue;
    const field = byVariable.get(name);
    if (field !== undefined) {
      const origin = field.kind === 'secret' ? name : `${name}=${text}`;
      given.push({ field, value: fromText(field, text), origin });
      continue;
    }
    const key = placeKeys.get(name);
    const place = key === undefined ? undefined : partOf(key);
    if (place !== undefined) {
      places.push({ ...place, value: text, origin: `${name}=${text}` });
      continue;
    }
    if (key !== undefined) {
      const alias = fieldOf(key)!;
      if (given.some((each) => each.field === alias) || environment[alias.variable])
        problems.push(`${name}=${text}: excluded by ${alias.variable}, which is the same`);
      else given.push({ field: alias, value: fromText(alias, text), origin: `${name}=${text}` });
      continue;
    }
    const meant = closest(name.slice(PREFIX.length), suffixes);
    warnings.push(`${name}: unknown variable, ${meant ? `did you mean ${PREFIX}${meant}?` : 'ignored'}`);
  }
  return { given, problems, places, warnings };
}

/** The environment as a source: `SLUICE_` and the path of the key in upper case. */
import { FIELDS } from './fields.js';
import { fromText, type Given, type PlacePart, type Source } from './given.js';
import { fieldOf, PLACE_KEYS, partOf } from './places.js';
import { closest } from './suggest.js';

const PREFIX = 'SLUICE_';

/** Names that belong to clients, as NATS_URL does: the address of a broker to connect to. */
const CLIENT_VARIABLES: ReadonlySet<string> = new Set(['SLUICE_LINE', 'SLUICE_URL']);

/**
 * What Kubernetes and Docker set for a service or a container that is called sluice, or sluice-something:
 * `SLUICE_SERVICE_HOST`, `SLUICE_NATS_PORT_4222_TCP_ADDR`.
 */
const SERVICE_VARIABLE =
  /_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z\d_]+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;

/** The value of the one of them that ends with `_PORT`, as settings do: `SLUICE_NATS_PORT=tcp://10.0.0.7:4222`. */
const SERVICE_URL = /^(?:tcp|udp|sctp):\/\//;

/**
 * Reads every `SLUICE_` variable. An empty one counts as absent; an unknown one is a problem, as an unknown key is.
 */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): Source {
  const variables = Object.entries(environment).filter(([name]) => name.startsWith(PREFIX));
  if (variables.length === 0) return { given: [], problems: [] };
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
  for (const [name, text] of variables) {
    if (CLIENT_VARIABLES.has(name) || !text) continue;
    if (name.endsWith('_PORT') && SERVICE_URL.test(text)) continue;
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
    const alias = key === undefined ? undefined : fieldOf(key);
    if (alias !== undefined) {
      if (given.some((each) => each.field === alias) || environment[alias.variable])
        problems.push(`${name}=${text}: excluded by ${alias.variable}, which is the same`);
      else given.push({ field: alias, value: fromText(alias, text), origin: `${name}=${text}` });
      continue;
    }
    if (SERVICE_VARIABLE.test(name)) continue;
    const meant = closest(name.slice(PREFIX.length), suffixes);
    problems.push(
      `${name}: unknown variable, ${meant ? `did you mean ${PREFIX}${meant}?` : 'allowed: those of docs/config.md'}`,
    );
  }
  return { given, problems, places };
}

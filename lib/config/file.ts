/** Configuration files as sources: TOML, or the conf files of nats-server. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { SluiceError } from '../domain/errors.js';
import { readErrorText } from '../domain/read-error.js';
import type { Source } from './given.js';
import { type Naming, settingsIn } from './settings-in.js';
import { showPath } from './show.js';
import { type Place, tomlPlaces } from './toml-places.js';

/** What the environment holds. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What reads the other kind of file; loaded only when there is one. */
export type ConfModule = Pick<typeof import('./conf/index.js'), 'readConf'>;

/**
 * Reads a configuration file. `.toml` is TOML; `.conf` and `.cfg` are as nats-server has them; anything else is TOML,
 * unless it is none and reads as a conf file.
 * @param importConf where the reader of conf files comes from
 * @throws SluiceError CONFIG_UNREADABLE when it cannot be read or is neither
 */
export async function readConfigFile(
  path: string,
  environment: Environment = {},
  importConf: () => Promise<ConfModule> = () => import('./conf/index.js'),
): Promise<Source> {
  const extension = extname(path).toLowerCase();
  const asConf = async () => confSource((await importConf()).readConf(path, environment), path);
  if (extension === '.conf' || extension === '.cfg') return asConf();
  const tree = parseToml(readText(path), path);
  if (!(tree instanceof SluiceError)) return tree;
  if (extension === '.toml') throw tree;
  try {
    return await asConf();
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    throw tree;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new SluiceError('CONFIG_UNREADABLE', `${path}: ${readErrorText(error)}`, { cause: error });
  }
}

/** What a TOML file says, or why it is none. */
function parseToml(text: string, path: string): Source | SluiceError {
  // Only when there is a file; and as CommonJS, which is one file where the ES modules are many: half the time.
  const { parse, TomlError }: typeof import('smol-toml') = createRequire(import.meta.url)('smol-toml');
  try {
    const tree = parse(text);
    const places = tomlPlaces(text, (quoted) => Object.keys(parse(`${quoted} = 0`))[0] ?? '');
    return settingsIn(tree, namedByPlace(places, path));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason] = error.message.replace('Invalid TOML document: ', '').split('\n');
    const message = `${path}:${error.line}:${error.column}: not TOML: ${reason}`;
    return new SluiceError('CONFIG_UNREADABLE', message, { cause: error });
  }
}

/** Keys are named by their place in the file and their path. */
function namedByPlace(places: ReadonlyMap<string, Place>, file: string): Naming {
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const place = places.get(showPath(path.slice(0, length)));
      if (place !== undefined) return `${file}:${place.line}:${place.column}: ${showPath(path)}`;
    }
    return `${file}: ${showPath(path)}`;
  };
}

/** What a conf file says; its keys are named as they are written there, with their place. */
function confSource(
  { settings, origins, problems, ...rest }: ReturnType<ConfModule['readConf']>,
  path: string,
): Source {
  const name: Naming = (keys) => {
    // The nearest table or list that has a place: the reader need not know one for every key.
    for (let length = keys.length; length > 0; length--) {
      const known = keys.slice(0, length).map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`));
      const origin = origins.get(known.join('').slice(1));
      if (origin === undefined) continue;
      const rest = showPath(keys.slice(length));
      return `${origin}${rest === '' || rest.startsWith('[') ? '' : '.'}${rest}`;
    }
    return `${path}: ${showPath(keys)}`;
  };
  const source = settingsIn(settings, name);
  return { ...source, ...rest, problems: [...problems, ...source.problems] };
}

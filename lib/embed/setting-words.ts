/** Settings as JavaScript has them, turned into the words of the configuration file. */
import { FIELDS } from '../config/fields.js';
import { isTable } from '../config/strict.js';
import { closest } from '../config/suggest.js';
import { isOptions } from './check.js';
import { camelCase, type Keys, SETTINGS, type Shape } from './setting-shapes.js';
import { kindOf } from './values.js';

type Path = readonly (string | number)[];

/** What was turned into the words of the file, and how it was called before. */
export class Translation {
  /** One for each line of the message. */
  readonly problems: string[] = [];
  /** By the path in the file's words: what the key is called in the program, and the value it has there. */
  private readonly given = new Map<string, { readonly name: string; readonly value: unknown }>();

  /**
   * Records that a key of the file stands for one of the program.
   * @param value the value in the program, where it is another one
   */
  record(path: Path, name: string, value?: unknown): void {
    this.given.set(JSON.stringify(path), { name, value });
  }

  /** What a key is called in the program: that of the nearest part that is known, and the rest of the path. */
  nameOf(path: Path): string {
    const words = FIELDS.has(path.join('.')) ? path.map((word) => camelCase(String(word))) : path;
    for (let length = path.length; length > 0; length--) {
      const known = this.given.get(JSON.stringify(path.slice(0, length)));
      if (known !== undefined)
        return words.slice(length).reduce<string>((name, key) => joined(name, key), known.name);
    }
    return words.reduce<string>((name, key) => joined(name, key), '');
  }

  /** The value in the program of a key that was turned into something else; undefined: it is as it was. */
  valueOf(path: Path): unknown {
    return this.given.get(JSON.stringify(path))?.value;
  }

  /**
   * A table in the words of the file. Keys that are undefined are absent.
   * @param extra further keys that there are, for the message about one that is unknown
   */
  table(given: object, keys: Keys, path: Path, name: string, extra: readonly string[] = []): object {
    const translated: Record<string, unknown> = {};
    const spelled = new Map<string, string>();
    for (const [key, value] of Object.entries(given)) {
      if (value === undefined) continue;
      const word = wordOf(key, keys);
      const shape = word === undefined ? undefined : keys[word];
      const own = joined(name, key);
      const other = word === undefined ? undefined : spelled.get(word);
      if (word === undefined || shape === undefined)
        this.problems.push(`${own}: ${unknownKey(key, keys, path, extra)}`);
      else if (other !== undefined)
        this.problems.push(`${own}: excluded by ${joined(name, other)}, which is the same`);
      else {
        spelled.set(word, key);
        const inner = [...path, word];
        this.record(inner, own);
        translated[word] = this.value(value, shape, inner, own);
      }
    }
    return translated;
  }

  private value(given: unknown, shape: Shape, path: Path, name: string): unknown {
    switch (shape.kind) {
      case 'duration':
        return typeof given === 'number' ? this.duration(given, path, name) : given;
      case 'table':
        if (shape.isSwitch === true && typeof given === 'boolean') return given;
        if (isOptions(given)) return this.table(given, shape.keys, path, name);
        this.problems.push(`${name}: ${notATable(given, shape.keys)}`);
        return undefined;
      case 'list':
        return Array.isArray(given)
          ? given.map((item, index) => this.value(item, shape.of, [...path, index], joined(name, index)))
          : given;
      case 'names':
        if (!isTable(given) || !isOptions(given)) return given;
        return Object.fromEntries(
          Object.entries(given)
            .filter(([, item]) => item !== undefined)
            .map(([key, item]) => [key, this.value(item, shape.of, [...path, key], joined(name, key))]),
        );
      default:
        return given;
    }
  }

  private duration(ms: number, path: Path, name: string): unknown {
    this.record(path, name, ms);
    if (Number.isSafeInteger(ms) && ms >= 0) return `${ms}ms`;
    this.problems.push(`${name} = ${ms}: not a whole number of milliseconds, allowed: 0 or more`);
    return undefined;
  }
}

/** The key of the file that a key of the program stands for; both spellings are taken. */
function wordOf(key: string, keys: Keys): string | undefined {
  if (Object.hasOwn(keys, key)) return key;
  return Object.keys(keys).find((word) => camelCase(word) === key);
}

function joined(name: string, key: string | number): string {
  if (typeof key === 'number') return `${name}[${key}]`;
  const shown = /^[\w$-]+$/.test(key) ? key : JSON.stringify(key);
  return name === '' ? shown : `${name}.${shown}`;
}

function unknownKey(key: string, keys: Keys, path: Path, extra: readonly string[]): string {
  const known = [...Object.keys(keys).map(camelCase), ...extra];
  const allowed = `allowed: ${known.join(', ')}`;
  const meant = closest(key, known) ?? (path.length < 2 ? elsewhere(key) : undefined);
  return `unknown key, ${meant === undefined ? '' : `did you mean ${meant}? `}${allowed}`;
}

/** A setting of that name in another table, if there is one only; `logLevel` as well is `log.level`. */
function elsewhere(key: string): string | undefined {
  const found = Object.entries(SETTINGS).flatMap(([name, shape]) => {
    if (shape.kind !== 'table') return [];
    const words = Object.keys(shape.keys).map(camelCase);
    const own = wordOf(key, shape.keys);
    const meant = own === undefined ? undefined : camelCase(own);
    return words
      .filter((word) => word === meant || `${name}${word}`.toLowerCase() === key.toLowerCase())
      .map((word) => `${camelCase(name)}.${word}`);
  });
  return found.length === 1 || (key === 'port' && found.length > 0) ? found[0] : undefined;
}

/** What an error says of a value that is no table of settings. */
function notATable(value: unknown, keys: Keys, others = ''): string {
  return `not usable, allowed: ${others}an object with any of ${Object.keys(keys).map(camelCase).join(', ')}, not ${kindOf(value)}`;
}

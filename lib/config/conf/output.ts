/** Where translated settings go, and all there is to say about them. */
import { FIELDS } from '../fields.js';
import { type ConfValue, formatPosition, oneLine, type Position } from './values.js';

/** A tree of settings in TOML's words. */
export type Tree = Record<string, unknown>;

/** One value of the file, and how messages call it. */
export interface Item {
  readonly value: ConfValue;
  /** Where the key stands; of a list's value: the value. */
  readonly at: Position;
  /** In the file's own words: `authorization.users[2].pass`. */
  readonly path: string;
}

/** `file:line:column: path`, what a message about an item starts with. */
function originOf({ at, path }: Item): string {
  return `${formatPosition(at)}: ${oneLine(path)}`;
}

/** The users that one list holds, to be compared with those of other lists. */
export interface UserList {
  /** The list, or the block `authorization` around it, where nats-server reports what is wrong with it. */
  readonly item: Item;
  readonly isAccount: boolean;
  readonly users: readonly { readonly kind: 'user' | 'nkey'; readonly name: string }[];
}

/** What a whole translation says besides the settings. */
export class Findings {
  /** Dotted TOML key, `a.b[2].c` → {@link originOf} what it comes from. */
  readonly origins = new Map<string, string>();
  readonly warnings: string[] = [];
  /** Warnings that make `nats-server -t` fail, in its words; they are not in {@link warnings}. */
  readonly cautions: string[] = [];
  readonly problems: string[] = [];
  /** Dotted TOML keys of settings, or of their tables, that are missing because their values are wrong. */
  readonly wrong = new Set<string>();
  /** Whether the value that is being translated is wrong; the row of its key makes that one of {@link wrong}. */
  isWrong = false;
  readonly userLists: UserList[] = [];
  /** What cannot become a setting before everything has been read: a port without its host. */
  readonly noted = new Map<string, { readonly value: unknown; readonly item: Item }>();
}

/** One table of the settings. */
export class Output {
  readonly tree: Tree;
  readonly findings: Findings;
  private readonly prefix: string;

  /** @param prefix the table's TOML key with a dot after it; empty at the top */
  constructor(findings: Findings, prefix = '', tree: Tree = {}) {
    this.findings = findings;
    this.prefix = prefix;
    this.tree = tree;
  }

  /** Sets a key, which may be `table.key`. Without an item it has no origin: the file did not say so. */
  set(key: string, value: unknown, item?: Item): void {
    const dot = key.indexOf('.');
    if (dot !== -1) {
      this.table(key.slice(0, dot)).set(key.slice(dot + 1), value, item);
      return;
    }
    define(this.tree, key, value);
    if (item !== undefined) this.findings.origins.set(`${this.prefix}${key}`, originOf(item));
  }

  /**
   * Sets a number of a range. What is beyond it becomes the nearest there is, with a warning: nats-server takes any.
   * @param written how the setting has numbers, as durations are text there
   */
  setWithin(key: string, value: number, item: Item, written: (value: number) => string | number): void {
    const { min, max } = FIELDS.get(`${this.prefix}${key}`)?.range ?? { min: value, max: value };
    const nearest = Math.min(Math.max(value, min), max);
    if (nearest !== value) {
      this.warn(item, `taken as ${written(nearest)}, the ${nearest === min ? 'least' : 'most'} there is`);
    }
    this.set(key, written(nearest), item);
  }

  /** Sets a key of any name, dots and all. */
  setNamed(name: string, value: unknown, item: Item): void {
    define(this.tree, name, value);
    this.findings.origins.set(`${this.prefix}${name}`, originOf(item));
  }

  /** Sets a list, each part of which has its own place in the file. */
  setTexts(
    key: string,
    items: readonly { readonly text: unknown; readonly item: Item }[],
    whole: Item,
  ): void {
    this.set(
      key,
      items.map(({ text }) => text),
      whole,
    );
    for (const [index, { item }] of items.entries()) {
      this.findings.origins.set(`${this.prefix}${key}[${index}]`, originOf(item));
    }
  }

  /** The table of that name, whatever is in the name; made where there is none. */
  table(name: string, item?: Item): Output {
    if (item !== undefined) this.findings.origins.set(`${this.prefix}${name}`, originOf(item));
    const present = Object.hasOwn(this.tree, name) ? this.tree[name] : undefined;
    const inner = isTable(present) ? present : {};
    if (inner !== present) define(this.tree, name, inner);
    return new Output(this.findings, `${this.prefix}${name}.`, inner);
  }

  /** A new table at the end of the list of that name. */
  append(name: string, item: Item): Output {
    const present = this.tree[name];
    const list: unknown[] = Array.isArray(present) ? present : [];
    define(this.tree, name, list);
    const key = `${name}[${list.length}]`;
    const inner = new Output(this.findings, `${this.prefix}${key}.`);
    list.push(inner.tree);
    this.findings.origins.set(`${this.prefix}${key}`, originOf(item));
    return inner;
  }

  /** Takes back what {@link append} has added to the list of that name. */
  dropLast(name: string): void {
    const list = this.tree[name];
    if (Array.isArray(list)) list.pop();
  }

  /** Keeps something for when everything has been read. */
  note(name: string, value: unknown, item: Item): void {
    // The map's order is that of the file: what was said again was said later.
    this.findings.noted.delete(name);
    this.findings.noted.set(name, { value, item });
  }

  /** Says that what a key, relative to this table, would have set is missing; without a key: all of the table. */
  miss(key: string): void {
    const name = `${this.prefix}${key}`.replace(/\.$/, '');
    if (name !== '') this.findings.wrong.add(name);
  }

  /** A value that is wrong, so that there is no setting. */
  refuse(item: Item, what: string): void {
    this.findings.isWrong = true;
    this.report(item, what);
  }

  /** A problem of which no other setting depends. */
  report(item: Item, what: string): void {
    this.findings.problems.push(`${originOf(item)}: ${what}`);
  }

  /** A problem in nats-server's own words, which name what they are about; sluice may say more after them. */
  refuseAs({ at }: Pick<Item, 'at'>, words: string, more = ''): void {
    this.findings.problems.push(`${formatPosition(at)}: ${oneLine(words)}${more}`);
  }

  /** Something that a start does not mind and `nats-server -t` does, in its words. */
  caution({ at }: Pick<Item, 'at'>, words: string): void {
    this.findings.cautions.push(`${formatPosition(at)}: ${oneLine(words)}`);
  }

  /** Something to tell the user. */
  warn(item: Item, what: string): void {
    this.findings.warnings.push(`${originOf(item)}: ${what}`);
  }
}

function isTable(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets a key even if its name is `__proto__`. */
function define(tree: Tree, key: string, value: unknown): void {
  Object.defineProperty(tree, key, { value, enumerable: true, writable: true, configurable: true });
}

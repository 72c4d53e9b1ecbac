/** nats-server's configuration language: maps, lists, variables and includes. */
import { dirname, join } from 'node:path';
import { SluiceError } from '../../domain/errors.js';
import { MAX_CONFIG_BYTES, MAX_INCLUDE_DEPTH, MAX_INCLUDES } from '../../domain/limits.js';
import { readErrorText } from '../../domain/read-error.js';
import { formatBytes } from '../units.js';
import { Lexer, shown } from './lexer.js';
import { type ConfEntry, type ConfMap, type ConfValue, type Position, unreadable } from './values.js';

/** What a text may refer to. */
export interface ConfContext {
  /** The file it is from: part of every position, and what includes are relative to. */
  readonly path: string;
  /** Where variables are looked for last. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /**
   * Reads an included file, up to so many bytes and one more; what it throws becomes the reason.
   * @param maxBytes that a file may have
   */
  readonly readFile: (path: string, maxBytes: number) => string;
}

/** What all files of a configuration share: what its includes amount to so far. */
interface Totals {
  includes: number;
  bytes: number;
}

/** Maps and lists in one another: deeper is surely a mistake, and must not exhaust the stack. */
const MAX_DEPTH = 100;

/** The key that an environment value is given to be parsed. */
const ENVIRONMENT_KEY = 'value';

/**
 * Reads a text with all it includes. As with nats-server, a variable is a key of an enclosing map of the same file or
 * a variable of the environment; a key given twice counts once, the last time; an include is relative to the including
 * file even if it starts with `/`, and sees no variables of that file.
 * @throws SluiceError CONFIG_UNREADABLE in one line: `file:line:column: what`
 */
export function parseConf(text: string, context: ConfContext): ConfMap {
  const totals = { includes: 0, bytes: Buffer.byteLength(text) };
  return new Parser(new Lexer(text, context.path), context, [context.path], new Set(), totals).file();
}

/** Where entries stand: at the top, in braces around the whole, or in a map. */
type Surroundings = 'top' | 'braces' | 'map';

class Parser {
  private readonly lexer: Lexer;
  private readonly context: ConfContext;
  /** The files that include one another down to this one. */
  private readonly including: readonly string[];
  /** The environment variables whose values refer to one another down to this one. */
  private readonly expanding: ReadonlySet<string>;
  private readonly totals: Totals;
  /** The enclosing maps, outermost first. */
  private readonly scopes: ConfMap[] = [];
  private depth = 0;

  constructor(
    lexer: Lexer,
    context: ConfContext,
    including: readonly string[],
    expanding: ReadonlySet<string>,
    totals: Totals,
  ) {
    this.lexer = lexer;
    this.context = context;
    this.including = including;
    this.expanding = expanding;
    this.totals = totals;
  }

  file(): ConfMap {
    const entries: ConfMap = new Map();
    this.scopes.push(entries);
    this.entries(entries, 'top');
    return entries;
  }

  /** Entries up to the end of what they stand in, which is taken. */
  private entries(into: ConfMap, where: Surroundings, opened?: Position): void {
    const lexer = this.lexer;
    for (;;) {
      lexer.skip(true);
      const { next } = lexer;
      if (next === '') {
        // As nats-server has it, braces around the whole need no end.
        if (where !== 'map') return;
        throw unreadable(opened ?? lexer.position, "'{' is not closed");
      }
      if (next === '}') {
        lexer.take('}');
        if (where !== 'top') return;
        if (lexer.onlyBlanksLeft) return;
        throw unreadable(lexer.position, "'}' without a '{'");
      }
      if (next === '{' && where !== 'map') {
        lexer.take('{');
        this.nested(() => this.entries(into, 'braces'));
        if (where === 'top') continue;
      } else {
        this.entry(into, where);
      }
      if (this.endOfEntry(where)) return;
    }
  }

  /** Takes what separates an entry from the next. @returns whether it is the end of the map instead */
  private endOfEntry(where: Surroundings): boolean {
    const lexer = this.lexer;
    lexer.skip(false);
    if (lexer.take('\n\r;,') || lexer.next === '') return false;
    if (lexer.take('}')) return where !== 'top';
    const after = where === 'map' ? "',', ';', '}' or a line end" : "a line end, ',' or ';'";
    throw unreadable(lexer.position, `${shown(lexer.next)} after a value, allowed: ${after}`);
  }

  private entry(into: ConfMap, where: Surroundings): void {
    const lexer = this.lexer;
    if ('=:]'.includes(lexer.next)) {
      throw unreadable(lexer.position, `${shown(lexer.next)} where a key is due`);
    }
    const { name, at, quoted } = lexer.key();
    const keyword = !quoted && name.toLowerCase() === 'include' && !'=:'.includes(lexer.next);
    if (keyword) {
      this.include(into, at);
      return;
    }
    const wrong = (what: string) => unreadable(at, `${name}: ${what}`);
    lexer.skipBlanks(true);
    const separated = lexer.take('=:');
    if (!separated && lexer.next === '') throw wrong('a key without a value');
    lexer.skipBlanks(where === 'map');
    if (where !== 'map' && '\n\r'.includes(lexer.next) && lexer.next !== '') {
      throw wrong('no value on the same line');
    }
    if (where === 'map' && (lexer.next === ',' || lexer.next === '}')) throw wrong('a key without a value');
    put(into, { key: name, at, value: this.value(false), referenced: false });
  }

  private value(inList: boolean): ConfValue {
    const lexer = this.lexer;
    const start = lexer.position;
    // nats-server counts the characters in the quotes as the value.
    const isQuoted = inList && `'"`.includes(lexer.next) && lexer.next !== '';
    const at = isQuoted ? { ...start, column: start.column + 1 } : start;
    if (lexer.take('{')) {
      const entries: ConfMap = new Map();
      this.scopes.push(entries);
      this.nested(() => this.entries(entries, 'map', at));
      this.scopes.pop();
      return { kind: 'map', entries, at };
    }
    if (lexer.take('[')) {
      const items: ConfValue[] = [];
      this.nested(() => this.items(items, at));
      return { kind: 'list', items, at };
    }
    const word = lexer.word(inList);
    return word.kind === 'variable' ? { ...this.variable(word.name, at), at } : { ...word, at };
  }

  private items(into: ConfValue[], opened: Position): void {
    const lexer = this.lexer;
    for (;;) {
      lexer.skip(true);
      if (lexer.take(']')) return;
      if (lexer.next === '') throw unreadable(opened, "'[' is not closed");
      if (lexer.next === ',') throw unreadable(lexer.position, "',' where a value is due");
      into.push(this.value(true));
      lexer.skip(false);
      if (lexer.take(']')) return;
      if (lexer.next === '') throw unreadable(opened, "'[' is not closed");
      if (lexer.take(',\n\r')) continue;
      throw unreadable(lexer.position, `${shown(lexer.next)} after a value, allowed: ',', ']' or a line end`);
    }
  }

  private nested(read: () => void): void {
    if (++this.depth > MAX_DEPTH) {
      throw unreadable(this.lexer.position, `nested too deeply, allowed: ${MAX_DEPTH} levels`);
    }
    read();
    this.depth--;
  }

  private variable(name: string, at: Position): ConfValue {
    for (const scope of this.scopes.toReversed()) {
      const entry = scope.get(name);
      if (entry === undefined) continue;
      entry.referenced = true;
      return entry.value;
    }
    const { environment } = this.context;
    const text = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (text === undefined) {
      throw unreadable(at, `$${name}: no such variable, neither a key before it nor in the environment`);
    }
    if (this.expanding.has(name)) throw unreadable(at, `$${name}: refers to itself`);
    return this.environmentValue(name, text, at);
  }

  /** The text of an environment variable as it would be read in a file. It may be a secret: no message shows it. */
  private environmentValue(name: string, text: string, at: Position): ConfValue {
    const lexer = new Lexer(`${ENVIRONMENT_KEY}=${text}`, at.file, at);
    const expanding = new Set([...this.expanding, name]);
    try {
      const parsed = new Parser(lexer, this.context, this.including, expanding, this.totals).file();
      const found = parsed.get(ENVIRONMENT_KEY)?.value;
      if (found !== undefined) return found;
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
    }
    throw unreadable(
      at,
      `$${name}: the environment does not hold one value; quotes go around text with spaces`,
    );
  }

  private include(into: ConfMap, at: Position): void {
    const name = this.lexer.included();
    const path = join(dirname(this.context.path), name);
    if (this.including.includes(path)) {
      throw unreadable(
        at,
        `include "${name}": the file includes itself: ${[...this.including, path].join(' > ')}`,
      );
    }
    const text = this.includedText(path, name, at);
    const context = { ...this.context, path };
    const including = [...this.including, path];
    const parser = new Parser(new Lexer(text, path), context, including, this.expanding, this.totals);
    for (const entry of parser.file().values()) put(into, entry);
  }

  /** Reads an included file within the limits, which hold for all includes together. */
  private includedText(path: string, name: string, at: Position): string {
    const totals = this.totals;
    const wrong = (what: string, cause?: unknown) => unreadable(at, `include "${name}": ${what}`, cause);
    if (this.including.length > MAX_INCLUDE_DEPTH)
      throw wrong(`nested too deeply, allowed: ${MAX_INCLUDE_DEPTH} levels of includes`);
    if (++totals.includes > MAX_INCLUDES) throw wrong(`too many includes, allowed: ${MAX_INCLUDES} in all`);
    const maxBytes = MAX_CONFIG_BYTES - totals.bytes;
    let text: string;
    try {
      text = this.context.readFile(path, maxBytes);
    } catch (error) {
      throw wrong(readErrorText(error), error);
    }
    totals.bytes += Buffer.byteLength(text);
    if (totals.bytes > MAX_CONFIG_BYTES)
      throw wrong(`too large, allowed: ${formatBytes(MAX_CONFIG_BYTES)} with all includes`);
    return text;
  }
}

/** Sets a key; one that was there goes to the end, as what counts is where it was given last. */
function put(into: ConfMap, entry: ConfEntry): void {
  into.delete(entry.key);
  into.set(entry.key, entry);
}

/** Where the keys of a TOML file stand, which its parser does not say. */
import { type SettingPath, showPath } from './show.js';

/** A place in a text, both counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * Finds every key, and every value of a list.
 * @param text TOML that a parser has taken; of any other the answer means nothing, and may be empty
 * @param nameOf the name that a key in double quotes stands for
 * @returns {@link showPath} → the place of the first key of that path; of what is in a list that of the value
 */
export function tomlPlaces(text: string, nameOf: (quoted: string) => string): ReadonlyMap<string, Place> {
  return new Scanner(text, nameOf).scan();
}

const BARE_KEY = /[\w-]+/y;
const STRING = /"""(?:[^\\]|\\[\s\S])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:[^"\\]|\\[\s\S])*"|'[^']*'/y;
/** Numbers, booleans, dates. */
const OTHER_VALUE = /[^,\]}#\r\n]+/y;
const BLANKS = /[ \t]*/y;
const BLANKS_AND_COMMENTS = /(?:[ \t\r\n]|#[^\r\n]*)*/y;
const LINE_END = /\r\n|\n|\r/g;

class Scanner {
  private readonly places = new Map<string, Place>();
  /** How many tables a list has that is written as `[[name]]`, by its path. */
  private readonly lengths = new Map<string, number>();
  private at = 0;
  /** Where {@link isInside} was last asked: what it cannot read must not stop it there for ever. */
  private insideAt = -1;
  /** Line and offset of its first character, at or before {@link at}: places are asked for in order. */
  private line = 1;
  private lineStart = 0;
  private readonly text: string;
  private readonly nameOf: (quoted: string) => string;

  constructor(text: string, nameOf: (quoted: string) => string) {
    this.text = text;
    this.nameOf = nameOf;
  }

  scan(): ReadonlyMap<string, Place> {
    let table: SettingPath = [];
    for (;;) {
      this.skip(BLANKS_AND_COMMENTS);
      const start = this.at;
      if (this.take('[[')) table = this.header(']]', true);
      else if (this.take('[')) table = this.header(']', false);
      else this.entry(table);
      if (this.at === start) return this.places;
    }
  }

  /** Reads the name of a table. @returns its path, tables of lists counted */
  private header(end: string, isList: boolean): SettingPath {
    this.skip(BLANKS);
    const place = this.place();
    const names = this.keys();
    this.take(end);
    let path: SettingPath = [];
    for (const [position, name] of names.entries()) {
      path = [...path, name];
      this.note(path, place);
      const key = showPath(path);
      const isNew = isList && position === names.length - 1;
      const length = (this.lengths.get(key) ?? 0) + (isNew ? 1 : 0);
      if (length === 0) continue;
      this.lengths.set(key, length);
      path = [...path, length - 1];
      this.note(path, place);
    }
    return path;
  }

  /** Reads a key and its value. */
  private entry(table: SettingPath): void {
    const place = this.place();
    let path = table;
    for (const name of this.keys()) {
      path = [...path, name];
      this.note(path, place);
    }
    if (this.take('=')) this.value(path);
  }

  private value(path: SettingPath): void {
    this.skip(BLANKS);
    if (this.take('[')) {
      for (let index = 0; this.isInside(']'); index++) {
        const item = [...path, index];
        this.note(item, this.place());
        this.value(item);
      }
    } else if (this.take('{')) {
      while (this.isInside('}')) this.entry(path);
    } else if (this.match(STRING) === undefined) this.match(OTHER_VALUE);
  }

  /** Whether a list or a table in one line goes on; otherwise its end is passed. */
  private isInside(end: string): boolean {
    this.skip(BLANKS_AND_COMMENTS);
    if (this.take(',')) this.skip(BLANKS_AND_COMMENTS);
    if (this.at === this.insideAt) this.at = this.text.length;
    this.insideAt = this.at;
    return this.at < this.text.length && !this.take(end);
  }

  /** Reads a key with its dots, and the blanks behind it. */
  private keys(): readonly string[] {
    const names: string[] = [];
    do {
      this.skip(BLANKS);
      const quoted = this.match(STRING);
      const name = quoted === undefined ? this.match(BARE_KEY) : this.unquoted(quoted);
      if (name !== undefined) names.push(name);
      this.skip(BLANKS);
    } while (this.take('.'));
    return names;
  }

  private unquoted(quoted: string): string {
    return quoted.startsWith('"') ? this.nameOf(quoted) : quoted.slice(1, -1);
  }

  private note(path: SettingPath, place: Place): void {
    const key = showPath(path);
    if (!this.places.has(key)) this.places.set(key, place);
  }

  /** Where the next character stands. */
  private place(): Place {
    LINE_END.lastIndex = this.lineStart;
    for (
      let end = LINE_END.exec(this.text);
      end !== null && end.index < this.at;
      end = LINE_END.exec(this.text)
    ) {
      this.line++;
      this.lineStart = LINE_END.lastIndex;
    }
    return { line: this.line, column: this.at - this.lineStart + 1 };
  }

  private take(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  private skip(pattern: RegExp): void {
    this.match(pattern);
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.text) ?? [];
    this.at += found?.length ?? 0;
    return found;
  }
}

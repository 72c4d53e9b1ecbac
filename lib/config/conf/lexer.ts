/**
 * The words of nats-server's configuration language: blanks, comments, keys and scalars. What is a word depends on
 * where it stands, so the parser asks for the one that may come next.
 */
import { scanNumber } from './numbers.js';
import { type Position, type Scalar, unreadable } from './values.js';

/** A scalar, or the name after a `$`. */
export type Word = Scalar | { readonly kind: 'variable'; readonly name: string };

/** A key; quoted ones are never keywords. */
export interface Key {
  readonly name: string;
  readonly at: Position;
  readonly quoted: boolean;
}

const BLANK = /[\t ]*/y;
const BLANK_OR_LINE = /[\s\u0085]*/y;
const COMMENT = /(?:#|\/\/)[^\n\r]*/y;
const KEY = /[^\s\u0085=:]+/y;
const BARE = /[^\\\n\r;,\]}\t ']*/y;
const INCLUDED = /[^\n\r;}\t ']*/y;
const BOOLEAN = /^(?:(true|yes|on)|false|no|off)$/i;
const ESCAPED: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', '"': '"', '\\': '\\' };

/** What a message calls a character. */
export function shown(character: string): string {
  if (character === '') return 'the end of the file';
  return character === '\n' || character === '\r' ? 'the end of the line' : `'${character}'`;
}

/** Reads one text from its start to its end. Throws SluiceError CONFIG_UNREADABLE where it makes no sense. */
export class Lexer {
  private readonly text: string;
  private readonly file: string;
  private readonly fixed: Position | undefined;
  private readonly lineStarts: number[] = [0];
  private offset: number;

  /** @param fixed what every position is to be, for text that does not come from a file */
  constructor(text: string, file: string, fixed?: Position) {
    this.text = text;
    this.file = file;
    this.fixed = fixed;
    this.offset = text.startsWith('\ufeff') ? 1 : 0;
    for (const { index } of text.matchAll(/\n/g)) this.lineStarts.push(index + 1);
  }

  /** Where the next character stands. */
  get position(): Position {
    return this.fixed ?? this.positionOf(this.offset);
  }

  private positionOf(offset: number): Position {
    let low = 0;
    let high = this.lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    const bytes = Buffer.byteLength(this.text.slice(this.lineStarts[low], offset));
    return { file: this.file, line: low + 1, column: low === 0 ? bytes : bytes + 1 };
  }

  /** The next character; empty at the end. */
  get next(): string {
    return this.text[this.offset] ?? '';
  }

  /** Takes the next character when it is one of those. */
  take(characters: string): boolean {
    if (this.next === '' || !characters.includes(this.next)) return false;
    this.offset++;
    return true;
  }

  /** Whether nothing but blanks is left. */
  get onlyBlanksLeft(): boolean {
    return this.text.slice(this.offset).trim() === '';
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.offset;
    const [found] = pattern.exec(this.text) ?? [''];
    this.offset += found.length;
    return found;
  }

  /** Skips tabs and spaces; with `lines` also line ends and other blanks. */
  skipBlanks(lines: boolean): void {
    this.match(lines ? BLANK_OR_LINE : BLANK);
  }

  /** Skips blanks and comments; with `lines` over any number of lines, else to the end of this one. */
  skip(lines: boolean): void {
    do this.skipBlanks(lines);
    while (this.match(COMMENT) !== '');
  }

  /** A key. The next character is neither blank nor a separator. */
  key(): Key {
    const isQuoted = this.take('"\'');
    const at = this.position;
    if (!isQuoted) return { name: this.match(KEY), at, quoted: false };
    const name = this.until(this.text.charAt(this.offset - 1), at, 'the quotes of a key are');
    return { name, at, quoted: true };
  }

  /** The file name after `include`. */
  included(): string {
    this.skipBlanks(false);
    const at = this.position;
    if (this.take('"\''))
      return this.until(this.text.charAt(this.offset - 1), at, 'the quotes of a file name are');
    if (/^[[{(\d\-\\\n\r]?$/.test(this.next)) {
      throw unreadable(at, `include: not a file name but ${shown(this.next)}, allowed: a name in quotes`);
    }
    const name = this.match(INCLUDED);
    this.take("'");
    return name;
  }

  /** What comes before `end`, which is taken as well. */
  private until(end: string, at: Position, what: string): string {
    const found = this.text.indexOf(end, this.offset);
    if (found === -1) throw unreadable(at, `${what} not closed`);
    const text = this.text.slice(this.offset, found);
    this.offset = found + end.length;
    return text;
  }

  /** A scalar or a variable. The next character starts neither a list nor a map. */
  word(inList: boolean): Word {
    const at = this.position;
    if (this.take("'")) return { kind: 'text', value: this.until("'", at, 'the quotes of a text are') };
    if (this.take('"')) return { kind: 'text', value: this.escapedText(at) };
    if (this.take('(')) return { kind: 'text', value: this.blockText(at) };
    if (this.next === '.') throw unreadable(at, "a number starts with a digit, not with '.'");
    if (!/^[-\d]$/.test(this.next)) return this.bare(this.offset);
    const number = scanNumber(this.text, this.offset, inList);
    if ('wrong' in number) throw unreadable(at, number.wrong);
    if (number.scalar === undefined) return this.bare(number.end);
    this.offset = number.end;
    return number.scalar;
  }

  /** Text without quotes. What comes before `from` belongs to it whatever it is. */
  private bare(from: number): Word {
    const start = this.offset;
    this.offset = from;
    this.match(BARE);
    if (this.next !== '\\') {
      const text = this.text.slice(start, this.offset);
      // A quote ends bare text, and goes with it; such text is never a boolean or a variable.
      if (this.take("'")) return { kind: 'text', value: text };
      const boolean = BOOLEAN.exec(text);
      if (boolean !== null) return { kind: 'boolean', value: boolean[1] !== undefined };
      // An unquoted bcrypt hash looks like a variable.
      if (!text.startsWith('$') || text.startsWith('$2a$')) return { kind: 'text', value: text };
      return { kind: 'variable', name: text.slice(1) };
    }
    let value = this.text.slice(start, this.offset);
    while (this.next === '\\') value += this.escapes() + this.match(BARE);
    this.take("'");
    return { kind: 'text', value };
  }

  private escapedText(at: Position): string {
    let value = '';
    for (;;) {
      value += this.match(/[^"\\]*/y);
      if (this.take('"')) return value;
      if (this.next === '') throw unreadable(at, 'the quotes of a text are not closed');
      value += this.escapes();
    }
  }

  /** One escape; `\x` ones in a row are the bytes of UTF-8. */
  private escapes(): string {
    const hex = this.match(/(?:\\x[\da-f]{2})+/iy);
    if (hex !== '') return Buffer.from(hex.replaceAll(/\\x/gi, ''), 'hex').toString();
    const at = this.position;
    this.offset++;
    const character = ESCAPED[this.next];
    if (character === undefined) {
      throw unreadable(at, 'not an escape, allowed: \\xXX with two hex digits, \\t, \\n, \\r, \\" and \\\\');
    }
    this.offset++;
    return character;
  }

  /** Text in parentheses up to a `)` alone on its line, the line end before that included. */
  private blockText(at: Position): string {
    const end = /\n\)(?=\r?\n|\r?$)/g;
    end.lastIndex = this.offset;
    const found = end.exec(this.text);
    if (found === null) throw unreadable(at, "the text in '(' has no ')' alone on a line");
    const text = this.text.slice(this.offset, found.index + 1);
    this.offset = end.lastIndex;
    return text;
  }
}

import { isAscii, isUtf8 } from 'node:buffer';
import type { ErrorCode } from '../../domain/errors.js';
import { MAX_SUBSCRIPTION_LINE_BYTES } from '../../domain/limits.js';
import { isLiteralSubject, isValidSubject } from '../../domain/subject.js';
import { CommandBatch } from '../../frame/command.js';
import { HASH_SEED, hashOn } from '../../frame/hash.js';
import { memoryOfCodecs } from '../../frame/memory.js';
import type { RowScratch } from '../../frame/rows.js';
import type { LineCommand } from './commands.js';
import type { Whole } from './guard.js';
import { beginsOtherProtocol, isNoFirstWord, isRequestLine, otherProtocolOf } from './other-protocols.js';

/*
 *   line  = [ verb *( SP word ) ] [CR] LF      verb in any case; a blank line is ignored
 *   PUB SP topic SP text                       text: everything after one blank, as it is; may be empty
 */

const SLASH = 47;
const SPACE = 32;
const TAB = 9;
const NOTHING = Buffer.alloc(0);

/** Lines in, one at a time; a batch out once all lines of a read are in. */
export class LineParser {
  private readonly maxTopicBytes: number;
  private readonly rows: RowScratch;
  private others: LineCommand[] = [];
  private bytes: Buffer = NOTHING;
  private ascii = true;
  private valid = true;
  private at = 0;
  private left = 0;
  private crlf = false;
  /** Whether no line but blank ones has come yet. */
  private isFirst = true;
  /** The unfinished line behind those announced, and whether it is too long. */
  private rest: Buffer = NOTHING;
  private overflow = false;
  private over = false;

  /**
   * @param maxTopicBytes longest topic, in bytes
   * @param rows the broker's; undefined: those of all codecs used alone
   */
  constructor(maxTopicBytes: number, rows: RowScratch = memoryOfCodecs().rows) {
    this.maxTopicBytes = maxTopicBytes;
    this.rows = rows;
  }

  /** Whether the last fault there can be has been parsed: further bytes must be ignored. */
  get isOver(): boolean {
    return this.over;
  }

  /**
   * Announces the next `lines` lines, which are those of `bytes`. A fault ends them where the line after them, which is
   * unfinished, is too long or begins another protocol.
   */
  begin({ bytes, lines, rest, overflow }: Whole): void {
    this.rows.begin();
    this.bytes = bytes;
    this.left = lines;
    this.at = 0;
    this.ascii = isAscii(bytes);
    this.valid = this.ascii || isUtf8(bytes);
    this.rest = rest;
    this.overflow = overflow;
  }

  /** Parses one line, without its LF. Returns the batch after the last line announced, else undefined. */
  line(text: string): CommandBatch<LineCommand> | undefined {
    this.take(this.ascii ? this.at + text.length : this.bytes.indexOf(10, this.at));
    return this.left === 0 ? this.finish() : undefined;
  }

  /** Parses all lines announced; for input that nothing else splits. */
  all(): CommandBatch<LineCommand> | undefined {
    while (this.left > 0) this.take(this.bytes.indexOf(10, this.at));
    return this.finish();
  }

  /** Parses the line that ends with the LF at `newline`. */
  private take(newline: number): void {
    this.left--;
    const start = this.at;
    this.at = newline + 1;
    if (this.over) return;
    let end = newline;
    const hasCr = end > start && this.bytes[end - 1] === 13;
    if (hasCr) end--;
    // First, as where the line end has not come yet: what follows must not depend on how reads were cut.
    if ((this.isFirst || (hasCr && !this.crlf)) && this.isForeign(this.bytes.subarray(start, end)))
      return this.finalFault('OTHER_PROTOCOL');
    if (hasCr && !this.crlf) {
      this.crlf = true;
      this.other({ op: 'CRLF' });
    }
    if (this.valid || isUtf8(this.bytes.subarray(start, end))) this.command(start, end);
    else this.unknown(start, end, 'INVALID_UTF8');
    if (this.isFirst) this.isFirst = skipBlanks(this.bytes, start, end) === end;
  }

  /** Whether a line, which may be unfinished, can only be of another protocol. */
  private isForeign(line: Buffer): boolean {
    return beginsOtherProtocol(line) || (this.isFirst && isNoFirstWord(line));
  }

  /** The batch of the lines parsed since `begin`; undefined where there is nothing to say. */
  finish(): CommandBatch<LineCommand> | undefined {
    const { bytes, others, rest } = this;
    this.bytes = NOTHING; // an idle connection keeps no read alive
    this.rest = NOTHING;
    if (!this.over && this.isForeign(rest)) this.finalFault('OTHER_PROTOCOL');
    else if (!this.over && this.overflow) this.finalFault('LINE_TOO_LONG');
    if (this.rows.empty) return undefined;
    if (others.length > 0) this.others = [];
    return new CommandBatch(bytes, this.rows.take(bytes), others);
  }

  private command(start: number, end: number): void {
    const { bytes } = this;
    start = skipBlanks(bytes, start, end);
    // PUB, the verb that matters for speed: three letters and a blank.
    if (
      end - start > 4 &&
      (bytes[start]! | 32) === 112 &&
      (bytes[start + 1]! | 32) === 117 &&
      (bytes[start + 2]! | 32) === 98 &&
      isBlank(bytes[start + 3])
    ) {
      this.publish(skipBlanks(bytes, start + 4, end), end);
      return;
    }
    const words = bytes.toString('utf8', start, end).split(/[ \t]+/);
    if (words[words.length - 1] === '') words.pop();
    if (words.length > 0 && !this.words(words)) this.unknown(start, end, 'UNKNOWN_VERB');
  }

  /** A line that is no command: the last one if it is another protocol's, so that nothing behind it is carried out. */
  private unknown(start: number, end: number, code: ErrorCode): void {
    const { bytes } = this;
    const other = otherProtocolOf(bytes.subarray(skipBlanks(bytes, start, end), end), this.isFirst);
    if (other === undefined) this.fault(code);
    else this.finalFault(other);
  }

  /** `topic SP text` at `bytes[topic, end)`. */
  private publish(topic: number, end: number): void {
    const { bytes } = this;
    let hash = HASH_SEED;
    let i = topic;
    let proper = i < end;
    let previous = 46;
    while (i < end) {
      const byte = bytes[i]!;
      if (byte === SPACE || byte === TAB) break;
      // A dot after a dot, or first: an empty token. Wildcards and control bytes: looked at the slow way.
      if ((byte === 46 && previous === 46) || byte === 42 || byte === 62 || byte < 32 || byte === 127)
        proper = false;
      hash = hashOn(hash, byte);
      previous = byte;
      i++;
    }
    if (i === topic) this.fault('MISSING_TOPIC');
    else if (i - topic > this.maxTopicBytes) this.fault('TOPIC_TOO_LONG');
    else if ((!proper || previous === 46) && !isTopic(bytes.toString('utf8', topic, i), isLiteralSubject))
      this.fault('INVALID_TOPIC');
    else if (i >= end) this.fault('MISSING_MESSAGE');
    else if (bytes[topic] === SLASH && isRequestLine(bytes.subarray(topic, end)))
      this.finalFault('HTTP_REQUEST');
    else this.rows.publish(0, topic, i, 0, 0, i + 1, end, hash);
  }

  /** Takes a line of these words; false where the first is no verb. */
  private words(words: readonly string[]): boolean {
    const [verb, first, second, third] = words;
    switch (upperCase(verb!)) {
      case 'SUB':
        this.topic('SUB', first, second);
        return true;
      case 'UNSUB':
        this.topic('UNSUB', first, second);
        return true;
      case 'PUB':
        this.fault(first === undefined ? 'MISSING_TOPIC' : 'MISSING_MESSAGE');
        return true;
      case 'AUTH':
        if (first === undefined) this.fault('MISSING_CREDENTIALS');
        else if (third !== undefined) this.fault('TRAILING_TEXT');
        else if (second === undefined) this.other({ op: 'AUTH', secret: first });
        else this.other({ op: 'AUTH', user: first, secret: second });
        return true;
      case 'PING':
      case 'HELP':
      case 'QUIT':
        if (first === undefined) this.other({ op: upperCase(verb!) as 'PING' | 'HELP' | 'QUIT' });
        else this.fault('TRAILING_TEXT');
        return true;
      default:
        return false;
    }
  }

  private topic(op: 'SUB' | 'UNSUB', topic: string | undefined, more: string | undefined): void {
    if (topic === undefined) this.fault('MISSING_TOPIC');
    else if (more !== undefined) this.fault('TRAILING_TEXT');
    else if (Buffer.byteLength(topic) > Math.min(this.maxTopicBytes, MAX_SUBSCRIPTION_LINE_BYTES))
      this.fault('TOPIC_TOO_LONG');
    else if (isTopic(topic, isValidSubject)) this.other({ op, topic });
    else this.fault('INVALID_TOPIC');
  }

  private other(command: LineCommand): void {
    this.rows.other(this.others.push(command) - 1);
  }

  private fault(code: ErrorCode): void {
    this.other({ op: 'FAULT', code });
  }

  private finalFault(code: ErrorCode): void {
    this.fault(code);
    this.over = true;
  }
}

/** ASCII only: `ſ` must not become an S. */
function upperCase(word: string): string {
  return word.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

function skipBlanks(bytes: Uint8Array, start: number, end: number): number {
  while (start < end && isBlank(bytes[start])) start++;
  return start;
}

/** A topic is a subject without control characters: it is typed, and shown, on terminals. */
function isTopic(topic: string, isSubject: (subject: string) => boolean): boolean {
  for (let i = 0; i < topic.length; i++) {
    const code = topic.charCodeAt(i);
    if (code < SPACE || code === 127) return false;
  }
  return isSubject(topic);
}

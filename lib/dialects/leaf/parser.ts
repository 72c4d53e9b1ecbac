import type { ErrorCode } from '../../domain/errors.js';
import { MAX_SUBSCRIPTION_LINE_BYTES } from '../../domain/limits.js';
import type { CommandBatch, QueueNames } from '../../frame/command.js';
import { HEADER_SHIFT, HEADERS, PAYLOAD_END, SPLICE, STRIDE } from '../../frame/command.js';
import { sameWords } from '../../frame/copy.js';
import { HASH_FACTOR, HASH_KEY, HASH_SEED, HASH_TURN, hashBytes } from '../../frame/hash.js';
import type { FrameMemory } from '../../frame/memory.js';
import { textOf } from '../../frame/text.js';
import { errorMessage, parseSize, words } from '../nats/arguments.js';
import { isCanonical, mayBeReserved } from '../nats/control-lines.js';
import { parse as parseJson } from '../nats/json.js';
import { endsBare, SpanningParser } from '../spanning-parser.js';
import type { LeafCommand, LeafSub, LeafUnsub } from './commands.js';
import type { LeafParserOptions } from './options.js';

/*
 * either direction, every line ending in CRLF (LF alone is taken, too):
 *
 *   INFO {json}   CONNECT {json}   PING   PONG   +OK   -ERR 'text'
 *   LS+ subject [queue weight]                LS- subject [queue]
 *   LMSG subject [reply] bytes␍␊payload␍␊          to subscribers in no queue group
 *   LMSG subject | queue… bytes␍␊payload␍␊         to these, and to a member of each of the groups
 *   LMSG subject + reply queue… bytes␍␊payload␍␊   the same, with a reply subject
 *   HMSG … hdr total␍␊hdr payload␍␊            the same three forms
 *
 * Words are separated by any number of blanks, names of operations are in any case. As seen on the wire of nats-server 2.9 to
 * 2.15.
 */

const CR = 13;
const LF = 10;
const SPACE = 32;
const PLUS = 43;
const PIPE = 124;
/** `LMSG ` and `HMSG `. */
const VERB_BYTES = 5;

/** Bytes of the other end of a leaf link in, command batches out; a fault is the last command ever emitted. */
export class LeafParser extends SpanningParser<LeafCommand> {
  private readonly options: LeafParserOptions;
  /** The queue groups that the messages of the batch name; undefined: none. Another list begins another batch. */
  private queues: QueueNames | undefined = undefined;
  private asksReserved = false;

  /** @param memory the broker's; undefined: that of all codecs used alone */
  constructor(
    options: LeafParserOptions,
    emit: (batch: CommandBatch<LeafCommand>) => void,
    memory?: FrameMemory,
  ) {
    super(emit, memory);
    this.options = options;
  }

  protected override deliver(batch: CommandBatch<LeafCommand>): void {
    batch.mayAskReserved = this.asksReserved;
    batch.queues = this.queues;
    this.asksReserved = false;
    super.deliver(batch);
  }

  protected override unfinishedLine(bytes: Buffer, at: number): Buffer {
    return Buffer.from(bytes.subarray(at));
  }

  protected override piecesComplete(): boolean {
    return true;
  }

  protected override parse(bytes: Buffer, at: number): number {
    const end = bytes.length;
    this.declaredLineEnd = -1;
    const start = bytes.byteOffset;
    const view = this.reading.viewOf(bytes);
    const { rows } = this;
    let before = -1; // where the frame before starts, if it was a message without headers and its line ends in CRLF
    let frameBytes = 0;
    let lineBytes = 0;
    while (at < end) {
      const next = at + frameBytes;
      if (
        before >= 0 &&
        next <= end &&
        sameWords(view, start + before, view, start + at, lineBytes) &&
        bytes[next - 2] === CR &&
        bytes[next - 1] === LF
      ) {
        rows.again(at - before);
        before = at;
        at = next;
        continue;
      }
      before = -1;
      const rest = this.parseMessage(bytes, at) ?? this.parseLine(bytes, at);
      if (rest === at || this.failed) return rest;
      if (rows.isPlainPublish && (rows.isCanonical || bytes[rows.payload - 2] === CR)) {
        before = at;
        frameBytes = rest - at;
        lineBytes = rows.payload - at;
      }
      at = rest;
    }
    return at;
  }

  /**
   * The common message, `LMSG subject [reply] bytes␍␊payload␍␊` with single blanks. Returns the position after it, `at` where
   * its payload is not all there, undefined where it is anything else.
   */
  private parseMessage(bytes: Buffer, at: number): number | undefined {
    const end = bytes.length;
    if (
      end - at < VERB_BYTES ||
      bytes[at] !== 76 ||
      bytes[at + 1] !== 77 ||
      bytes[at + 2] !== 83 ||
      bytes[at + 3] !== 71 ||
      bytes[at + 4] !== SPACE
    )
      return undefined;
    const subject = at + VERB_BYTES;
    let hash = HASH_SEED;
    let i = subject;
    for (; i < end; i++) {
      const byte = bytes[i]!;
      if (byte <= SPACE) break;
      hash = Math.imul(hash ^ HASH_KEY[byte]!, HASH_FACTOR); // as `hashOn`
      hash = (hash << HASH_TURN) | (hash >>> (32 - HASH_TURN));
    }
    const subjectEnd = i;
    if (i === subject || bytes[i] !== SPACE) return undefined;
    let reply = 0;
    let replyEnd = 0;
    let word = ++i;
    let size = 0;
    for (; i < end; i++) {
      const digit = bytes[i]! - 48;
      if (digit < 0 || digit > 9) break;
      size = size * 10 + digit;
    }
    if (i < end && bytes[i] !== CR) {
      reply = word;
      while (i < end && bytes[i]! > SPACE) i++;
      replyEnd = i;
      if (bytes[i] !== SPACE || (replyEnd - reply === 1 && isSign(bytes[reply]!))) return undefined;
      word = ++i;
      size = 0;
      for (; i < end; i++) {
        const digit = bytes[i]! - 48;
        if (digit < 0 || digit > 9) break;
        size = size * 10 + digit;
      }
    }
    const digits = i - word;
    if (
      bytes[i] !== CR ||
      bytes[i + 1] !== LF ||
      digits === 0 ||
      digits > 9 ||
      i - subject > this.options.maxControlLineBytes ||
      size > this.options.maxPayloadBytes
    )
      return undefined;
    const payload = i + 2;
    const payloadEnd = payload + size;
    if (payloadEnd + 2 > end) return this.unfinishedPayload(at, payload, size);
    if (bytes[payloadEnd] !== CR || bytes[payloadEnd + 1] !== LF)
      return this.failAt('UNKNOWN_OPERATION', end);
    if (this.queues !== undefined) this.name(undefined, bytes);
    if (replyEnd > 0 && mayBeReserved(bytes, reply)) this.asksReserved = true;
    this.rows.publish(SPLICE, subject, subjectEnd, reply, replyEnd, payload, payloadEnd, hash);
    return payloadEnd + 2;
  }

  /** Any other frame; returns the position after it, or `at` where it is unfinished. */
  private parseLine(bytes: Buffer, at: number): number {
    const end = bytes.length;
    const newline = bytes.indexOf(LF, at);
    const stop = newline < 0 ? end : newline;
    let verbEnd = at;
    while (verbEnd < stop && bytes[verbEnd]! > SPACE) verbEnd++;
    const verb = VERBS.get(bytes.toString('latin1', at, Math.min(verbEnd, at + 8)).toUpperCase());
    if (verb === undefined) {
      if (newline < 0 && verbEnd === end && mayBecomeVerb(bytes, at, end)) return at;
      return this.failAt('UNKNOWN_OPERATION', end);
    }
    const { maxControlLineBytes } = this.options;
    const maxLine =
      verb === 'LS+' ? Math.min(maxControlLineBytes, MAX_SUBSCRIPTION_LINE_BYTES) : maxControlLineBytes;
    if (stop - verbEnd > maxLine) return this.failAt('MAX_CONTROL_LINE', end);
    if (newline < 0) return at;
    if (verb === 'LMSG' || verb === 'HMSG') return this.parseSlowMessage(bytes, at, newline + 1);
    const command = commandOf(verb, bytes, verbEnd, bytes[stop - 1] === CR ? stop - 1 : stop);
    if (command === undefined) return this.failAt('PARSER_ERROR', end);
    this.command(command);
    return newline + 1;
  }

  /** A message of any form whose line ends before `lineEnd`. */
  private parseSlowMessage(bytes: Buffer, at: number, lineEnd: number): number {
    const fault = this.parsePublishLine(bytes, at, lineEnd);
    if (fault !== undefined) return this.failAt(fault, bytes.length);
    const { rows } = this;
    const row = rows.used - STRIDE;
    const payloadEnd = rows.columns[row + PAYLOAD_END]!;
    const next = bytes[payloadEnd];
    const isBare = next === LF && endsBare(bytes, lineEnd);
    if (!isBare && payloadEnd + 2 > bytes.length && (next === undefined || next === CR)) {
      rows.used = row;
      return this.unfinishedPayload(at, lineEnd, payloadEnd - lineEnd);
    }
    if (!isBare && (next !== CR || bytes[payloadEnd + 1] !== LF)) {
      rows.used = row;
      return this.failAt('UNKNOWN_OPERATION', bytes.length);
    }
    return payloadEnd + (isBare ? 1 : 2);
  }

  protected override parsePublishLine(bytes: Buffer, at: number, lineEnd: number): ErrorCode | undefined {
    const withHeaders = (bytes[at]! | 32) === 104;
    const verbEnd = at + VERB_BYTES - 1;
    const stop = bytes[lineEnd - 2] === CR ? lineEnd - 2 : lineEnd - 1;
    const found = words(bytes, verbEnd, stop, false);
    const count = found.length / 2;
    const sizes = withHeaders ? 2 : 1;
    if (count < sizes + 1) return 'PARSER_ERROR';
    const middle = count - sizes - 1; // words between the subject and the sizes
    const sign = middle > 0 && found[3]! - found[2]! === 1 ? bytes[found[2]!]! : 0;
    const isQueued = isSign(sign);
    if (isQueued ? middle < (sign === PLUS ? 3 : 2) : middle > 1) return 'PARSER_ERROR';
    const last = found.length - 2;
    const size = parseSize(bytes, found[last]!, found[last + 1]!);
    const headerBytes = withHeaders ? parseSize(bytes, found[last - 2]!, found[last - 1]!) : 0;
    if (size < 0 || headerBytes < 0 || headerBytes > size) return 'PARSER_ERROR';
    if (size > this.options.maxPayloadBytes) return 'MAX_PAYLOAD';
    if (headerBytes > this.options.maxHeaderBytes) return 'MAX_HEADER';
    const word = (index: number): string => textOf(bytes, found[2 * index]!, found[2 * index + 1]!);
    const [subject, subjectEnd] = [found[0]!, found[1]!];
    const replyAt = isQueued ? (sign === PLUS ? 2 : 0) : middle;
    const [reply, replyEnd] = replyAt > 0 ? [found[2 * replyAt]!, found[2 * replyAt + 1]!] : [0, 0];
    if (isQueued) {
      const queues: string[] = [];
      for (let i = replyAt > 0 ? 3 : 2; i <= middle; i++) queues.push(word(i));
      this.name(queues, bytes);
    } else this.name(undefined, bytes);
    if (replyEnd > 0 && mayBeReserved(bytes, reply)) this.asksReserved = true;
    const flags = headerBytes > 0 ? (headerBytes << HEADER_SHIFT) | HEADERS : 0;
    const splices =
      !isQueued && isCanonical(bytes, verbEnd, lineEnd, found) && (!withHeaders || headerBytes > 0);
    this.rows.publish(
      flags | (splices ? SPLICE : 0),
      subject,
      subjectEnd,
      reply,
      replyEnd,
      lineEnd,
      lineEnd + size,
      hashBytes(bytes, subject, subjectEnd),
    );
    return undefined;
  }

  /** The next message names these queue groups: what came before, if that named others, becomes a batch of its own. */
  private name(queues: readonly string[] | undefined, bytes: Buffer): void {
    const known = this.queues?.names;
    if (
      known?.length === queues?.length &&
      (known === undefined || known.every((name, i) => name === queues?.[i]))
    )
      return;
    this.flush(bytes);
    this.queues = queues && { names: queues, set: new Set(queues) };
  }
}

type Verb = 'LMSG' | 'HMSG' | 'LS+' | 'LS-' | 'INFO' | 'CONNECT' | 'PING' | 'PONG' | '+OK' | '-ERR';

const VERBS: ReadonlyMap<string, Verb> = new Map(
  (['LMSG', 'HMSG', 'LS+', 'LS-', 'INFO', 'CONNECT', 'PING', 'PONG', '+OK', '-ERR'] as const).map((verb) => [
    verb,
    verb,
  ]),
);

function isSign(byte: number): boolean {
  return byte === PLUS || byte === PIPE;
}

/** Whether some operation begins with `bytes[at, end)`. */
function mayBecomeVerb(bytes: Buffer, at: number, end: number): boolean {
  const letters = bytes.toString('latin1', at, Math.min(end, at + 8)).toUpperCase();
  for (const verb of VERBS.keys()) if (verb.startsWith(letters)) return true;
  return false;
}

/** The command without a payload whose arguments are `bytes[start, stop)`; undefined: they are wrong. */
function commandOf(verb: Verb, bytes: Buffer, start: number, stop: number): LeafCommand | undefined {
  switch (verb) {
    case 'PING':
    case 'PONG':
    case '+OK':
      return { op: verb };
    case '-ERR':
      return { op: '-ERR', message: errorMessage(bytes, start, stop) };
    case 'INFO':
    case 'CONNECT': {
      const fields = parseJson(bytes.toString('utf8', start, stop));
      if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return undefined;
      const record = fields as Readonly<Record<string, unknown>>;
      return verb === 'INFO' ? { op: 'INFO', info: record } : { op: 'CONNECT', options: record };
    }
    default: {
      const found = words(bytes, start, stop, true);
      const args: string[] = [];
      for (let i = 0; i < found.length; i += 2) args.push(textOf(bytes, found[i]!, found[i + 1]!));
      return verb === 'LS+' ? leafSub(args) : leafUnsub(args);
    }
  }
}

/** `subject [queue weight]` */
function leafSub([subject, queue, weight, ...more]: readonly string[]): LeafSub | undefined {
  if (subject === undefined || more.length > 0) return undefined;
  if (queue === undefined) return { op: 'LS+', subject };
  if (weight === undefined) return undefined;
  const digits = Buffer.from(weight, 'latin1');
  const members = parseSize(digits, 0, digits.length);
  if (members < 0) return undefined;
  // nats-server takes 0 for one member, too: there is one, or it would not be told of.
  return { op: 'LS+', subject, queue, weight: Math.max(1, members) };
}

/** `subject [queue]` */
function leafUnsub([subject, queue, ...more]: readonly string[]): LeafUnsub | undefined {
  if (subject === undefined || more.length > 0) return undefined;
  return queue === undefined ? { op: 'LS-', subject } : { op: 'LS-', subject, queue };
}

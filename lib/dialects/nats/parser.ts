import type { ErrorCode } from '../../domain/errors.js';
import { MAX_SUBSCRIPTION_LINE_BYTES } from '../../domain/limits.js';
import {
  type CommandBatch,
  FLAGS,
  HASH,
  HEADER_SHIFT,
  HEADERS,
  PAYLOAD,
  PAYLOAD_END,
  REPLY,
  REPLY_END,
  SPLICE,
  STRIDE,
  SUBJECT,
  SUBJECT_END,
} from '../../frame/command.js';
import { sameWords } from '../../frame/copy.js';
import { HASH_FACTOR, HASH_KEY, HASH_SEED, HASH_TURN, hashBytes } from '../../frame/hash.js';
import type { FrameMemory } from '../../frame/memory.js';
import { endsBare, SpanningParser } from '../spanning-parser.js';
import { parseSize, words } from './arguments.js';
import { commandOf } from './command-of.js';
import type { NatsCommand } from './commands.js';
import { argumentsEnd, isCanonical, mayBeReserved, unfinishedLine } from './control-lines.js';
import type { NatsParserOptions } from './options.js';
import { lengthOf, plainSub, plainUnsub } from './plain-lines.js';
import { mayAskTrace, mayHaveDestination } from './trace-headers.js';
import { verbAt } from './verbs.js';

/*
 * client → server, every line ending in CRLF (LF alone is taken too; after a payload if its line ended so):
 *
 *   CONNECT {json}                                  PING   PONG
 *   PUB subject [reply] bytes␍␊payload␍␊            SUB subject [queue] sid
 *   HPUB subject [reply] hdr total␍␊hdr payload␍␊   UNSUB sid [max]
 *   HMSG anything␍␊␍␊
 *
 * https://docs.nats.io/reference/reference-protocols/nats-protocol, and nats-server 2.10 where that is silent.
 */

/** Bytes of a client in, command batches out; pure but for its own memory of what is unfinished. */
export class NatsParser extends SpanningParser<NatsCommand> {
  private readonly options: NatsParserOptions;
  private headersAllowed: boolean;
  private awaitsConnect: boolean;
  /** Payload bytes of the publishes written by the fast path since the last batch. */
  private payloadTotal = 0;
  /** Whether these are all. */
  private totalIsKnown = true;
  private asksReserved = false;

  /** @param memory the broker's; undefined: that of all codecs used alone */
  constructor(
    options: NatsParserOptions,
    emit: (batch: CommandBatch<NatsCommand>) => void,
    memory?: FrameMemory,
  ) {
    super(emit, memory);
    this.options = options;
    this.headersAllowed = !options.headersNeedConnect;
    this.awaitsConnect = options.connectFirst;
  }

  protected override deliver(batch: CommandBatch<NatsCommand>): void {
    batch.payloadTotal = this.totalIsKnown ? this.payloadTotal : -1;
    batch.mayAskReserved = this.asksReserved;
    this.payloadTotal = 0;
    this.totalIsKnown = true;
    this.asksReserved = false;
    super.deliver(batch);
  }

  protected override unfinishedLine(bytes: Buffer, at: number): Buffer {
    return unfinishedLine(bytes, at);
  }

  protected override piecesComplete(pieces: readonly Buffer[]): boolean {
    const { rows } = this;
    const { headerBytes } = rows;
    if (headerBytes === 0) return true;
    const first = pieces[0]!;
    const block = first.length >= headerBytes ? first : Buffer.concat(pieces as Buffer[], headerBytes);
    rows.setTraced(mayAskTrace(block, 0, headerBytes, this.options.takesTraceParents === true));
    return true;
  }

  protected override parse(bytes: Buffer, at: number): number {
    const end = bytes.length;
    const maxLine = this.options.maxControlLineBytes;
    const maxPayload = this.options.maxPayloadBytes;
    this.declaredLineEnd = -1;
    if (this.awaitsConnect && (bytes[at]! | 32) !== 99) return this.failAt('AUTHORIZATION_VIOLATION', end);
    const start = bytes.byteOffset;
    const view = this.reading.viewOf(bytes);
    const { rows } = this;
    const key = HASH_KEY;
    const factor = HASH_FACTOR;
    let before = -1; // where that frame starts, if it was a publish in canonical form
    let lineBytes = 0;
    let bodyBytes = 0;
    while (at < end) {
      const next = at + lineBytes + bodyBytes;
      if (
        before >= 0 &&
        next <= end &&
        sameWords(view, start + before, view, start + at, lineBytes) &&
        bytes[next - 2] === 13 &&
        bytes[next - 1] === 10
      ) {
        rows.again(at - before);
        this.payloadTotal += bodyBytes - 2;
        before = at;
        at = next;
        continue;
      }
      // The common publish, `PUB subject [reply] bytes␍␊payload␍␊` with single blanks; all else goes the slow way.
      if (
        (bytes[at]! | 32) === 112 &&
        end - at > 4 &&
        (bytes[at + 1]! | 32) === 117 &&
        (bytes[at + 2]! | 32) === 98 &&
        bytes[at + 3] === 32
      ) {
        const subject = at + 4;
        let hash = HASH_SEED;
        let i = subject;
        while (i < end) {
          const byte = bytes[i]!;
          if (byte <= 32) break;
          hash = Math.imul(hash ^ key[byte]!, factor); // as `hashOn`
          hash = (hash << HASH_TURN) | (hash >>> (32 - HASH_TURN));
          i++;
        }
        const subjectEnd = i;
        let reply = 0;
        let replyEnd = 0;
        let size = 0;
        if (i < end && bytes[i] === 32 && i > subject) {
          let word = ++i;
          while (i < end) {
            const digit = bytes[i]! - 48;
            if (digit < 0 || digit > 9) break;
            size = size * 10 + digit;
            i++;
          }
          if (i < end && bytes[i] !== 13) {
            reply = word;
            if (mayBeReserved(bytes, reply)) this.asksReserved = true;
            while (i < end && bytes[i]! > 32) i++;
            replyEnd = i;
            size = 0;
            word = i; // no digits yet: a second word that is the last, and no number, is no reply
            if (i < end && bytes[i] === 32 && i > reply) {
              word = ++i;
              while (i < end) {
                const digit = bytes[i]! - 48;
                if (digit < 0 || digit > 9) break;
                size = size * 10 + digit;
                i++;
              }
            }
          }
          const digits = i - word;
          if (
            i + 1 < end &&
            bytes[i] === 13 &&
            bytes[i + 1] === 10 &&
            digits > 0 &&
            digits <= 9 &&
            i - subject <= maxLine &&
            size <= maxPayload
          ) {
            const payload = i + 2;
            const payloadEnd = payload + size;
            if (payloadEnd + 2 > end) {
              return this.unfinishedPayload(at, payload, size);
            }
            if (bytes[payloadEnd] !== 13 || bytes[payloadEnd + 1] !== 10) {
              this.fault('UNKNOWN_OPERATION');
              return end;
            }
            // rows.publish, written out in the hottest loop: calling it was 0.83 and 0.93× at 16 B, in a noisy run.
            rows.reserve();
            const columns = rows.columns;
            const row = rows.used;
            columns[row + FLAGS] = SPLICE;
            columns[row + SUBJECT] = subject;
            columns[row + SUBJECT_END] = subjectEnd;
            columns[row + REPLY] = reply;
            columns[row + REPLY_END] = replyEnd;
            columns[row + PAYLOAD] = payload;
            columns[row + PAYLOAD_END] = payloadEnd;
            columns[row + HASH] = hash;
            rows.used = row + STRIDE;
            this.payloadTotal += size;
            before = at;
            lineBytes = payload - at;
            bodyBytes = size + 2;
            at = payloadEnd + 2;
            continue;
          }
        }
      }
      before = -1;
      const rest = this.parseOther(bytes, at);
      if (rest === at) return at;
      if (rows.hasHeaders) {
        at = this.parseAlike(bytes, view, at, rest);
        continue;
      }
      if (rows.isCanonical) {
        before = at;
        lineBytes = rows.payload - at;
        bodyBytes = rest - rows.payload;
      }
      at = rest;
    }
    return at;
  }

  /**
   * Parses the frames from `at` on that have the very line of the publish with headers at `before`; returns where they end.
   * Apart from the loop above, as they are looked at for traces.
   */
  private parseAlike(bytes: Buffer, view: DataView, before: number, at: number): number {
    const { rows } = this;
    if (!rows.isCanonical) return at;
    const start = bytes.byteOffset;
    const frameBytes = at - before;
    const lineBytes = rows.payload - before;
    const bodyBytes = frameBytes - lineBytes;
    const { headerBytes } = rows;
    const takesParents = this.options.takesTraceParents === true;
    let isTraced = rows.isTraced;
    for (let next = at + frameBytes; next <= bytes.length; next += frameBytes) {
      if (!sameWords(view, start + before, view, start + at, lineBytes)) break;
      if (bytes[next - 2] !== 13 || bytes[next - 1] !== 10) break;
      rows.again(frameBytes);
      const headers = start + at + lineBytes;
      if (isTraced || takesParents || mayHaveDestination(view, headers, headers + headerBytes)) {
        this.lookForTrace(bytes);
        isTraced = rows.isTraced;
      }
      this.payloadTotal += bodyBytes - 2;
      at = next;
    }
    return at;
  }

  /** Any frame the fast path does not take; returns the position after it, or `at` where it is unfinished. */
  private parseOther(bytes: Buffer, at: number): number {
    const end = bytes.length;
    const maxLine = this.options.maxControlLineBytes;
    const maxSubLine = Math.min(maxLine, MAX_SUBSCRIPTION_LINE_BYTES);
    const plain = plainSub(bytes, at, maxSubLine) ?? plainUnsub(bytes, at, maxLine);
    if (plain !== undefined) {
      this.command(plain);
      return at + lengthOf(plain);
    }
    const verb = verbAt(bytes, at, end);
    if (verb === 'incomplete') return at;
    if (verb === undefined) return this.failAt('UNKNOWN_OPERATION', end);
    let start = at + verb.name.length;
    while (start < end && (bytes[start] === 32 || bytes[start] === 9)) start++;
    // The first byte after the blanks belongs to the arguments whatever it is, even if it is an LF.
    const newline = bytes.indexOf(10, verb.tail === 'nothing' ? start : start + 1);
    const stop = argumentsEnd(bytes, start, newline < 0 ? end : newline);
    if (verb.tail !== 'nothing' && stop - start > (verb.name === 'SUB' ? maxSubLine : maxLine)) {
      return this.failAt('MAX_CONTROL_LINE', end);
    }
    if (newline < 0) return at;
    if (verb.name === 'PUB' || verb.name === 'HPUB' || verb.name === 'HMSG') {
      return this.parsePublish(bytes, at, newline + 1);
    }
    const command = commandOf(verb, bytes, start, stop);
    if (command === undefined) return this.failAt('PARSER_ERROR', end);
    if (command.op === 'CONNECT') this.connected(command.options.headers);
    this.command(command);
    return newline + 1;
  }

  /** A CONNECT has come; `headers` is what it says of them. */
  private connected(headers: boolean | undefined): void {
    this.awaitsConnect = false;
    if (this.options.headersNeedConnect && headers !== undefined) this.headersAllowed = headers;
  }

  /** A PUB, HPUB or HMSG of any shape whose line ends before `lineEnd`. */
  private parsePublish(bytes: Buffer, at: number, lineEnd: number): number {
    const fault = this.parsePublishLine(bytes, at, lineEnd);
    if (fault !== undefined) return this.failAt(fault, bytes.length);
    const { rows } = this;
    const row = rows.used - STRIDE;
    const payloadEnd = rows.columns[row + PAYLOAD_END]!;
    const next = bytes[payloadEnd];
    if (rows.hasHeaders && payloadEnd <= bytes.length) this.lookForTrace(bytes);
    if (next === 10 && endsBare(bytes, lineEnd)) return payloadEnd + 1;
    if (payloadEnd + 2 > bytes.length && (next === undefined || next === 13)) {
      rows.used = row;
      return this.unfinishedPayload(at, lineEnd, payloadEnd - lineEnd);
    }
    if (next === 13 && bytes[payloadEnd + 1] === 10) return payloadEnd + 2;
    rows.used = row;
    return this.failAt('UNKNOWN_OPERATION', bytes.length);
  }

  protected override parsePublishLine(bytes: Buffer, at: number, lineEnd: number): ErrorCode | undefined {
    const { rows } = this;
    this.totalIsKnown = false;
    const withHeaders = (bytes[at]! | 32) === 104;
    if (withHeaders && (bytes[at + 1]! | 32) === 109) {
      // HMSG, a server's word: nats-server takes it for a publish of nothing to nowhere, whatever it says.
      rows.publish(0, lineEnd, lineEnd, 0, 0, lineEnd, lineEnd, HASH_SEED);
      return undefined;
    }
    if (withHeaders && !this.headersAllowed) return 'HEADERS_NOT_SUPPORTED';
    const verbEnd = at + (withHeaders ? 4 : 3);
    let start = verbEnd;
    while (bytes[start] === 32 || bytes[start] === 9) start++;
    const found = words(bytes, start, argumentsEnd(bytes, start, lineEnd - 1), false);
    const sizes = withHeaders ? 2 : 1;
    const count = found.length / 2;
    if (count < sizes + 1 || count > sizes + 2) return 'PARSER_ERROR';
    const last = found.length - 2;
    const size = parseSize(bytes, found[last]!, found[last + 1]!);
    const headerBytes = withHeaders ? parseSize(bytes, found[last - 2]!, found[last - 1]!) : 0;
    if (size < 0 || headerBytes < 0) return 'PARSER_ERROR';
    if (headerBytes > size) return 'PARSER_ERROR';
    if (size > this.options.maxPayloadBytes) return 'MAX_PAYLOAD';
    if (headerBytes > this.options.maxHeaderBytes) return 'MAX_HEADER';
    const hasReply = count === sizes + 2;
    if (hasReply && mayBeReserved(bytes, found[2]!)) this.asksReserved = true;
    const subject = found[0]!;
    const subjectEnd = found[1]!;
    rows.publish(
      (withHeaders && headerBytes > 0 ? (headerBytes << HEADER_SHIFT) | HEADERS : 0) |
        (isCanonical(bytes, verbEnd, lineEnd, found) && (!withHeaders || headerBytes > 0) ? SPLICE : 0),
      subject,
      subjectEnd,
      hasReply ? found[2]! : 0,
      hasReply ? found[3]! : 0,
      lineEnd,
      lineEnd + size,
      hashBytes(bytes, subject, subjectEnd),
    );
    return undefined;
  }

  /** Marks the publish written last where its headers, which lie in `bytes`, may ask for a trace. */
  private lookForTrace(bytes: Buffer): void {
    const { rows } = this;
    const start = rows.payload;
    rows.setTraced(
      mayAskTrace(bytes, start, start + rows.headerBytes, this.options.takesTraceParents === true),
    );
  }
}

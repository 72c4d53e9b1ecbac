import { isUtf8 } from 'node:buffer';
import { asBuffer } from '../../frame/as-buffer.js';
import { LineReader } from '../line-reader.js';
import type { Parser } from '../parser.js';
import type { LineServerFrame } from './commands.js';
import type { LineServerParserOptions } from './options.js';

/*
 *   line = ( "OK" SP ( "AUTH" / verb SP topic ) / "UPDATE" SP topic SP text / "ERR" SP reason
 *          / "PONG" / "QUIT" / help ) [CR] LF
 */

const MAX_SERVER_LINE_BYTES = 4 * 1_024 * 1_024;

/**
 * What `lineServerDecoder` reads, without a stream: bytes of a line server in, answers and updates out, faults among
 * them; only after LINE_TOO_LONG further bytes are ignored.
 */
export function lineServerParser(options: LineServerParserOptions = {}): Parser<LineServerFrame> {
  const lines = new LineReader(options.maxLineBytes ?? MAX_SERVER_LINE_BYTES);
  let failed = false;
  return {
    feed(chunk) {
      const bytes = asBuffer(chunk);
      const frames: LineServerFrame[] = [];
      let at = 0;
      while (at < bytes.length && !failed) {
        const found = lines.next(bytes, at);
        at = lines.at;
        failed = found === 'too-long';
        if (failed) frames.push({ op: 'FAULT', code: 'LINE_TOO_LONG' });
        else if (found === 'line') frames.push(frameOf(lines.line));
      }
      return frames;
    },
  };
}

function frameOf(line: Buffer): LineServerFrame {
  if (!isUtf8(line)) return { op: 'FAULT', code: 'INVALID_UTF8' };
  const text = line.toString('utf8');
  const [verb, rest] = cut(text);
  switch (verb) {
    case 'UPDATE':
      return update(rest);
    case 'OK':
      return ok(rest);
    case 'ERR':
      return { op: 'ERR', reason: rest ?? '' };
    case 'PONG':
    case 'QUIT':
      return rest === undefined ? { op: verb } : { op: 'HELP', text };
    default:
      return { op: 'HELP', text };
  }
}

function update(rest: string | undefined): LineServerFrame {
  const [topic, text] = cut(rest ?? '');
  if (topic === '') return { op: 'FAULT', code: 'MISSING_TOPIC' };
  return text === undefined ? { op: 'FAULT', code: 'MISSING_MESSAGE' } : { op: 'UPDATE', topic, text };
}

function ok(rest: string | undefined): LineServerFrame {
  const [verb, topic] = cut(rest ?? '');
  switch (verb) {
    case 'AUTH':
      return topic === undefined ? { op: 'OK', verb } : { op: 'FAULT', code: 'TRAILING_TEXT' };
    case 'SUB':
    case 'UNSUB':
    case 'PUB':
      if (topic === undefined || topic === '') return { op: 'FAULT', code: 'MISSING_TOPIC' };
      return topic.includes(' ') ? { op: 'FAULT', code: 'TRAILING_TEXT' } : { op: 'OK', verb, topic };
    default:
      return { op: 'FAULT', code: 'UNKNOWN_VERB' };
  }
}

/** The text before the first blank and the text after it, undefined where there is none. */
function cut(text: string): readonly [word: string, rest: string | undefined] {
  const blank = text.indexOf(' ');
  return blank < 0 ? [text, undefined] : [text.slice(0, blank), text.slice(blank + 1)];
}

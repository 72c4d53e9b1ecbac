/** Reference implementation of the encoders' run renderers: what each message must look like, one at a time. */
import { bytes, line, nats, type Part } from './wire.js';

/** One message of a run, and how its publisher wrote it. */
export interface Message {
  readonly subject: string;
  readonly reply?: string | undefined;
  readonly headers?: Buffer | undefined;
  readonly payload: Buffer;
  /** The publish line as sent; built canonical where absent. */
  readonly line?: PublishLine | undefined;
}

/** Ways to write the same publish. Sizes are sent with `zeros` zeros before them. */
export interface PublishLine {
  readonly verb: string;
  readonly blanks: readonly string[];
  readonly trailing: string;
  readonly end: '\r\n' | '\n';
  readonly zeros: number;
}

/** The publisher's bytes. */
export function publishWire(message: Message): Buffer {
  const { subject, reply, headers, payload, line: written } = message;
  if (written === undefined)
    return headers === undefined
      ? nats.pub(subject, payload, { reply })
      : nats.hpub(subject, headers, payload, { reply });
  const words = [subject, ...(reply === undefined ? [] : [reply]), ...sizes(message)];
  const args = words.flatMap((word, i) => [written.blanks[i % written.blanks.length]!, word]);
  return bytes(written.verb, ...args, written.trailing, written.end, headers ?? '', payload, '\r\n');
}

/** Header size, if any, and total, as the publisher wrote them; so they are passed on, digit by digit. */
function sizes({ headers, payload, line: written }: Message): string[] {
  const zeros = '0'.repeat(written?.zeros ?? 0);
  const total = `${zeros}${(headers?.length ?? 0) + payload.length}`;
  return headers === undefined ? [total] : [`${zeros}${headers.length}`, total];
}

/** What a NATS subscriber gets. */
export function referenceNatsRun(messages: readonly Message[], sid: string, withHeaders: boolean): Buffer {
  return bytes(...messages.map((message) => natsMessage(message, sid, withHeaders)));
}

function natsMessage(message: Message, sid: string, withHeaders: boolean): Buffer {
  const { subject, reply, headers, payload } = message;
  if (headers !== undefined && !withHeaders) return nats.msg(subject, sid, payload, { reply });
  const verb = headers === undefined ? 'MSG' : 'HMSG';
  return frame(verb, [subject, sid, reply, ...sizes(message)], [headers ?? '', payload]);
}

function frame(verb: string, words: readonly (string | undefined)[], body: readonly Part[]): Buffer {
  const present = words.filter((word) => word !== undefined);
  return bytes([verb, ...present].join(' '), '\r\n', ...body, '\r\n');
}

/** What a line subscriber gets. */
export function referenceLineRun(messages: readonly Message[], end: '\n' | '\r\n'): Buffer {
  return bytes(...messages.map(({ subject, payload }) => line(end).update(subject, escaped(payload))));
}

/** Text that ends no line: UTF-8, what is none as U+FFFD, CR and LF as `\r` and `\n`. */
export function escaped(payload: Buffer): string {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(payload);
  return text.split('\r').join('\\r').split('\n').join('\\n');
}

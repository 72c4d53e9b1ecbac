/**
 * Wire bytes built from the protocols' documents, by hand and slowly. Never imports lib: what our encoders write and
 * our decoders read is held against this.
 */

/** Bytes, or text that stands for its UTF-8. */
export type Part = string | Uint8Array;

/** The parts one after another. */
export function bytes(...parts: readonly Part[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(part as string)));
}

/** `size` bytes that repeat with a period of 251, so that a lost or doubled block shows. */
export function filler(size: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, i) => i % 251));
}

/** Size in bytes of what `part` stands for. */
export function sizeOf(part: Part): number {
  return bytes(part).length;
}

/** A header block: `NATS/1.0␍␊name: value␍␊…␍␊`. */
export function headerBlock(...fields: readonly (readonly [name: string, value: string])[]): Buffer {
  return bytes('NATS/1.0\r\n', ...fields.map(([name, value]) => `${name}: ${value}\r\n`), '\r\n');
}

/** What stands between a message's verb and its sizes, each word followed by one blank. */
interface Target {
  readonly reply?: Part | undefined;
}

function message(
  verb: string,
  words: readonly Part[],
  sizes: readonly number[],
  body: readonly Part[],
): Buffer {
  const line = words.flatMap((word) => [word, ' ']);
  return bytes(verb, ' ', ...line, sizes.join(' '), '\r\n', ...body, '\r\n');
}

function wordsOf(first: readonly Part[], { reply }: Target): readonly Part[] {
  return reply === undefined ? first : [...first, reply];
}

/** The NATS client protocol, both directions, in canonical form. */
export const nats = {
  pub(subject: Part, payload: Part, target: Target = {}): Buffer {
    return message('PUB', wordsOf([subject], target), [sizeOf(payload)], [payload]);
  },
  hpub(subject: Part, headers: Part, payload: Part, target: Target = {}): Buffer {
    const sizes = [sizeOf(headers), sizeOf(headers) + sizeOf(payload)];
    return message('HPUB', wordsOf([subject], target), sizes, [headers, payload]);
  },
  msg(subject: Part, sid: Part, payload: Part, target: Target = {}): Buffer {
    return message('MSG', wordsOf([subject, sid], target), [sizeOf(payload)], [payload]);
  },
  hmsg(subject: Part, sid: Part, headers: Part, payload: Part, target: Target = {}): Buffer {
    const sizes = [sizeOf(headers), sizeOf(headers) + sizeOf(payload)];
    return message('HMSG', wordsOf([subject, sid], target), sizes, [headers, payload]);
  },
  sub(subject: Part, sid: Part, queue?: Part): Buffer {
    return queue === undefined
      ? bytes('SUB ', subject, ' ', sid, '\r\n')
      : bytes('SUB ', subject, ' ', queue, ' ', sid, '\r\n');
  },
  unsub(sid: Part, max?: number): Buffer {
    return bytes('UNSUB ', sid, max === undefined ? '' : ` ${max}`, '\r\n');
  },
  connect(json: string): Buffer {
    return bytes('CONNECT ', json, '\r\n');
  },
  /** nats-server ends INFO with a blank before the line end. */
  info(json: string): Buffer {
    return bytes('INFO ', json, ' \r\n');
  },
  err(message: string): Buffer {
    return bytes(`-ERR '${message}'\r\n`);
  },
  ping: bytes('PING\r\n'),
  pong: bytes('PONG\r\n'),
  ok: bytes('+OK\r\n'),
};

/** Telnet's bytes, RFC 854. */
export const telnet = {
  iac: 255,
  dont: 254,
  do: 253,
  wont: 252,
  will: 251,
  sb: 250,
  nop: 241,
  se: 240,
};

/** The line dialect, each line ended by `end`. */
export function line(end: '\n' | '\r\n' = '\n') {
  return {
    pub: (topic: Part, text: Part): Buffer => bytes('PUB ', topic, ' ', text, end),
    sub: (topic: Part): Buffer => bytes('SUB ', topic, end),
    unsub: (topic: Part): Buffer => bytes('UNSUB ', topic, end),
    update: (topic: Part, text: Part): Buffer => bytes('UPDATE ', topic, ' ', text, end),
    ok: (verb: string, topic?: Part): Buffer =>
      topic === undefined ? bytes('OK ', verb, end) : bytes('OK ', verb, ' ', topic, end),
    err: (reason: string): Buffer => bytes('ERR ', reason, end),
    word: (word: string): Buffer => bytes(word, end),
  };
}

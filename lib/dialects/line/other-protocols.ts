import { asBuffer } from '../../frame/as-buffer.js';

/** The faults of lines that belong to another protocol; both close the connection. */
export type OtherProtocol = 'HTTP_REQUEST' | 'OTHER_PROTOCOL';

/** Longest beginning of a line that has to be looked at, in bytes: an MQTT CONNECT is known by its tenth. */
const HEAD_BYTES = 16;

/** HTTP's methods (RFC 9110, RFC 5789): as Redis does, one of them alone is enough. */
const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
]);

/** A request line of any other method, or of a protocol that has its form from HTTP: `PRI * HTTP/2.0`, RTSP, SIP. */
const REQUEST_LINE = /^\S+ \S+ (?:HTTP|RTSP|SIP)\/\d/i;

/** What follows the method `PUB` in a request line (`PUB /path HTTP/1.1`): no method of HTTP, but a browser sends any. */
const TARGET_AND_VERSION = /^\/\S* HTTP\/\d\.\d$/;
/** Longest target that is looked for. */
const MAX_TARGET_BYTES = 8_192;

/** A field line: a token and a colon (RFC 9112, section 5), as in `Host: localhost`. */
const FIELD_LINE = /^[!#$%&'*+.^_`|~\dA-Za-z-]+:/;

/** Whole lines of other protocols: RESP, NATS, STOMP, SMTP, PROXY (version 2 has a NUL in a line of its own), HTTP's answers. */
const OTHER_LINE =
  /^(?:[*$]\d+|(?:CONNECT|INFO)\s*\{.*|STOMP|(?:EHLO|HELO|LHLO|PROXY)(?: .*)?|HTTP\/\d.*|\0)$/i;

/**
 * How binary protocols begin, some of which never send a line end: a TLS handshake, PostgreSQL and SMB (a length of four
 * bytes), MQTT, AMQP, SSH.
 */
const BINARY_HEAD = /^(?:\x16\x03|\0\0|(?:\x10[\s\S]{1,4})?\0[\x04\x06]MQ|AMQP\0|SSH-\d)/;

/**
 * First lines of Redis' inline commands. Its words that a person may try here, such as `INFO`, `HELLO` and `PUBLISH`, are
 * left out.
 */
const REDIS_INLINE =
  /^(?:HELLO [23]\b|SELECT \d|(?:SET|MSET|MGET|DEL|INCR|EXISTS|KEYS|EVAL|CONFIG|CLIENT|COMMAND|FLUSHALL|FLUSHDB|DBSIZE)(?: |$))/i;

/** Control bytes that the keys of a terminal send within a line: backspace, ESC of the arrows; and a CR. */
const KEYS: ReadonlySet<number> = new Set([8, 13, 27]);
const TAB = 9;
const LF = 10;
const SPACE = 32;
/** Bytes from here on do not begin a character in UTF-8, but for those of the next two. */
const FIRST_CONTINUATION = 0x80;
const FIRST_LEAD = 0xc2;
const LAST_LEAD = 0xf4;

/**
 * Whether the first line of a connection shows in its first word, which may be unfinished, that a binary protocol is
 * spoken: a verb has no control bytes, and text does not begin in the middle of a character. Nearly all of them do that,
 * as they begin with a length or a type.
 */
export function isNoFirstWord(line: Uint8Array): boolean {
  let isInWord = false;
  for (const byte of line.subarray(0, HEAD_BYTES)) {
    if (byte === LF) return false;
    if (byte === SPACE || byte === TAB) {
      if (isInWord) return false;
      continue;
    }
    if (byte < SPACE && !KEYS.has(byte)) return true;
    if (!isInWord && byte >= FIRST_CONTINUATION && (byte < FIRST_LEAD || byte > LAST_LEAD)) return true;
    isInWord = true;
  }
  return false;
}

/** Whether a line that is still unfinished can only be of another protocol. */
export function beginsOtherProtocol(line: Uint8Array): boolean {
  return line.length > 1 && BINARY_HEAD.test(asBuffer(line.subarray(0, HEAD_BYTES)).toString('latin1'));
}

/**
 * What another protocol a line belongs to, judged by its bytes, its line end left out; undefined where it could be a
 * mistyped command. Only for lines that are no commands of the line dialect.
 * @param isFirst whether it is the first of its connection
 */
export function otherProtocolOf(line: Uint8Array, isFirst: boolean): OtherProtocol | undefined {
  const text = asBuffer(line).toString('latin1');
  if (OTHER_LINE.test(text) || BINARY_HEAD.test(text)) return 'OTHER_PROTOCOL';
  if (isFirst && REDIS_INLINE.test(text)) return 'OTHER_PROTOCOL';
  const [word = ''] = text.split(/[ \t]/, 1);
  const isHttp = METHODS.has(word.toUpperCase()) || FIELD_LINE.test(text) || REQUEST_LINE.test(text);
  return isHttp ? 'HTTP_REQUEST' : undefined;
}

/** Whether a publish to the topic `/…` is the request line of an HTTP request with the method `PUB`. */
export function isRequestLine(line: Uint8Array): boolean {
  return line.length <= MAX_TARGET_BYTES && TARGET_AND_VERSION.test(asBuffer(line).toString('latin1'));
}

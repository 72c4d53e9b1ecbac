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

/** Whether a line that is still unfinished can only be of another protocol. */
export function beginsOtherProtocol(line: Uint8Array): boolean {
  return line.length > 1 && BINARY_HEAD.test(asBuffer(line.subarray(0, HEAD_BYTES)).toString('latin1'));
}

/**
 * What another protocol a line belongs to, judged by its bytes, its line end left out; undefined where it could be a
 * mistyped command. Only for lines that are no commands of the line dialect.
 */
export function otherProtocolOf(line: Uint8Array): OtherProtocol | undefined {
  const text = asBuffer(line).toString('latin1');
  if (OTHER_LINE.test(text) || BINARY_HEAD.test(text)) return 'OTHER_PROTOCOL';
  const [word = ''] = text.split(/[ \t]/, 1);
  const isHttp = METHODS.has(word.toUpperCase()) || FIELD_LINE.test(text) || REQUEST_LINE.test(text);
  return isHttp ? 'HTTP_REQUEST' : undefined;
}

/** Whether a publish to the topic `/…` is the request line of an HTTP request with the method `PUB`. */
export function isRequestLine(line: Uint8Array): boolean {
  return line.length <= MAX_TARGET_BYTES && TARGET_AND_VERSION.test(asBuffer(line).toString('latin1'));
}

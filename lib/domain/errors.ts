/**
 * The one table of everything that can go wrong: the code callers compare, what it means, and whether the connection closes
 * after it. The texts that clients see are in the folder of each dialect. `docs/errors.md` is tested against all of them,
 * both ways.
 *
 * Closing behaviour follows nats-server 2.10, seen on its wire.
 */
export interface ErrorMeaning {
  /** Whether the connection is closed once the text has been flushed. */
  readonly closes: boolean;
  /** What happened and what to do about it, for the documentation. */
  readonly about: string;
}

/**
 * The texts of errors in one dialect. `{…}` stands for what an error is about, in order. Clients are not told of a code
 * without a text.
 */
export type ErrorTexts = Readonly<Partial<Record<ErrorCode, string>>>;

const table = {
  UNKNOWN_OPERATION: { closes: true, about: 'The verb is not one of the protocol.' },
  PARSER_ERROR: {
    closes: true,
    about:
      'A NATS verb with arguments the protocol does not have; closed without a word, as nats-server does.',
  },
  INVALID_CLIENT_PROTOCOL: { closes: true, about: 'CONNECT asked for a `protocol` other than 0 or 1.' },
  UNKNOWN_VERB: { closes: false, about: 'The first word of the line is not a verb of the line dialect.' },
  MISSING_TOPIC: { closes: false, about: 'SUB, UNSUB or PUB without a topic.' },
  MISSING_MESSAGE: {
    closes: false,
    about: 'PUB with a topic and nothing after it; a blank after the topic publishes an empty message.',
  },
  TRAILING_TEXT: { closes: false, about: 'A command that takes fewer words was given more.' },
  INVALID_TOPIC: {
    closes: false,
    about: 'A topic has an empty token, a misplaced wildcard, or a wildcard where one publishes.',
  },
  INVALID_UTF8: { closes: false, about: 'The line is not valid UTF-8.' },
  HTTP_REQUEST: {
    closes: true,
    about:
      'A line client sent a request line or a header of HTTP; nothing after it is carried out, so that no web page can publish.',
  },
  OTHER_PROTOCOL: {
    closes: true,
    about:
      'A line client began another protocol, such as TLS (see `line.tls`), NATS, RESP, SMTP, SSH or PROXY, or a binary one in its first line; nothing after it is carried out.',
  },
  LINE_TOO_LONG: { closes: true, about: 'A line is longer than `line.max_line` bytes.' },
  TOPIC_TOO_LONG: { closes: false, about: 'A topic is longer than `line.max_topic` bytes.' },
  MAX_CONTROL_LINE: { closes: true, about: 'A control line is longer than `nats.max_control_line` bytes.' },
  MAX_PAYLOAD: {
    closes: true,
    about: 'A message declares more than `nats.max_payload` bytes, headers included.',
  },
  MAX_HEADER: { closes: true, about: 'A message declares more than `nats.max_header` bytes of headers.' },
  INVALID_SUBJECT: {
    closes: false,
    about: 'The subject of a SUB has an empty token or a misplaced wildcard.',
  },
  INVALID_PUBLISH_SUBJECT: {
    closes: false,
    about: 'In pedantic mode: the subject of a PUB has an empty token or a wildcard.',
  },
  PERMISSIONS_PUBLISH: {
    closes: false,
    about: 'The user may not publish to the subject; the message went nowhere.',
  },
  PERMISSIONS_REPLY: {
    closes: false,
    about: 'A message asks for its reply on a subject that is reserved for servers; it went nowhere.',
  },
  PERMISSIONS_SUBSCRIPTION: { closes: false, about: 'The user may not subscribe to the subject.' },
  PERMISSIONS_QUEUE: {
    closes: false,
    about: 'The user may not subscribe to the subject as a member of the queue group.',
  },
  PERMISSIONS_WITHDRAWN: {
    closes: false,
    about: 'After a reload the user may no longer have the subscription, which has ended.',
  },
  MAX_SUBJECT_TOKENS: {
    closes: false,
    about: 'A subscription has more than `limits.max_subject_tokens` tokens, or more than 2,048.',
  },
  HEADERS_NOT_SUPPORTED: {
    closes: true,
    about:
      'HPUB from a client whose CONNECT did not say `headers: true`; closed without a word, as nats-server does.',
  },
  NO_RESPONDERS_NEEDS_HEADERS: {
    closes: true,
    about: 'CONNECT asked for `no_responders` without `headers`.',
  },
  MISSING_CREDENTIALS: { closes: false, about: 'AUTH without a word after it.' },
  AUTHENTICATION_REQUIRED: {
    closes: false,
    about: 'A line client must give its credentials before anything else.',
  },
  TOO_MANY_ERRORS: { closes: true, about: 'A line client sent nothing but errors, 100 in a row.' },
  AUTHORIZATION_VIOLATION: { closes: true, about: 'Wrong or missing credentials.' },
  AUTHENTICATION_TIMEOUT: {
    closes: true,
    about:
      'No credentials within `authorization.timeout`, over a WebSocket `websocket.auth_timeout`, of a leaf `leaf.auth_timeout`, or no decision on them: too many logins were waiting to be checked, or `authenticate` did not answer in that time.',
  },
  USER_EXPIRED: { closes: true, about: 'The time for which the login was good is over.' },
  ACCOUNT_EXPIRED: { closes: true, about: "The account's JWT, or its operator's, has expired." },
  MAX_ACCOUNT_CONNECTIONS: {
    closes: true,
    about: 'The account already has as many connections as it says it may have.',
  },
  TLS_HANDSHAKE: {
    closes: true,
    about:
      'The TLS handshake failed or took longer than `tls.timeout`, that of a leaf `leaf.tls_timeout`; closed without a word, as nats-server does.',
  },
  TLS_HANDSHAKE_RATE: {
    closes: true,
    about:
      'A client begins a TLS handshake after `tls.handshake_rate` others in this second; it is told so in the clear.',
  },
  MAX_CONNECTIONS: { closes: true, about: 'The broker already has `limits.max_connections` connections.' },
  MAX_CONNECTIONS_PER_ADDRESS: {
    closes: true,
    about: 'The address already has `limits.max_connections_per_address` connections.',
  },
  ACCEPT_RATE: {
    closes: true,
    about:
      'Connections came faster than `limits.accept_rate` lets in, and those of a second waited already; closed without a word, before anything was read.',
  },
  MAX_SUBSCRIPTIONS: {
    closes: false,
    about: 'The connection already has `limits.max_subscriptions` subscriptions.',
  },
  MAX_LINK_SUBSCRIPTIONS: {
    closes: true,
    about:
      'A link to another server has `limits.max_subscriptions` subscriptions or 4,096 queue groups, and the other server has more.',
  },
  LEAF_LOOP: {
    closes: true,
    about:
      'The links of leaf nodes go round in a circle: what this server said of itself has come back. The one that dialled waits for 30 s.',
  },
  LEAF_REFUSED: {
    closes: true,
    about:
      'A leaf is not one for this hub: it is a client, it has the name of the cluster of the hub, or another link has taken its place.',
  },
  STALE_CONNECTION: { closes: true, about: 'The peer left `nats.ping_max` PINGs unanswered.' },
  IDLE_TIMEOUT: {
    closes: true,
    about: 'A line client neither said nor was told anything for `line.idle_timeout`.',
  },
  SLOW_CONSUMER: {
    closes: true,
    about:
      'The peer took none of its pending bytes for `flow.write_deadline`, or had `flow.max_pending` bytes pending, or the most of all while `flow.max_total_pending` was exceeded; closed without a word, as it reads none, and named in the log.',
  },
  SERVER_SHUTDOWN: {
    closes: true,
    about: 'The broker is closing; connections end without a word, as with nats-server.',
  },
  INTERNAL: {
    closes: true,
    about: 'A fault of sluice itself in this one connection; the log has the details.',
  },
  NO_RESPONDERS: {
    closes: false,
    about:
      'In process: the subject of the request has no subscribers. NATS clients get a status 503 instead.',
  },
  REQUEST_TIMEOUT: { closes: false, about: 'In process: no reply to the request came in time.' },
  SERVICE_ERROR: {
    closes: false,
    about: 'In process: the reply says that the request failed; the message is its `Nats-Service-Error`.',
  },
  INVALID_MESSAGE: {
    closes: false,
    about: 'In process: a payload is neither text nor bytes, or a header cannot be written as one.',
  },
  INVALID_RESULT: {
    closes: false,
    about:
      'In process: `authenticate`, `authorize` or a reply handler returned a value that it may not; it counts as a refusal, and raises an `error` event.',
  },
  NO_LISTENER: {
    closes: false,
    about: 'In process: the broker was asked for an address it does not listen on.',
  },
  TEST_TIMEOUT: {
    closes: false,
    about: 'In tests: what was waited for did not come in time; the message says what came instead.',
  },
  NO_SUCH_CLIENT: {
    closes: false,
    about: 'In tests: no client fits what was asked for, or several do; the message says which there are.',
  },
  ADDRESS_IN_USE: { closes: false, about: 'Another process listens on the address.' },
  ADDRESS_UNUSABLE: {
    closes: false,
    about: 'The address cannot be listened on: unknown host, no permission.',
  },
  CONFIG_INVALID: { closes: false, about: 'A flag, environment variable or configuration key is wrong.' },
  CONFIG_UNREADABLE: { closes: false, about: 'The configuration file cannot be read or is not TOML.' },
  LOG_UNWRITABLE: { closes: false, about: 'The log file or the pid file cannot be written.' },
  USAGE: { closes: false, about: 'A subcommand of `sluice` was given words that it does not take.' },
  UNREACHABLE: {
    closes: false,
    about: 'To a subcommand that is a client: no broker answers at the address, or the connection was lost.',
  },
  REFUSED: {
    closes: false,
    about: 'To a subcommand that is a client: the broker said no, to its login or to what it asked for.',
  },
  NO_REPLY: { closes: false, about: 'A request of `sluice req` had no answer, or too few.' },
} as const satisfies Record<string, ErrorMeaning>;

export type ErrorCode = keyof typeof table;

export const ERRORS: Readonly<Record<ErrorCode, ErrorMeaning>> = table;

/** The text of an error with what it is about in place of its `{…}`, in quotes; undefined where there is no text. */
export function errorText(texts: ErrorTexts, code: ErrorCode, about: readonly string[]): string | undefined {
  let next = 0;
  return texts[code]?.replace(/\{\w+\}/g, (hole) => quoted(about[next++] ?? hole));
}

/** What Go does not print: all but letters, marks, numbers, punctuation, symbols and the plain blank. */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, '0')}`;
  return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

/** A text in double quotes as Go's `%q` writes it, so that nothing in it can end a line. */
export function quoted(text: string): string {
  const json = JSON.stringify(text)
    .replace(/\\u00([01][\da-f])/g, '\\x$1')
    .replace(/\\udc([89a-f][\da-f])/g, '\\x$1') // a byte that is not UTF-8, as `textOf` has it
    .replace(UNPRINTABLE, escaped);
  return json.replaceAll('\\x07', '\\a').replaceAll('\\x0b', '\\v');
}

/** Every error that crosses a module of sluice. Compare `code`, never the message. */
export class SluiceError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string = ERRORS[code].about, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SluiceError';
    this.code = code;
  }
}

/** A CONFIG_INVALID about the value of a key. */
export function invalidKey(key: string, reason: string): SluiceError {
  return new SluiceError('CONFIG_INVALID', `${key}: ${reason}`);
}

/** Makes a `switch` over a union exhaustive: adding a member without a case no longer compiles. */
export function unreachable(value: never): never {
  throw new SluiceError('INTERNAL', `unexpected value ${JSON.stringify(value)}`);
}

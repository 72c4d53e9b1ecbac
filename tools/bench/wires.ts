/** How delivered frames look: as the protocol renders them, or (`verbatim`, the relay) exactly as published. */
export type Rendering = 'nats' | 'line' | 'resp' | 'verbatim';
/** How frames are published: as delivered ones, or as the leaf of a server sends them. */
export type PublishRendering = Rendering | 'leaf';
/** How each kind of broker is spoken to, beside messages: greeting, subscribing, and asking for a sign of life. */

export interface Wire {
  /** What a client says first; {@link pong} is the answer to the last of it. */
  readonly hello: string;
  /** Whether the broker speaks first, and in what line. */
  readonly greeting?: string;
  subscribe(subject: string, queue: string | undefined): string;
  /** How the last line of the answer to that begins. */
  readonly subscribed: string;
  readonly ping: string;
  /** How the line that answers begins; all of the line where lines follow that are {@link rest}. */
  readonly pong: readonly string[];
  /** Other lines that belong to that answer. */
  readonly rest: readonly string[];
  /** Lines that may come at any time and mean nothing here. */
  readonly others?: RegExp;
}

const NATS: Wire = {
  greeting: 'INFO ',
  hello:
    'CONNECT {"verbose":false,"pedantic":false,"echo":true,"headers":true,"no_responders":true,"lang":"sluice-bench","version":"1"}\r\nPING\r\n',
  subscribe: (subject, queue) => `SUB ${subject} ${queue === undefined ? '' : `${queue} `}1\r\nPING\r\n`,
  subscribed: 'PONG',
  ping: 'PING\r\n',
  pong: ['PONG'],
  rest: [],
};

/** A leaf that subscribes to nothing: its hub tells it of the interest there is. */
const LEAF: Wire = {
  ...NATS,
  hello: 'CONNECT {"version":"2.10.29","headers":true}\r\nPING\r\n',
  others: /^(?:INFO|LS[+-]) /,
};

const LINE: Wire = {
  hello: 'PING\n',
  subscribe: (subject) => `SUB ${subject}\n`,
  subscribed: 'OK SUB',
  ping: 'PING\n',
  pong: ['PONG'],
  rest: [],
};

/** To a client that has subscribed, Redis answers PING with an array of two strings, else with a line. */
const RESP: Wire = {
  hello: 'PING\r\n',
  subscribe: (subject) => respOf('SUBSCRIBE', subject),
  subscribed: ':',
  ping: 'PING\r\n',
  pong: ['+PONG', 'pong'],
  rest: ['*2', '$4', '$0', ''],
};

/** By how messages are rendered. */
export const WIRES: Readonly<Record<PublishRendering, Wire>> = {
  nats: NATS,
  leaf: LEAF,
  verbatim: NATS,
  line: LINE,
  resp: RESP,
};

/** An array of strings, as Redis takes commands and sends messages. ASCII only. */
export function respOf(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

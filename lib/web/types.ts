import type { Crlf, LineClientFrame, LineCommand, LinePublish } from '../dialects/line/commands.js';
import type { Connect, Err, Info, Ok, Ping, Pong, Sub, Unsub } from '../dialects/nats/words.js';
import type { Fault } from '../frame/fault.js';

/*
 * What the codecs for Web Streams take and give: as in `sluice/codecs`, with Uint8Array in the place of Buffer. No type
 * of Node's is in here, nor in what this imports.
 */

/** A message to route. */
export interface Publish {
  readonly op: 'PUB';
  readonly subject: string;
  readonly reply?: string;
  /** The header block as on the NATS wire, `NATS/1.0␍␊name: value␍␊␍␊`. */
  readonly headers?: Uint8Array;
  /** The payload without the header block. */
  readonly payload: Uint8Array;
}

/** A delivered message. */
export interface NatsMessage {
  readonly op: 'MSG';
  readonly subject: string;
  readonly sid: string;
  readonly reply?: string;
  /** The header block as on the wire; with it the frame is an HMSG. */
  readonly headers?: Uint8Array;
  /** The payload without the header block. */
  readonly payload: Uint8Array;
}

/** What a NATS client sends; a fault is the last of it. Clients may send a server's words, too. */
export type NatsCommand = Publish | Connect | Ping | Pong | Ok | Err | Info | Sub | Unsub | Fault;

/** What a NATS server sends; a fault is the last of it. */
export type NatsServerFrame = NatsMessage | Info | Ping | Pong | Ok | Err | Fault;

/** A message to be written: text stands for its UTF-8. */
type Writable<M extends { readonly payload: Uint8Array }> = Omit<M, 'payload'> & {
  readonly payload: Uint8Array | string;
};

/** Everything that can be written as NATS, in either direction. */
export type NatsFrame =
  | Writable<Publish>
  | Writable<NatsMessage>
  | Connect
  | Ping
  | Pong
  | Ok
  | Err
  | Info
  | Sub
  | Unsub;

/** What a line client sends. */
export type LineClientCommand = LineCommand | (LinePublish & { readonly payload: Uint8Array });

/** What `renderLineCommand` takes. */
export type LineClientLine = Exclude<LineClientFrame, Crlf>;

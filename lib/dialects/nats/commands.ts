import type { Fault, Publish } from '../../frame/command.js';
import type { Connect, Err, Info, Ok, Ping, Pong, Sub, Unsub } from './words.js';

export type { ConnectOptions, Err, Info, Ok, Ping, Pong, Sub, Unsub } from './words.js';

/** What a client sends besides publishes. */
export type NatsCommand = Connect | Ping | Pong | Ok | Err | Info | Sub | Unsub | Fault;

/** A delivered message as plain data, to be written. */
export interface Msg {
  readonly op: 'MSG';
  readonly subject: string;
  readonly sid: string;
  readonly reply?: string;
  /** The header block as on the wire; with it the frame is an HMSG. */
  readonly headers?: Uint8Array;
  readonly payload: Uint8Array | string;
}

/** A delivered message as it was read: views of what was fed, to be copied if they are kept. */
export interface NatsMessage extends Msg {
  readonly headers?: Buffer;
  /** The payload without the header block. */
  readonly payload: Buffer;
}

/** What a server sends; a fault is the last of it. */
export type NatsServerFrame = Info | NatsMessage | Ping | Pong | Ok | Err | Fault;

/** No frame but an order to the encoder, in its place among the frames: whether what follows may have headers. */
export interface HeaderMode {
  readonly op: 'HEADERS';
  readonly on: boolean;
}

/** An INFO to one of many: `info`, which is never changed, and then what is `own` to its receiver. */
export interface OwnInfo extends Info {
  readonly own?: Readonly<Record<string, unknown>>;
}

/** Everything `natsEncoder` takes: frames of both directions of the protocol. */
export type NatsFrame =
  | Exclude<NatsCommand, Fault | Info>
  | OwnInfo
  | Msg
  | HeaderMode
  | (Omit<Publish, 'headers' | 'payload'> & {
      readonly headers?: Uint8Array;
      readonly payload: Uint8Array | string;
    });

import type { Fault } from '../command.js';

export interface Sub {
  readonly op: 'SUB';
  readonly topic: string;
}
export interface Unsub {
  readonly op: 'UNSUB';
  readonly topic: string;
}
export interface Auth {
  readonly op: 'AUTH';
  /** Absent where the one word is a token. */
  readonly user?: string;
  /** The password, or the token. */
  readonly secret: string;
}
export interface Word {
  readonly op: 'PING' | 'HELP' | 'QUIT';
}
/** The peer ends its lines with CRLF, so answers to it should too; comes once, before its first such line's command. */
export interface Crlf {
  readonly op: 'CRLF';
}

/** What a line client sends besides publishes. */
export type LineCommand = Sub | Unsub | Auth | Word | Crlf | Fault;

/** Everything `lineEncoder` writes. */
export type LineFrame =
  /** `OK verb topic` */
  | { readonly op: 'OK'; readonly verb: 'SUB' | 'UNSUB' | 'PUB'; readonly topic: string }
  /** `OK AUTH` */
  | { readonly op: 'OK'; readonly verb: 'AUTH' }
  /** `UPDATE topic text`, CR and LF of the text written as `\r` and `\n`. */
  | { readonly op: 'UPDATE'; readonly topic: string; readonly text: string | Buffer }
  /** `ERR reason` */
  | { readonly op: 'ERR'; readonly reason: string }
  | { readonly op: 'PONG' | 'QUIT' | 'HELP' };

import type { Fault } from '../../frame/fault.js';

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
/** The peer ends its lines with CRLF, so answers to it should, too; comes once, before the command of its first such line. */
export interface Crlf {
  readonly op: 'CRLF';
}

/** What a line client sends besides publishes. */
export type LineCommand = Sub | Unsub | Auth | Word | Crlf | Fault;

export interface Ok {
  readonly op: 'OK';
  readonly verb: 'SUB' | 'UNSUB' | 'PUB';
  readonly topic: string;
}
export interface OkAuth {
  readonly op: 'OK';
  readonly verb: 'AUTH';
}
export interface Err {
  readonly op: 'ERR';
  readonly reason: string;
}
export interface Answer {
  readonly op: 'PONG' | 'QUIT';
}
export interface Help {
  readonly op: 'HELP';
  /** One line of the help; to an encoder, without it, all of ours. */
  readonly text?: string;
}
export interface Update {
  readonly op: 'UPDATE';
  readonly topic: string;
  /** To an encoder: CR and LF are written as `\r` and `\n`. */
  readonly text: string | Uint8Array;
}

/** Everything `lineEncoder` writes: what a line server sends. */
export type LineFrame = Ok | OkAuth | Update | Err | Answer | Help;

/** What is handed to a line encoder: CRLF is no line but an order, in its place among them: those after it end so. */
export type LineOutput = LineFrame | Crlf;

/**
 * What is read of a line server. A line that is none of the others is one of its help. Only a LINE_TOO_LONG fault is the
 * last word.
 */
export type LineServerFrame =
  | Ok
  | OkAuth
  | (Update & { readonly text: string })
  | Err
  | Answer
  | (Help & { readonly text: string })
  | Fault;

/** A publish of a line client, to be written. */
export interface LinePublish {
  readonly op: 'PUB';
  /** The topic. */
  readonly subject: string;
  /** The text; CR and LF are written as `\r` and `\n`. */
  readonly payload: string | Uint8Array;
}

/** Everything `lineClientEncoder` writes; CRLF is no line but an order, from where it stands on. */
export type LineClientFrame = Exclude<LineCommand, Fault> | LinePublish;

/*
 * What is said without a payload, in either direction.
 */

/** What a client says of itself in CONNECT; absent fields keep what they were. */
export interface ConnectOptions {
  readonly verbose?: boolean;
  readonly pedantic?: boolean;
  readonly echo?: boolean;
  readonly headers?: boolean;
  readonly no_responders?: boolean;
  readonly tls_required?: boolean;
  readonly protocol?: number;
  readonly name?: string;
  readonly lang?: string;
  readonly version?: string;
  readonly user?: string;
  readonly pass?: string;
  readonly auth_token?: string;
  readonly jwt?: string;
  readonly nkey?: string;
  readonly sig?: string;
  /** Once named an account to be made; nats-server refuses a client that gives one. */
  readonly account?: string;
  readonly new_account?: boolean;
}

export interface Connect {
  readonly op: 'CONNECT';
  readonly options: ConnectOptions;
}
export interface Ping {
  readonly op: 'PING';
}
export interface Pong {
  readonly op: 'PONG';
}
export interface Ok {
  readonly op: '+OK';
}
export interface Err {
  readonly op: '-ERR';
  /** The text between the quotes. */
  readonly message: string;
}
export interface Info {
  readonly op: 'INFO';
  readonly info: Readonly<Record<string, unknown>>;
}

/** Its words are those of `textOf` in text.ts: bytes that are not UTF-8 are kept as lone surrogates. */
export interface Sub {
  readonly op: 'SUB';
  readonly subject: string;
  readonly queue?: string;
  readonly sid: string;
}
export interface Unsub {
  readonly op: 'UNSUB';
  readonly sid: string;
  /** Total deliveries after which the subscription ends; absent means now. */
  readonly max?: number;
}

import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Address, Config } from '../config.js';
import type { DialectName } from '../domain/dialect-name.js';

/** How to close. */
export interface CloseOptions {
  /** Whether what was read is still delivered and flushed. Default true; false cuts all connections off at once. */
  readonly drain?: boolean;
  /** Time that may take before whatever is left is cut off, in milliseconds. Default `shutdown.deadline`: 4 s. */
  readonly deadlineMs?: number;
}

/** How WebSockets are served on an HTTP server of the program's. */
export interface AttachWebSocketOptions {
  /** The path of the URL, which has to be the same, without a query. Default `/`. */
  readonly path?: string | undefined;
  /** What is spoken within the WebSocket. Default `nats`. */
  readonly dialect?: DialectName | undefined;
  /**
   * Origins of web pages that may connect, as in `https://example.com`, and no others; `*`: any. Default, and where it
   * is empty: the server's own. Programs that are no browser are let in whatever they say.
   */
  readonly origins?: readonly string[] | undefined;
  /**
   * Whether the server is behind a proxy, or behind how many: then `X-Forwarded-For` says the address of a client, and
   * `X-Forwarded-Proto` whether it came over TLS. Default false.
   */
  readonly trustProxy?: boolean | number | undefined;
  /** Whether messages may be compressed, which costs time and memory for each. Default false. */
  readonly compression?: boolean | undefined;
}

/** Loads the configuration again, where it came from, and puts it in force. Resolves to what is wrong; undefined: nothing. */
export type ReloadSource = () => Promise<string | undefined>;

/** A running broker. */
export interface Broker {
  /** Where NATS clients connect, with the real port; undefined without that listener. The first of several. */
  readonly natsAddress: Address | undefined;
  /** Where line clients connect, with the real port; undefined without that listener. The first of several. */
  readonly lineAddress: Address | undefined;
  readonly natsAddresses: readonly Address[];
  readonly lineAddresses: readonly Address[];
  /** Where WebSockets are served, with the real port; undefined without that listener. */
  readonly websocketAddress: Address | undefined;
  /** Where servers that are leafs of this one connect, with the real port; undefined without that listener. */
  readonly leafAddress: Address | undefined;
  /** Where the monitor answers over HTTP; undefined without it. */
  readonly monitorAddress: Address | undefined;
  /** The id in INFO. */
  readonly serverId: string;
  /**
   * Serves one more connection, over any byte stream instead of a socket; it need not be a listener's dialect. Once
   * the broker is closing it destroys the stream.
   */
  attach(wire: Duplex, dialect: DialectName): void;
  /**
   * Serves WebSockets on a path of an HTTP server, over TLS or not, that the program has made: the upgrades to that path,
   * and nothing else of the server. Ends when the broker closes, or when what it returns is called; connections that are
   * open stay.
   */
  attachWebSocket(server: Server, options?: AttachWebSocketOptions): () => void;
  /**
   * Takes another configuration: users, accounts, permissions, TLS and limits. A connection whose login is no longer valid is
   * disconnected, and a client that lost the right to a subscription loses the subscription. Resolves to what has changed, a line each.
   * Make it with `configFrom`.
   *
   * @throws SluiceError CONFIG_INVALID where something changed that needs a restart; then nothing has changed
   */
  reload(config: Config): Promise<readonly string[]>;
  /**
   * Lame duck mode: stops accepting, tells clients that can be told, and after `lame_duck.grace_period` closes them
   * one by one over `lame_duck.duration`; then closes. Calling `close` cuts it short.
   */
  lameDuck(): Promise<void>;
  /**
   * Stops accepting, finishes what was read, flushes every subscriber, closes: within `shutdown.deadline`, after
   * which whatever is left is cut off. Leaves no handle open. Calling it again waits for the first call, which
   * `drain: false` cuts short.
   */
  close(options?: CloseOptions): Promise<void>;
}

/** A broker that a process was started for. */
export interface StartedBroker extends Broker {
  /** What clients of the system account have reloaded; undefined: they cannot. */
  reloadSource: ReloadSource | undefined;
}

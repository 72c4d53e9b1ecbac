import type { Server } from 'node:net';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { NATS_DIALECT } from '../domain/dialect-name.js';
import { MIB } from '../domain/limits.js';
import type { RateLimits } from '../domain/rate-limited.js';
import { AttachedServer } from '../transport/websocket/attached-server.js';
import type { UpgradeOptions, UpgradePolicy } from '../transport/websocket/upgrade.js';
import type { Acceptor } from './acceptor.js';
import type { AttachWebSocketOptions } from './api.js';

/** A compressed message may be so many times as large as a message of NATS, as with nats-server, up to a limit. */
const MESSAGES = 8;
const MAX_MESSAGE_BYTES = 64 * MIB;

/** What WebSockets need of their broker. */
export interface WebSocketsOptions {
  readonly acceptor: Acceptor;
  readonly config: () => Config;
  readonly log: Logger;
  readonly reports: RateLimits;
}

/** The WebSockets of a broker. */
export class WebSockets {
  private readonly acceptor: Acceptor;
  private readonly config: () => Config;
  private readonly onRefused: UpgradeOptions['onRefused'];

  constructor({ acceptor, config, log, reports }: WebSocketsOptions) {
    this.acceptor = acceptor;
    this.config = config;
    this.onRefused = reports.limit((refusal: { readonly peer: string; readonly error: string }, count) =>
      log.warn({ ...refusal, count }, 'WebSocket handshake failed'),
    );
  }

  /** See `Broker.attachWebSocket`. */
  attach(server: Server, options: AttachWebSocketOptions): () => void {
    const { path = '/', dialect = NATS_DIALECT } = options;
    const policy = policyOf(options);
    const listener = this.acceptor.openWebSocket(
      dialect,
      (gate, sockets) =>
        new AttachedServer(server, path, sockets, { ...this.upgradeOptions(() => policy), gate }),
    );
    return () => void listener.then(({ close }) => close());
  }

  private upgradeOptions(policy: () => UpgradePolicy): UpgradeOptions {
    return {
      policy,
      maxMessageBytes: () => Math.min(this.config().nats.maxPayloadBytes * MESSAGES, MAX_MESSAGE_BYTES),
      onRefused: this.onRefused,
    };
  }
}

function policyOf({
  origins,
  trustProxy = false,
  compression = false,
}: AttachWebSocketOptions): UpgradePolicy {
  return {
    sameOrigin: origins === undefined,
    allowedOrigins: origins ?? [],
    compression,
    headers: {},
    cookies: { jwt: undefined, user: undefined, password: undefined, token: undefined },
    trustedProxies: Number(trustProxy),
  };
}

/** Whether WebSockets are served on that path of a server already. */
export function isAttached(server: Server, path: string): boolean {
  return AttachedServer.isServed(server, path);
}

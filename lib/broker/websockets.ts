import type { Server } from 'node:net';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { type DialectName, LEAF_DIALECT, LINE_DIALECT, NATS_DIALECT } from '../domain/dialect-name.js';
import { WEBSOCKET_COMPRESSED_BYTES, WEBSOCKET_COMPRESSED_MESSAGES } from '../domain/limits.js';
import { Loadable } from '../domain/loadable.js';
import type { RateLimits } from '../domain/rate-limited.js';
import { isOfLeafs } from '../domain/websocket-path.js';
import type { Core } from '../routing/core.js';
import { TcpTransport } from '../transport/tcp.js';
import { AttachedServer } from '../transport/websocket/attached-server.js';
import type { RefusedUpgrade, UpgradeOptions, UpgradePolicy } from '../transport/websocket/upgrade.js';
import { type Acceptor, WEBSOCKET } from './acceptor.js';
import type { AttachWebSocketOptions } from './api.js';
import type { InForce } from './in-force.js';

/** What WebSockets need of their broker. */
export interface WebSocketsOptions {
  readonly acceptor: Acceptor;
  readonly inForce: InForce;
  readonly log: Logger;
  readonly reports: RateLimits;
  readonly core: Pick<Core, 'beginnings'>;
}

/** The WebSockets of a broker. */
export class WebSockets {
  private readonly acceptor: Acceptor;
  private readonly inForce: InForce;
  private readonly onRefused: UpgradeOptions['onRefused'];
  private readonly beginnings: UpgradeOptions['beginnings'];
  private readonly compressed: UpgradeOptions['compressed'] = new Loadable(
    () => import('../transport/websocket/upgrade-compressed.js'),
  );

  constructor({ acceptor, inForce, log, reports, core }: WebSocketsOptions) {
    this.beginnings = core.beginnings;
    this.acceptor = acceptor;
    this.inForce = inForce;
    const warn = (refusal: RefusedUpgrade, count: number) =>
      log.warn({ ...refusal, count }, 'WebSocket handshake failed');
    // One limit for each reason, of which there are few: the count is of that reason alone.
    const limited = new Map<string, UpgradeOptions['onRefused']>();
    this.onRefused = (refusal) => {
      const report = limited.get(refusal.error) ?? reports.limit(warn);
      limited.set(refusal.error, report);
      report(refusal);
    };
  }

  /**
   * Opens the listener that the configuration has.
   *
   * @throws SluiceError (as a rejection) ADDRESS_IN_USE, ADDRESS_UNUSABLE
   */
  async listen(): Promise<void> {
    const { listener } = this.inForce.config.websocket;
    if (listener === undefined) return;
    const { WebSocketTransport } = await import('../transport/websocket/websocket-transport.js');
    await this.acceptor.openWebSocket(
      NATS_DIALECT,
      (gate, sockets) =>
        new WebSocketTransport(new TcpTransport(WEBSOCKET, listener, sockets), {
          ...this.upgradeOptions(() => configuredPolicy(this.inForce.config)),
          gate,
          security: () => this.inForce.access.websocket.security,
          handshakeTimeoutMs: () => this.inForce.config.websocket.handshakeTimeoutMs,
        }),
      ({ upgrade }) => this.dialectAt(upgrade?.path),
      this.inForce.access.websocket.security !== undefined,
    );
  }

  /** See `Broker.attachWebSocket`. */
  attach(server: Server, options: AttachWebSocketOptions): () => void {
    const { path = '/', dialect = NATS_DIALECT } = options;
    const listener = this.acceptor.openWebSocket(
      dialect,
      (gate, sockets) =>
        new AttachedServer(server, path, sockets, {
          ...this.upgradeOptions(() => attachedPolicy(this.inForce.config, options)),
          gate,
        }),
    );
    return () => void listener.then(({ close }) => close());
  }

  private dialectAt(path: string | undefined): DialectName {
    const { websocket, line, nats } = this.inForce.config;
    if (path !== undefined && isOfLeafs(path)) return LEAF_DIALECT;
    const isLine = line.enabled && (path === websocket.linePath || !nats.enabled);
    return isLine ? LINE_DIALECT : NATS_DIALECT;
  }

  private upgradeOptions(policy: () => UpgradePolicy): UpgradeOptions {
    return {
      beginnings: this.beginnings,
      policy,
      compressed: this.compressed,
      maxMessageBytes: () => {
        const { maxPayloadBytes } = this.inForce.config.nats;
        return Math.min(maxPayloadBytes * WEBSOCKET_COMPRESSED_MESSAGES, WEBSOCKET_COMPRESSED_BYTES);
      },
      onRefused: this.onRefused,
    };
  }
}

/** Leafs are served where they have a listener, too, as with nats-server. */
function configuredPolicy({ websocket, leaf }: Config): UpgradePolicy {
  return { ...websocket, servesLeafs: leaf.listener !== undefined };
}

/** What the program says, and where its clients' credentials are. */
function attachedPolicy(
  { websocket }: Config,
  { origins = [], trustProxy = false, compression = false }: AttachWebSocketOptions,
): UpgradePolicy {
  return {
    servesLeafs: false,
    sameOrigin: origins.length === 0,
    allowedOrigins: origins,
    compression,
    headers: websocket.headers,
    cookies: websocket.cookies,
    trustedProxies: Number(trustProxy),
  };
}

/** Whether WebSockets are served on that path of a server already. */
export function isAttached(server: Server, path: string): boolean {
  return AttachedServer.isServed(server, path);
}

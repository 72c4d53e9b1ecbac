import type { JetStreamConfig } from '../config/shapes.js';
import type { Address, Config } from '../config.js';
import { type Security, tlsInfo } from '../transport/tls.js';
import { JETSTREAM_API_LEVEL, NATS_LEVEL, VERSION } from '../version.js';
import { clusterNameOf } from './cluster-name.js';

/** What stands in the place of nats-server's Go release: the runtime there is. */
const GO = `node${process.versions.node}`;

/** What a broker is called, and how it stands. */
export interface ServerState {
  readonly serverId: string;
  readonly natsAddress: Address | undefined;
  readonly authRequired: boolean;
  readonly lameDuck: boolean;
  /** How connections come to TLS; undefined: not at all. */
  readonly security: Security | undefined;
  /** Where WebSockets are served by a listener. */
  readonly websocketAddress?: Address | undefined;
  /** TLS of that listener. */
  readonly websocketTls?: Security | undefined;
  /** Whether it is for clients over WebSockets, whose TLS comes before everything else. */
  readonly isWebSocket?: boolean;
}

const OVER_TLS = { tls_required: true, tls_available: true } as const;

/** What INFO says to every NATS client, over TLS or not. https://docs.nats.io/reference/reference-protocols/nats-protocol#info */
export function infoOf(
  config: Config,
  serverState: ServerState,
  secured: boolean,
): Readonly<Record<string, unknown>> {
  const { serverId, natsAddress, authRequired, lameDuck, security, isWebSocket } = serverState;
  const cluster = clusterNameOf(config, serverId);
  return {
    server_id: serverId,
    server_name: config.serverName ?? serverId,
    version: NATS_LEVEL,
    sluice: VERSION,
    proto: 1,
    // nats-server names its Go release here, and some clients read the field unasked.
    go: GO,
    host: natsAddress?.host,
    port: natsAddress?.port,
    headers: true,
    ...(authRequired ? { auth_required: true } : {}),
    ...(isWebSocket === true ? secured && OVER_TLS : tlsInfo(security, secured)),
    max_payload: config.nats.statedMaxPayload,
    ...(config.jetstream === undefined ? {} : jetstreamInfo(config.jetstream)),
    ...(cluster === undefined ? {} : { cluster }),
    ...(lameDuck ? { ldm: true } : {}),
  };
}

function jetstreamInfo({ domain }: JetStreamConfig): object {
  return { jetstream: true, api_lvl: JETSTREAM_API_LEVEL, ...(domain === undefined ? {} : { domain }) };
}

/** Caches `infoOf`: returns the same object as long as its content is the same. */
export class InfoCache {
  private config: Config | undefined;
  private serverState: ServerState | undefined;
  private isPlaintext: Readonly<Record<string, unknown>> | undefined;
  private overTls: Readonly<Record<string, unknown>> | undefined;

  of(config: Config, serverState: ServerState, secured: boolean): Readonly<Record<string, unknown>> {
    if (config !== this.config || !isSame(serverState, this.serverState)) {
      this.config = config;
      this.serverState = serverState;
      this.isPlaintext = undefined;
      this.overTls = undefined;
    }
    if (secured) {
      this.overTls ??= infoOf(config, serverState, true);
      return this.overTls;
    }
    this.isPlaintext ??= infoOf(config, serverState, false);
    return this.isPlaintext;
  }
}

function isSame(one: ServerState, other: ServerState | undefined): boolean {
  return (
    other !== undefined &&
    one.serverId === other.serverId &&
    one.natsAddress === other.natsAddress &&
    one.authRequired === other.authRequired &&
    one.lameDuck === other.lameDuck &&
    one.security === other.security &&
    one.isWebSocket === other.isWebSocket
  );
}

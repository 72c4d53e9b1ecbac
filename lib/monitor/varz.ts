import { availableParallelism } from 'node:os';
import { type Endpoint, json } from './endpoint.js';
import { serverFlowRow } from './flow.js';
import { configRow, usageRow } from './jsz.js';
import type { JetStreamSnapshot, RemoteSnapshot, ServerSnapshot, WebSocketSnapshot } from './snapshot.js';
import { nanoseconds, timestamp, uptime } from './units.js';

/** `/varz`: the server's configuration and counters. */
export const varz: Endpoint = async (_query, monitored) => {
  const server = monitored.observed.server();
  const counts = server.deliveryCounts && (await monitored.turns.run(server.deliveryCounts()));
  const now = monitored.now();
  const overLinks = server.linkTraffic;
  const cores = availableParallelism();
  return json({
    server_id: server.serverId,
    server_name: server.serverName,
    version: server.version,
    sluice: server.sluice,
    proto: 1,
    go: `node ${process.version}`,
    host: server.host,
    port: server.port,
    auth_required: orAbsent(server.authRequired),
    tls_required: orAbsent(server.tlsRequired),
    tls_verify: orAbsent(server.tlsVerify),
    max_connections: server.maxConnections,
    max_subscriptions: orAbsent(server.maxSubscriptions),
    ping_interval: nanoseconds(server.pingIntervalMs),
    ping_max: server.maxPingsOut,
    http_host: monitored.address.host,
    http_port: monitored.isSecure ? 0 : monitored.address.port,
    http_base_path: monitored.basePath,
    https_port: monitored.isSecure ? monitored.address.port : 0,
    auth_timeout: server.authTimeoutMs / 1_000,
    max_control_line: server.maxControlLineBytes,
    max_payload: server.maxPayloadBytes,
    max_pending: server.maxPendingBytes,
    cluster: {},
    gateway: {},
    leaf: leafRow(server, [...monitored.observed.remotes()]),
    mqtt: {},
    websocket: websocketRow(server.websocket),
    jetstream: jetstreamRow(monitored.observed.jetstream?.()),
    tls_timeout: server.tlsTimeoutMs / 1_000,
    write_deadline: nanoseconds(server.writeDeadlineMs),
    start: timestamp(server.startedAt),
    now: timestamp(now),
    uptime: uptime(now - server.startedAt),
    mem: process.memoryUsage.rss(),
    cores,
    gomaxprocs: cores,
    cpu: monitored.cpuPercent(),
    connections: server.connections,
    total_connections: server.totalConnections,
    routes: 0,
    remotes: 0,
    leafnodes: server.links,
    in_msgs: server.inMessages,
    in_bytes: server.inBytes,
    in_client_msgs: server.inMessages - overLinks.inMessages,
    in_client_bytes: server.inBytes - overLinks.inBytes,
    out_msgs: server.outMessages,
    out_bytes: server.outBytes,
    out_client_msgs: server.outMessages - overLinks.outMessages,
    out_client_bytes: server.outBytes - overLinks.outBytes,
    slow_consumers: server.slowConsumers,
    stale_connections: server.staleConnections,
    stalled_clients: server.holds,
    subscriptions: server.subscriptions,
    http_req_stats: Object.fromEntries([...monitored.requests].sort(([a], [b]) => (a < b ? -1 : 1))),
    config_load_time: timestamp(server.configLoadedAt),
    config_digest: server.configDigest === '' ? '' : `sha256:${server.configDigest}`,
    tags: server.tags.length > 0 ? server.tags : undefined,
    system_account: orAbsent(server.systemAccount),
    sluice_flow: serverFlowRow(counts, server.totalPending?.()),
    slow_consumer_stats: byKind(server.slowConsumers, server.slowLinks),
    tls_cert_not_after: server.tlsExpiresAt === undefined ? undefined : timestamp(server.tlsExpiresAt),
    stale_connection_stats: byKind(server.staleConnections, server.staleLinks),
  });
};

/** Keys that say nothing are left out, as nats-server does. */
function websocketRow(websocket: WebSocketSnapshot | undefined): object {
  if (websocket === undefined) return {};
  const { host, port, allowedOrigins, tlsExpiresAt } = websocket;
  return {
    host,
    port,
    advertise: orAbsent(websocket.advertise),
    no_auth_user: orAbsent(websocket.noAuthUser),
    jwt_cookie: orAbsent(websocket.jwtCookie),
    handshake_timeout: nanoseconds(websocket.handshakeTimeoutMs),
    auth_timeout: websocket.authTimeoutMs / 1_000,
    no_tls: orAbsent(websocket.noTls),
    tls_map: orAbsent(websocket.tlsMap),
    same_origin: orAbsent(websocket.sameOrigin),
    allowed_origins: allowedOrigins.length > 0 ? allowedOrigins : undefined,
    compression: orAbsent(websocket.compression),
    tls_cert_not_after: tlsExpiresAt === undefined ? undefined : timestamp(tlsExpiresAt),
  };
}

/** nats-server leaves these out where they say nothing. */
function orAbsent<T>(value: T): T | undefined {
  return value ? value : undefined;
}

/** How many of `all` were clients and how many leafs or their hubs; there are no routes and gateways. */
export function byKind(all: number, leafs: number): object {
  return { clients: all - leafs, routes: 0, gateways: 0, leafs };
}

function jetstreamRow(jetstream: JetStreamSnapshot | undefined): object {
  if (jetstream === undefined) return {};
  const accounts = [...jetstream.accounts()].length;
  return { config: configRow(jetstream), stats: usageRow(jetstream, accounts) };
}

/** What is configured of leaf nodes. */
function leafRow({ leafListener }: ServerSnapshot, remotes: readonly RemoteSnapshot[]): object {
  return {
    host: leafListener?.host,
    port: leafListener?.port,
    auth_timeout: leafListener && leafListener.authTimeoutMs / 1_000,
    tls_timeout: leafListener && leafListener.tlsTimeoutMs / 1_000,
    remotes:
      remotes.length === 0
        ? undefined
        : remotes.map(({ account, urls }) => ({
            local_account: account,
            urls: urls.map((url) => url.replace(/^[a-z-]+:\/\//, '')),
          })),
  };
}

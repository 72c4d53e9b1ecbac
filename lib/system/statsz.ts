import { availableParallelism } from 'node:os';
import type { ServerSnapshot } from '../monitor/snapshot.js';
import { timestamp } from '../monitor/units.js';

/** Statistics of the server, as nats-server has them in `statsz`. */
export function statszRow(server: ServerSnapshot, activeAccounts: number, cpuPercent: number): object {
  const cores = availableParallelism();
  const sent = { msgs: server.outMessages, bytes: server.outBytes };
  const received = { msgs: server.inMessages, bytes: server.inBytes };
  return {
    start: timestamp(server.startedAt),
    mem: process.memoryUsage.rss(),
    cores,
    cpu: cpuPercent,
    connections: server.connections,
    total_connections: server.totalConnections,
    active_accounts: activeAccounts,
    subscriptions: server.subscriptions,
    sent,
    sent_to_clients: sent,
    received,
    received_from_clients: received,
    slow_consumers: server.slowConsumers,
    ...(server.slowConsumers === 0 ? {} : { slow_consumer_stats: ofClients(server.slowConsumers) }),
    ...(server.staleConnections === 0
      ? {}
      : {
          stale_connections: server.staleConnections,
          stale_connection_stats: ofClients(server.staleConnections),
        }),
    ...(server.holds === 0 ? {} : { stalled_clients: server.holds }),
    active_servers: 1,
    gomaxprocs: cores,
  };
}

function ofClients(clients: number): object {
  return { clients, routes: 0, gateways: 0, leafs: 0 };
}

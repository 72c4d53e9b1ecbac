import { availableParallelism } from 'node:os';
import type { ServerSnapshot } from '../monitor/snapshot.js';
import { timestamp } from '../monitor/units.js';
import { byKind } from '../monitor/varz.js';

/** Statistics of the server, as nats-server has them in `statsz`. */
export function statszRow(server: ServerSnapshot, activeAccounts: number, cpuPercent: number): object {
  const cores = availableParallelism();
  const sent = { msgs: server.outMessages, bytes: server.outBytes };
  const overLinks = server.linkTraffic;
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
    sent_to_clients: {
      msgs: server.outMessages - overLinks.outMessages,
      bytes: server.outBytes - overLinks.outBytes,
    },
    received,
    received_from_clients: {
      msgs: server.inMessages - overLinks.inMessages,
      bytes: server.inBytes - overLinks.inBytes,
    },
    slow_consumers: server.slowConsumers,
    ...(server.slowConsumers === 0
      ? {}
      : { slow_consumer_stats: byKind(server.slowConsumers, server.slowLinks) }),
    ...(server.staleConnections === 0
      ? {}
      : {
          stale_connections: server.staleConnections,
          stale_connection_stats: byKind(server.staleConnections, server.staleLinks),
        }),
    ...(server.holds === 0 ? {} : { stalled_clients: server.holds }),
    active_servers: 1,
    gomaxprocs: cores,
  };
}

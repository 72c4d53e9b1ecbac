/** What a nats-server without cluster, gateways and JetStream answers when it is asked about them. */
import { type Endpoint, json, refused } from './endpoint.js';
import { timestamp } from './units.js';

/** `/routez` */
export const routez: Endpoint = (query, { observed, now }) => {
  query.subs();
  if (query.fault !== undefined) return refused(query.fault);
  const { serverId, serverName } = observed.server();
  return json({
    server_id: serverId,
    server_name: serverName,
    now: timestamp(now()),
    num_routes: 0,
    routes: [],
  });
};

/** `/gatewayz` */
export const gatewayz: Endpoint = (query, { observed, now }) => {
  query.subs();
  query.bool('accs');
  if (query.fault !== undefined) return refused(query.fault);
  return json({
    server_id: observed.server().serverId,
    now: timestamp(now()),
    outbound_gateways: {},
    inbound_gateways: {},
  });
};

/** `/jsz`: says that there is no JetStream. */
export const jsz: Endpoint = (query, { observed, now }) => {
  for (const name of ['accounts', 'streams', 'consumers', 'direct-consumers', 'config']) query.bool(name);
  for (const name of ['offset', 'limit']) query.int(name);
  const leaderOnly = query.bool('leader-only');
  for (const name of ['raft', 'stream-leader-only']) query.bool(name);
  if (leaderOnly) query.refuse('filtered response: not leader');
  if (query.fault !== undefined) return refused(query.fault);
  return json({
    memory: 0,
    storage: 0,
    reserved_memory: 0,
    reserved_storage: 0,
    accounts: 0,
    ha_assets: 0,
    api: { level: 0, total: 0, errors: 0 },
    server_id: observed.server().serverId,
    now: timestamp(now()),
    disabled: true,
    config: { max_memory: 0, max_storage: 0 },
    streams: 0,
    consumers: 0,
    messages: 0,
    bytes: 0,
    total: 0,
  });
};

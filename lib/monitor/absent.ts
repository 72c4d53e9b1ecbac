/** What a nats-server without cluster and gateways answers when it is asked about them. */
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

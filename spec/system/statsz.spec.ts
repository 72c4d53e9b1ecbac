import { expect } from 'chai';
import { statszRow } from '../../lib/system/statsz.js';
import { SERVER } from '../support/monitor/fake.js';

describe('the statistics of the server', () => {
  const OPTIONAL = ['slow_consumer_stats', 'stale_connections', 'stale_connection_stats', 'stalled_clients'];

  it('have what happened', () => {
    const both = (clients: number, leafs: number) => ({ clients, routes: 0, gateways: 0, leafs });
    expect(statszRow(SERVER, 2, 12.5)).to.deep.include({
      ...{ start: '2026-01-02T03:04:05.678Z', cpu: 12.5, connections: 3, total_connections: 12 },
      ...{ active_accounts: 2, subscriptions: 4, active_servers: 1 },
      received: { msgs: 5, bytes: 7 },
      received_from_clients: { msgs: 4, bytes: 5 },
      sent_to_clients: { msgs: 3, bytes: 4 },
      ...{ slow_consumers: 9, slow_consumer_stats: both(7, 2) },
      ...{ stale_connections: 4, stale_connection_stats: both(3, 1), stalled_clients: 7 },
    });
  });

  it('leave out what did not, as nats-server', () => {
    const quiet = { ...SERVER, slowConsumers: 0, staleConnections: 0, holds: 0 };
    expect(statszRow(quiet, 1, 0))
      .to.include({ slow_consumers: 0 })
      .and.not.have.any.keys(...OPTIONAL);
  });
});

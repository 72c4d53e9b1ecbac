import type { Config } from '../config.js';

/**
 * What a server that dials hubs is called where they ask for its cluster, as with nats-server: its own name, without blanks.
 * Undefined: it dials none.
 */
export function clusterNameOf({ leaf, serverName }: Config, serverId: string): string | undefined {
  return leaf.remotes.length === 0 ? undefined : (serverName ?? serverId).replaceAll(' ', '_');
}

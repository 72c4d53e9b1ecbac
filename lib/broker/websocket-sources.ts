import type { DialectSources } from './dialects.js';
import type { InForce } from './in-force.js';
import { InfoCache, type ServerState } from './info-cache.js';

/**
 * What the NATS dialect goes by over WebSockets: logins of their own, and an INFO with the address of their listener.
 *
 * @param general what it goes by otherwise
 */
export function webSocketSources(
  general: DialectSources,
  inForce: InForce,
  serverState: () => ServerState,
): DialectSources {
  const cache = new InfoCache();
  return {
    ...general,
    connectFirst: () => inForce.access.websocket.authenticator.anonymous === undefined,
    authTimeoutMs: () => inForce.config.websocket.authTimeoutMs,
    info: (secured) => {
      const state = serverState();
      const natsAddress = state.websocketAddress ?? state.natsAddress;
      const authRequired = inForce.access.websocket.authenticator.required;
      return cache.of(inForce.config, { ...state, natsAddress, authRequired, isWebSocket: true }, secured);
    },
  };
}

/** The leaf links of the configuration as the rest of sluice sees them. */
import { present, tlsOf } from './resolve.js';
import type { LeafRemoteSettings, LeafSettings } from './schema/leaf.js';
import { parseLeafUrl } from './schema/leaf-url.js';
import type { LeafConfig, LeafRemoteConfig } from './shapes.js';

/** A hub, with what its URLs say: the first that names a user counts where none is named beside them. */
function remoteOf(settings: LeafRemoteSettings): LeafRemoteConfig {
  const urls = settings.url.flatMap((text) => parseLeafUrl(text) ?? []);
  const named = urls.find(({ user }) => user !== undefined);
  const { user = named?.user, password = named?.password, deny } = settings;
  const tls = {
    ...present({
      caFile: settings.tls_ca_file,
      certFile: settings.tls_cert_file,
      keyFile: settings.tls_key_file,
      serverName: settings.tls_server_name,
    }),
    insecure: settings.tls_insecure,
  };
  const wantsTls = settings.tls || settings.tls_first || settings.tls_insecure || Object.keys(tls).length > 1;
  const isWebSocket = urls.some(({ webSocketPath }) => webSocketPath !== undefined);
  const isTls = wantsTls || urls.some((url) => url.tls);
  return {
    addresses: urls.map(({ address, webSocketPath: path }) => ({ ...address, ...present({ path }) })),
    isWebSocket,
    avoidsMasks: settings.no_masking,
    account: settings.account,
    ...present({
      user,
      password,
      token: settings.token,
      credentialsFile: settings.credentials,
      seed: settings.seed,
      allow: settings.allow,
      tls: isTls ? tls : undefined,
    }),
    denyImports: [...deny, ...settings.deny_imports],
    denyExports: [...deny, ...settings.deny_exports],
    // A WebSocket has TLS below it, or none.
    tlsFirst: isWebSocket ? isTls : settings.tls_first,
    keepsOrder: settings.no_randomize,
    isHub: settings.hub,
    reconnectMs: settings.reconnect,
    maxReconnectMs: Math.max(settings.reconnect, settings.max_reconnect),
    dialTimeoutMs: settings.dial_timeout,
    infoTimeoutMs: settings.first_info_timeout,
    ignoresDiscovered: settings.ignore_discovered,
  };
}

/** Leaf links. */
export function leafOf({ leaf }: { readonly leaf: LeafSettings }): LeafConfig {
  return {
    listener: leaf.listener,
    users: leaf.users,
    authTimeoutMs: leaf.auth_timeout,
    minVersion: leaf.min_version,
    tls: tlsOf({
      tls: {
        cert_file: leaf.tls_cert_file,
        key_file: leaf.tls_key_file,
        certificates: [],
        ca_file: leaf.tls_ca_file,
        verify: leaf.tls_verify,
        verify_and_map: false,
        pinned_certs: [],
        allow_non_tls: false,
        handshake_first: leaf.tls_first,
        timeout: leaf.tls_timeout,
        handshake_rate: 0,
        min_version: '1.2',
        cipher_suites: [],
        curve_preferences: [],
      },
    }),
    advertise: leaf.advertise,
    remotes: leaf.remotes.map(remoteOf),
  };
}

/** What is configured of one hub. */
import type { Address } from '../domain/address.js';
import type { TlsClientOptions } from '../transport/tls-client.js';
import type { LinkLogin } from './link-login.js';

/** Where a hub can be reached. */
export interface HubAddress extends Address {
  /** Of its WebSocket listener, without what all leafs append. */
  readonly path?: string;
}

/** One hub that this server is a leaf of. */
export interface LeafRemoteOptions {
  /** Where the hub, or any server of its cluster, can be reached. */
  readonly addresses: readonly HubAddress[];
  /** Whether the link is a WebSocket, and whether its frames then go unmasked where the hub agrees. */
  readonly isWebSocket: boolean;
  readonly avoidsMasks: boolean;
  /** The account here that takes part. */
  readonly account: string;
  readonly login: LinkLogin;
  /** Undefined: TLS only where the hub asks for it, and then by the system's authorities. */
  readonly tls: TlsClientOptions | undefined;
  /** Whether TLS comes before everything else. */
  readonly tlsFirst: boolean;
  /** Subjects that pass, in both directions; undefined: all. */
  readonly allow: readonly string[] | undefined;
  /** Subjects of which nothing comes in from the hub, and nothing goes out to it. */
  readonly denyImports: readonly string[];
  readonly denyExports: readonly string[];
  /** Whether this server is the hub, and the one that it dials the leaf. */
  readonly isHub: boolean;
  /** Whether addresses are tried in the order given. */
  readonly keepsOrder: boolean;
  /** Whether addresses that the hub names are not dialled. */
  readonly ignoresDiscovered: boolean;
  /** Time for one attempt to connect, in milliseconds. */
  readonly dialTimeoutMs: number;
  /** Time for the hub's INFO, in milliseconds. */
  readonly infoTimeoutMs: number;
  /** The first and the longest wait between attempts, in milliseconds. */
  readonly reconnectMs: number;
  readonly maxReconnectMs: number;
}

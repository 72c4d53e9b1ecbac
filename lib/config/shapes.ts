/** The parts of a validated configuration that are lists and trees: users, accounts, permissions, TLS. */

import type { Address } from '../domain/address.js';
import type { FlowPolicy } from '../domain/flow-policy.js';
import type { JetStreamAccountLimits } from '../domain/jetstream-account-limits.js';

/** Which subjects one may use; patterns with `*` and `>`. */
export interface SubjectRules {
  /** Absent: all that is not denied. Empty: none. A subscribe rule may be `"subject queue"`, both with wildcards. */
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
}

/** Leave to publish to the reply subjects of messages one was sent. */
export interface ResponseRules {
  /** Replies to one message; -1: any number. */
  readonly max: number;
  /** Time after the message in which they are allowed, in milliseconds; 0: without end. */
  readonly expiresMs: number;
}

/** What a user may do; an absent part restricts nothing. */
export interface PermissionsConfig {
  readonly publish?: SubjectRules;
  readonly subscribe?: SubjectRules;
  readonly responses?: ResponseRules;
}

/** A user that may log in: with user and password, or with an nkey. */
export interface UserConfig {
  readonly user?: string;
  /** Plain, or a bcrypt hash, `$2a$…`. */
  readonly password?: string;
  /** Public nkey of a user, `U…`. */
  readonly nkey?: string;
  /** Absent: the default permissions of where the user is listed. */
  readonly permissions?: PermissionsConfig;
  /** Name of the account; `$G` where none was named. */
  readonly account: string;
  /** Kinds of connection it may use: STANDARD, WEBSOCKET, LINE …; absent: any. */
  readonly connectionTypes?: readonly string[];
  /** What becomes of messages for it while it is congested; absent: as its listener says. */
  readonly flow?: FlowPolicy;
}

/** What an account lets other accounts import. */
export interface ExportConfig {
  readonly kind: 'stream' | 'service';
  readonly subject: string;
  /** Accounts that may import it; absent: all. */
  readonly accounts?: readonly string[];
  /** Of a service: one reply, or as many as come. Default Singleton. */
  readonly responseType?: 'Singleton' | 'Stream' | 'Chunked';
  /** How long a reply may take, in milliseconds. Default two minutes. */
  readonly responseThresholdMs?: number;
  /** Of a service: whether message traces record what becomes of requests from other accounts. Default false. */
  readonly allowsTrace?: boolean;
}

/** What an account uses of another one's exports. */
export interface ImportConfig {
  readonly kind: 'stream' | 'service';
  /** The exporting account. */
  readonly account: string;
  /** The subject there. */
  readonly subject: string;
  /**
   * The subject here; absent: the same. May use `$1` or `{{wildcard(1)}}` for what the first `*` of the other side
   * stands for.
   */
  readonly to?: string;
  /** Of a stream: put in front of the subject, with a dot. */
  readonly prefix?: string;
  /** Of a stream: whether message traces of the exporting account record the receivers here. Default false. */
  readonly allowsTrace?: boolean;
  /** When it ends, as what allows it does, in milliseconds of Unix time; absent: never. */
  readonly expiresAt?: number;
}

/** What messages published to a subject, or to those of a pattern, are published to instead. */
export interface MappingConfig {
  readonly subject: string;
  /** One of them takes each message, by chance; what the weights leave to 100 percent keeps its subject. */
  readonly destinations: readonly {
    readonly subject: string;
    /** Percent of the messages. */
    readonly weight: number;
    /** Name of the only cluster in which it counts. */
    readonly cluster?: string;
  }[];
}

/** Links of leafs, dialled and accepted. */
export interface LeafConfig {
  /** Where leafs connect; undefined: nowhere. */
  readonly listener: Address | undefined;
  /** Users of leafs; none: those of clients. */
  readonly users: readonly UserConfig[];
  readonly authTimeoutMs: number;
  /** The oldest version of a leaf that is let in; undefined: any. */
  readonly minVersion: string | undefined;
  readonly tls: TlsConfig | undefined;
  /** What leafs are told for the address of the listener. */
  readonly advertise: string | undefined;
  readonly remotes: readonly LeafRemoteConfig[];
}

/** A hub that this server is a leaf of. */
export interface LeafRemoteConfig {
  /** Addresses of the hub, or of servers of its cluster; at least one. `path`: of its WebSocket listener. */
  readonly addresses: readonly (Address & { readonly path?: string })[];
  /** Whether the link is a WebSocket. */
  readonly isWebSocket: boolean;
  /** Whether frames of a WebSocket are not masked, where the hub agrees. */
  readonly avoidsMasks: boolean;
  readonly account: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** File with a user's JWT and the seed of its nkey. */
  readonly credentialsFile?: string;
  readonly seed?: string;
  /** Subjects that pass, in both directions; absent: all. */
  readonly allow?: readonly string[];
  /** Subjects of which nothing comes in from the hub. */
  readonly denyImports: readonly string[];
  /** Subjects of which nothing goes out to it. */
  readonly denyExports: readonly string[];
  /** Absent: TLS if the hub asks for it, checked by the system's authorities. */
  readonly tls?: {
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
    readonly serverName?: string;
    readonly insecure: boolean;
  };
  /** Whether TLS comes before everything else. */
  readonly tlsFirst: boolean;
  /** Whether addresses are tried in the order given. */
  readonly keepsOrder: boolean;
  /** Whether this server is the hub, and the one that it dials the leaf. */
  readonly isHub: boolean;
  readonly reconnectMs: number;
  readonly maxReconnectMs: number;
  readonly dialTimeoutMs: number;
  readonly infoTimeoutMs: number;
  /** Whether addresses that the hub names are not dialled. */
  readonly ignoresDiscovered: boolean;
}

/** Streams and consumers of this server. */
export interface JetStreamConfig {
  /** Undefined: nothing is kept in files. */
  readonly storeDir: string | undefined;
  /** 'always', or after how many milliseconds at most what was written is made durable. */
  readonly sync: 'always' | number;
  /** Bytes of all streams in memory; 0: three quarters of the memory of the machine. */
  readonly maxMemoryBytes: number;
  /** Bytes of all streams in files; 0: any number. */
  readonly maxFileBytes: number;
  readonly domain: string | undefined;
  /** Longest window for message ids; 0: any. */
  readonly duplicateWindowMs: number;
  /** Most of one consumer; 0: any number. */
  readonly maxAckPending: number;
  /** Most messages that one request to a pull consumer may ask for; 0: any number. */
  readonly maxRequestBatch: number;
  /** Whether several replicas are taken for one. */
  readonly replicasAsOne: boolean;
}

/** What an account may have at most; absent: as much as the server allows. */
export interface AccountLimits {
  readonly maxConnections?: number;
  /** Of each of its connections. */
  readonly maxSubscriptions?: number;
  /** Of each message, headers included. */
  readonly maxPayloadBytes?: number;
}

/** A subject space of its own. */
export interface AccountConfig {
  readonly name: string;
  readonly exports: readonly ExportConfig[];
  readonly imports: readonly ImportConfig[];
  /** Where traces of messages with a sampled `traceparent` header are published, and of how many percent. */
  readonly traces?: { readonly subject: string; readonly sampling: number };
  readonly mappings?: readonly MappingConfig[];
  readonly limits?: AccountLimits;
  /** Absent: it has no streams. */
  readonly jetstream?: JetStreamAccountLimits;
}

/** A service that decides about logins. */
export interface CalloutConfig {
  /** Public key of the account that signs its answers. */
  readonly issuer: string;
  /** Account in which it is asked. */
  readonly account: string;
  /** Users and nkeys that are decided about as configured: those it logs in as. */
  readonly authUsers: readonly string[];
  /** Public curve key that requests are encrypted for. */
  readonly xkey?: string;
  /** Accounts whose configured users it decides about as well; none: all. */
  readonly allowedAccounts: readonly string[];
}

/** Decentralised authentication: the operators trusted to sign accounts, and the accounts. */
export interface OperatorConfig {
  /** The operators' JWTs, paths of files that hold one, or public keys of operators, `O…`. */
  readonly operators: readonly string[];
  /** Public key of an account, `A…` → its JWT. */
  readonly preload: Readonly<Record<string, string>>;
  /** JWT of a user that clients without one are taken for. */
  readonly defaultSentinel?: string;
  /** Directory with further JWTs of accounts. */
  readonly directory?: DirectoryConfig;
  /** Where JWTs of accounts are fetched from; absent: only what the operator's JWT names, where that is all there is. */
  readonly url?: string;
  readonly fetching?: FetchingConfig;
}

/** A directory of JWTs. */
export interface DirectoryConfig {
  readonly path: string;
  /** What becomes of files of deleted accounts; none: they cannot be deleted. */
  readonly deletion: 'none' | 'rename' | 'remove';
  /** 0: any number. */
  readonly maxAccounts: number;
}

/** How JWTs are fetched. Files are paths. */
export interface FetchingConfig {
  readonly timeoutMs: number;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** A certificate with its chain and its private key, both as paths of PEM files. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** TLS of the listeners. Files are paths, read at start and at each reload. */
export interface TlsConfig extends CertificateFiles {
  /** All certificates where there is a list of them, the one above as its first; clients get one for the name they ask for. */
  readonly certificates?: readonly CertificateFiles[];
  readonly caFile?: string;
  /** Whether clients must present a certificate that `caFile` vouches for. */
  readonly verify: boolean;
  /** Whether such a certificate is also their login. */
  readonly verifyAndMap: boolean;
  /** SHA-256 of the public keys that clients' certificates may have, in lower-case hex; none: any. */
  readonly pinnedCerts: readonly string[];
  /** Clients may go on without TLS. */
  readonly allowNonTls: boolean;
  /**
   * TLS comes before INFO: always, never, or for clients that begin within so many milliseconds.
   */
  readonly handshakeFirst: boolean | number;
  /** Time for the handshake, in milliseconds. */
  readonly timeoutMs: number;
  /** Handshakes that may begin in a second; 0: any number. */
  readonly handshakeRate: number;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  /** OpenSSL names of cipher suites; empty: Node's. */
  readonly cipherSuites: readonly string[];
  /** Names of curves; empty: Node's. */
  readonly curvePreferences: readonly string[];
}

/** WebSockets. */
export interface WebSocketConfig {
  /** Undefined: none; HTTP servers of the embedding program may still serve them. */
  readonly listener: Address | undefined;
  /** Undefined: none, and `noTls` is set where there is a listener. */
  readonly tls: TlsConfig | undefined;
  readonly noTls: boolean;
  /** Whether pages of other origins are refused. */
  readonly sameOrigin: boolean;
  /** Origins of pages that are let in; `*`: any; empty: not looked at. */
  readonly allowedOrigins: readonly string[];
  readonly compression: boolean;
  readonly handshakeTimeoutMs: number;
  readonly trustedProxies: number;
  /** In the place of those of `authorization`, where one of them is given. */
  readonly login:
    | {
        readonly user: string | undefined;
        readonly password: string | undefined;
        readonly token: string | undefined;
        readonly noAuthUser: string | undefined;
      }
    | undefined;
  readonly authTimeoutMs: number;
  readonly cookies: {
    readonly jwt: string | undefined;
    readonly user: string | undefined;
    readonly password: string | undefined;
    readonly token: string | undefined;
  };
  readonly headers: Readonly<Record<string, string>>;
  readonly advertise: string | undefined;
  readonly pingIntervalMs: number;
  /** Path on which the line dialect is spoken; undefined: none. */
  readonly linePath: string | undefined;
}

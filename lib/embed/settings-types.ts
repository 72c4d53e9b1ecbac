/** Settings in camelCase. Written from lib/config/schema.ts: `UPDATE_DOCS=1 make test` writes it anew. */
import type { SettingsInput } from '../config.js';
import type { Duration, Either, Size, TreeIn } from './either.js';

/** Settings of the server as a whole. */
export interface ServerSettings {
  /** Where NATS clients connect: one address or a list of them. Default: `127.0.0.1:4222`. */
  readonly listener?: string | number | readonly (string | number)[] | undefined;
  /** Name of this server in INFO; none: its id. Default: none. */
  readonly serverName?: string | undefined;
  /** Tags of this server, which the monitor shows. Default: none. */
  readonly serverTags?: string | readonly string[] | undefined;
  /** File to hold the process id while sluice runs. Default: none. */
  readonly pidFile?: string | undefined;
  /** Directory to hold a file with the ports while sluice runs. Default: none. */
  readonly portsFileDir?: string | undefined;
  /** When the banner is printed on standard output. auto: if that is a terminal. Default: `auto`. */
  readonly banner?: 'auto' | 'always' | 'never' | undefined;
  /** Name of the server's own account; none: $SYS. Default: none. */
  readonly systemAccount?: string | undefined;
  /**
   * JWT of a user that clients without one are taken for, for operators: a bearer token that says which
   * account's service decides about them. Default: none.
   */
  readonly defaultSentinel?: string | undefined;
  /** Operators that are trusted to sign accounts. Default: none. */
  readonly operator?: Either<SettingsInput['operator']> | undefined;
  /** Subject mappings of the default account. Default: none. */
  readonly mappings?: Either<SettingsInput['mappings']> | undefined;
  /** Accounts' JWTs, for operators. Default: none. */
  readonly resolverPreload?: Either<SettingsInput['resolver_preload']> | undefined;
}

/** Settings of NATS clients. */
export interface NatsSettings {
  /** Where NATS clients connect: one address or a list of them. Default: `127.0.0.1:4222`. */
  readonly listener?: string | number | readonly (string | number)[] | undefined;
  /** Whether NATS clients are served at all. Default: `true`. */
  readonly enabled?: boolean | undefined;
  /**
   * Longest control line, without its line end. Bytes, or text such as `64KiB`; 512 to 1MiB. Default: `4KiB`.
   */
  readonly maxControlLine?: Size | undefined;
  /**
   * Largest message, headers included; at most flow.max_pending. -1: INFO names no limit, and the smaller of
   * flow.max_pending and 64MiB is one. Bytes, or text such as `64KiB`; -1 (no limit) or 1 to 64MiB. Default:
   * `1MiB`.
   */
  readonly maxPayload?: Size | undefined;
  /** Largest header block of a message. Bytes, or text such as `64KiB`; 1 to 64MiB. Default: `1MiB`. */
  readonly maxHeader?: Size | undefined;
  /** Time between the server's PINGs. Milliseconds, or text such as `2s`; 10ms to 24h. Default: `2m`. */
  readonly pingInterval?: Duration | undefined;
  /** Unanswered PINGs after which a connection is stale and is closed. 1 to 100. Default: `2`. */
  readonly pingMax?: number | undefined;
  /** Flow policy of NATS clients. none: flow.policy. Default: none. */
  readonly flow?: 'pause' | 'drop' | 'disconnect' | '' | undefined;
}

/** Settings of line clients (telnet, nc). */
export interface LineSettings {
  /** Whether line clients are served at all. Default: `true`. */
  readonly enabled?: boolean | undefined;
  /** Where line clients (telnet, nc) connect: one address or a list of them. Default: `0.0.0.0:8889`. */
  readonly listener?: string | number | readonly (string | number)[] | undefined;
  /** Longest line, without its line end. Bytes, or text such as `64KiB`; 16 to 1MiB. Default: `64KiB`. */
  readonly maxLine?: Size | undefined;
  /** Longest topic. Bytes, or text such as `64KiB`; 1 to 1MiB. Default: `1KiB`. */
  readonly maxTopic?: Size | undefined;
  /**
   * Idle timeout for line clients. 0s disables it. Milliseconds, or text such as `2s`; 0s to 24h. Default:
   * `0s`.
   */
  readonly idleTimeout?: Duration | undefined;
  /** Whether line clients use TLS from the first byte, with the settings of [tls]. Default: `false`. */
  readonly tls?: boolean | undefined;
  /** Flow policy of line clients. none: flow.policy. Default: none. */
  readonly flow?: 'pause' | 'drop' | 'disconnect' | '' | undefined;
}

/** Limits of connections and of what they send. */
export interface LimitsSettings {
  /** Connections in total over all listeners. 1 to 1000000. Default: `65536`. */
  readonly maxConnections?: number | undefined;
  /**
   * Connections of one address, this machine's own not counted; if not given: half of limits.max_connections;
   * 0: any number. 0 to 1000000. Default: `32768`.
   */
  readonly maxConnectionsPerAddress?: number | undefined;
  /** Connections accepted a second on average. 0: any number. 0 to 1000000. Default: `1000`. */
  readonly acceptRate?: number | undefined;
  /** Connections accepted at once after a quiet time. 1 to 1000000. Default: `65536`. */
  readonly acceptBurst?: number | undefined;
  /**
   * Messages and other commands one connection may send a second; 0: any number. 0 to 1000000000. Default:
   * `0`.
   */
  readonly ingressMessages?: number | undefined;
  /**
   * Bytes one connection may send a second; 0: any number. Bytes, or text such as `64KiB`; 0 to 64GiB.
   * Default: `0`.
   */
  readonly ingressBytes?: Size | undefined;
  /**
   * Burst window: how much unused quota a connection may spend at once. Milliseconds, or text such as `2s`;
   * 10ms to 10m. Default: `1s`.
   */
  readonly ingressBurst?: Duration | undefined;
  /** Subscriptions of one connection. 1 to 10000000. Default: `1000000`. */
  readonly maxSubscriptions?: number | undefined;
  /** Tokens that the subject of a subscription may have; 0: 2,048. 0 to 255. Default: `0`. */
  readonly maxSubjectTokens?: number | undefined;
}

/** What happens to connections that take their messages too slowly; docs/flow.md. */
export interface FlowSettings {
  /** What happens to messages for a connection above high_water; docs/flow.md. Default: `pause`. */
  readonly policy?: 'pause' | 'drop' | 'disconnect' | undefined;
  /**
   * Bytes pending for one connection above which it is congested and flow.policy applies. Bytes, or text such
   * as `64KiB`; 2 to 1GiB. Default: `1MiB`.
   */
  readonly highWater?: Size | undefined;
  /**
   * Bytes pending at or below which it is no longer congested; below flow.high_water. Bytes, or text such as
   * `64KiB`; 1 to 1GiB. Default: `256KiB`.
   */
  readonly lowWater?: Size | undefined;
  /**
   * Bytes pending above which the connection is closed at once; above flow.high_water. Bytes, or text such as
   * `64KiB`; 3 to 8GiB. Default: `64MiB`.
   */
  readonly maxPending?: Size | undefined;
  /**
   * Time a connection above high_water may take none of its bytes before it is closed. Milliseconds, or text
   * such as `2s`; 1ms to 10m. Default: `10s`.
   */
  readonly writeDeadline?: Duration | undefined;
  /**
   * Time for which a connection that takes less than flow.min_rate may slow down publishers of others.
   * Milliseconds, or text such as `2s`; 0s to 10m. Default: `2s`.
   */
  readonly maxHold?: Duration | undefined;
  /**
   * Bytes a second that a slow connection must take to slow down publishers of others. Bytes, or text such as
   * `64KiB`; 1KiB to 1GiB. Default: `64KiB`.
   */
  readonly minRate?: Size | undefined;
  /**
   * Bytes waiting for all connections above which the largest are closed; 0: a quarter of the memory. Bytes,
   * or text such as `64KiB`; 0 to 1024GiB. Default: `0`.
   */
  readonly maxTotalPending?: Size | undefined;
}

/** Who may log in, with which rights. */
export interface AuthorizationSettings {
  /** User name that clients must present; with password. Default: none. */
  readonly user?: string | undefined;
  /** Password that clients must present; with user. Default: none. */
  readonly password?: string | undefined;
  /** Token that clients must present. Default: none. */
  readonly token?: string | undefined;
  /**
   * Time a client has to send its credentials; with TLS, if not given: tls.timeout + 1s. Milliseconds, or
   * text such as `2s`; 1ms to 576h. Default: `2s`.
   */
  readonly timeout?: Duration | undefined;
  /** User assigned to clients that send no credentials. Default: none. */
  readonly noAuthUser?: string | undefined;
  /** Permissions of users that have none of their own. Default: none. */
  readonly defaultPermissions?: TreeIn<'authorization', 'default_permissions'> | undefined;
  /** Service that decides about logins. Default: none. */
  readonly authCallout?: TreeIn<'authorization', 'auth_callout'> | undefined;
  /** Users that may log in. Default: none. */
  readonly users?: TreeIn<'authorization', 'users'> | undefined;
}

/** undefined */
export interface ResolverSettings {
  /** Directory with accounts' JWTs, for operators: a file ACCOUNT.jwt for each. Default: none. */
  readonly dir?: string | undefined;
  /**
   * What becomes of the file of an account that a request of the operator deletes; none: such requests are
   * refused. Default: `none`.
   */
  readonly deletion?: 'none' | 'rename' | 'remove' | undefined;
  /**
   * Accounts in that directory, beyond which updates add none; 0: any number. 0 to 10000000. Default: `0`.
   */
  readonly maxAccounts?: number | undefined;
  /**
   * URL, behind which an account's public key is put, to fetch its JWT from at the first login to the
   * account. It may hold a user and a password. Default: none.
   */
  readonly url?: string | undefined;
  /**
   * Time to fetch an account, with those it imports from. Milliseconds, or text such as `2s`; 10ms to 1m.
   * Default: `1900ms`.
   */
  readonly timeout?: Duration | undefined;
  /** Authorities that the certificate of that URL is checked against, PEM; none: Node's. Default: none. */
  readonly caFile?: string | undefined;
  /** Certificate that is presented there, PEM. Default: none. */
  readonly certFile?: string | undefined;
  /** Private key of that certificate, PEM. Default: none. */
  readonly keyFile?: string | undefined;
}

/** TLS of the listeners. */
export interface TlsSettings {
  /** Certificate, PEM, with its chain; turns TLS on for NATS clients. Default: none. */
  readonly certFile?: string | undefined;
  /** Private key of the certificate, PEM. Default: none. */
  readonly keyFile?: string | undefined;
  /**
   * Certificates in the place of tls.cert_file, of which clients get the one for the name they ask for.
   * Default: none.
   */
  readonly certificates?: TreeIn<'tls', 'certificates'> | undefined;
  /** Authorities that clients' certificates are checked against, PEM. Default: none. */
  readonly caFile?: string | undefined;
  /** Whether clients must present a certificate of tls.ca_file. Default: `false`. */
  readonly verify?: boolean | undefined;
  /** Whether such a certificate is also their login: it names a user. Default: `false`. */
  readonly verifyAndMap?: boolean | undefined;
  /**
   * Public keys (DER, SubjectPublicKeyInfo) that clients' certificates may have; none: any. Default: none.
   */
  readonly pinnedCerts?: string | readonly string[] | undefined;
  /** Whether clients may go on without TLS. Default: `false`. */
  readonly allowNonTls?: boolean | undefined;
  /**
   * TLS before INFO; "auto" or a duration: for clients that begin within 50ms, or within it. Milliseconds, or
   * text such as `50ms`, of a duration. Default: `false`.
   */
  readonly handshakeFirst?: boolean | Duration | undefined;
  /** Time for the TLS handshake. Milliseconds, or text such as `2s`; 10ms to 10m. Default: `2s`. */
  readonly timeout?: Duration | undefined;
  /**
   * TLS handshakes of NATS and line clients a second; further clients are refused. 0: any number. 0 to
   * 1000000. Default: `0`.
   */
  readonly handshakeRate?: number | undefined;
  /** Oldest version of TLS. Default: `1.2`. */
  readonly minVersion?: '1.2' | '1.3' | undefined;
  /** Cipher suites; none: Node's. Default: none. */
  readonly cipherSuites?: string | readonly string[] | undefined;
  /** Curves, the best first; none: Node's. Default: none. */
  readonly curvePreferences?: string | readonly string[] | undefined;
}

/** Leaf links, dialled and accepted; docs/scale-out.md. */
export interface LeafSettings {
  /** Where servers that are leafs of this one connect. Default: none. */
  readonly listener?: string | number | undefined;
  /**
   * Users that leafs log in as, and the accounts they take part in; none: users of clients. Default: none.
   */
  readonly users?: TreeIn<'leaf', 'users'> | undefined;
  /**
   * Time that a leaf has to send its CONNECT. Milliseconds, or text such as `2s`; 1ms to 1h. Default: `2s`.
   */
  readonly authTimeout?: Duration | undefined;
  /** Oldest version of a leaf that is let in; none: any. Default: none. */
  readonly minVersion?: string | undefined;
  /** Certificate for leafs, PEM, with its chain. Default: none. */
  readonly tlsCertFile?: string | undefined;
  /** Private key of that certificate, PEM. Default: none. */
  readonly tlsKeyFile?: string | undefined;
  /** Authorities that leafs' certificates are checked against, PEM. Default: none. */
  readonly tlsCaFile?: string | undefined;
  /** Whether leafs must present a certificate of leaf.tls_ca_file. Default: `false`. */
  readonly tlsVerify?: boolean | undefined;
  /** Whether TLS comes before INFO. Default: `false`. */
  readonly tlsFirst?: boolean | undefined;
  /**
   * Time for the TLS handshake of a leaf. Milliseconds, or text such as `2s`; 10ms to 10m. Default: `2s`.
   */
  readonly tlsTimeout?: Duration | undefined;
  /** Address that leafs are told for this listener, host:port; none: its own. Default: none. */
  readonly advertise?: string | undefined;
  /** Hubs that this server is a leaf of. Default: none. */
  readonly remotes?: TreeIn<'leaf', 'remotes'> | undefined;
}

/** WebSockets; docs/websocket.md. */
export interface WebsocketSettings {
  /** Where WebSocket clients connect. Default: none. */
  readonly listener?: string | number | undefined;
  /**
   * Whether WebSockets are served without TLS. Credentials can then be read on their way. Default: `false`.
   */
  readonly noTls?: boolean | undefined;
  /** Certificate for WebSockets, PEM, with its chain. Default: none. */
  readonly tlsCertFile?: string | undefined;
  /** Private key of that certificate, PEM. Default: none. */
  readonly tlsKeyFile?: string | undefined;
  /**
   * Certificates in the place of websocket.tls_cert_file, of which clients get the one for the name they ask
   * for. Default: none.
   */
  readonly tlsCertificates?: TreeIn<'websocket', 'tls_certificates'> | undefined;
  /** Authorities that clients' certificates are checked against, PEM. Default: none. */
  readonly tlsCaFile?: string | undefined;
  /** Whether clients must present a certificate of websocket.tls_ca_file. Default: `false`. */
  readonly tlsVerify?: boolean | undefined;
  /** Whether such a certificate is also their login: it names a user. Default: `false`. */
  readonly tlsVerifyAndMap?: boolean | undefined;
  /** Oldest version of TLS. Default: `1.2`. */
  readonly tlsMinVersion?: '1.2' | '1.3' | undefined;
  /** Cipher suites; none: Node's. Default: none. */
  readonly tlsCipherSuites?: string | readonly string[] | undefined;
  /** Curves, the best first; none: Node's. Default: none. */
  readonly tlsCurvePreferences?: string | readonly string[] | undefined;
  /**
   * Whether only web pages of the server's own origin may connect. Also the case if websocket.allowed_origins
   * is empty. Default: `false`.
   */
  readonly sameOrigin?: boolean | undefined;
  /**
   * Origins of web pages that may connect; none: the server's own only. Programs that are no browser may
   * connect anyway. Default: none.
   */
  readonly allowedOrigins?: string | readonly string[] | undefined;
  /**
   * Whether messages may be compressed, which costs time for each and memory for each connection. Default:
   * `false`.
   */
  readonly compression?: boolean | undefined;
  /**
   * Time for the handshake of TLS and the upgrade request together. Milliseconds, or text such as `2s`; 10ms
   * to 10m. Default: `5s`.
   */
  readonly handshakeTimeout?: Duration | undefined;
  /**
   * How many proxies are in front, each of which appends to X-Forwarded-For; 0: that header is ignored. 0 to
   * 16. Default: `0`.
   */
  readonly trustedProxies?: number | undefined;
  /**
   * User name that WebSocket clients must present, in the place of that of [authorization]. Default: none.
   */
  readonly user?: string | undefined;
  /** Password that they must present; with user. Default: none. */
  readonly password?: string | undefined;
  /** Token that they must present, in the place of that of [authorization]. Default: none. */
  readonly token?: string | undefined;
  /**
   * Time a WebSocket client has to send its credentials; if not given: authorization.timeout. Milliseconds,
   * or text such as `2s`; 1ms to 576h. Default: `2s`.
   */
  readonly authTimeout?: Duration | undefined;
  /** User assigned to WebSocket clients that send no credentials. Default: none. */
  readonly noAuthUser?: string | undefined;
  /** Cookie that holds the JWT of a client that sends none. Default: none. */
  readonly jwtCookie?: string | undefined;
  /** Cookie that holds the user name of a client that sends none. Default: none. */
  readonly userCookie?: string | undefined;
  /** Cookie that holds the password of a client that sends none. Default: none. */
  readonly passCookie?: string | undefined;
  /** Cookie that holds the token of a client that sends none. Default: none. */
  readonly tokenCookie?: string | undefined;
  /** Headers of the answer to an upgrade request. Default: none. */
  readonly headers?: TreeIn<'websocket', 'headers'> | undefined;
  /** Address that /varz shows to be that of WebSockets. Default: none. */
  readonly advertise?: string | undefined;
  /**
   * Time between the server's PINGs to WebSocket clients; if not given: nats.ping_interval. Milliseconds, or
   * text such as `2s`; 10ms to 24h. Default: `2m`.
   */
  readonly pingInterval?: Duration | undefined;
  /**
   * Path of the URL on which line clients are served over WebSockets, such as /line; none: nowhere. Default:
   * none.
   */
  readonly linePath?: string | undefined;
}

/** undefined */
export interface JetstreamSettings {
  /** Whether streams and consumers are served. Without the table they are not. Default: `true`. */
  readonly enabled?: boolean | undefined;
  /** Folder that streams in files are kept in; none: they are kept in memory, too. Default: none. */
  readonly storeDir?: string | undefined;
  /**
   * When messages in files are made safe from power failures: always: before they are acknowledged; else so
   * much later at most. Default: `always`.
   */
  readonly sync?: string | undefined;
  /**
   * Bytes that all streams in memory may keep; 0: three quarters of the memory of the machine. Bytes, or text
   * such as `64KiB`; 0 to 1048576GiB. Default: `0`.
   */
  readonly maxMemory?: Size | undefined;
  /**
   * Bytes that all streams in files may keep; 0: any number. Bytes, or text such as `64KiB`; 0 to 1048576GiB.
   * Default: `0`.
   */
  readonly maxFile?: Size | undefined;
  /** Name under which other servers reach the streams of this one; none: they do not. Default: none. */
  readonly domain?: string | undefined;
  /**
   * Longest time for which a stream remembers the ids of messages; 0s: any. Milliseconds, or text such as
   * `2s`; 0s to 24h. Default: `0s`.
   */
  readonly duplicateWindow?: Duration | undefined;
  /**
   * Messages that one consumer may have delivered and not acknowledged; 0: any number. 0 to 2147483647.
   * Default: `0`.
   */
  readonly maxAckPending?: number | undefined;
  /**
   * Messages that one request to a pull consumer may ask for; 0: any number. 0 to 2147483647. Default: `0`.
   */
  readonly maxRequestBatch?: number | undefined;
  /**
   * Whether streams that ask for several replicas are kept once, and not refused: for tests. Default:
   * `false`.
   */
  readonly replicasAsOne?: boolean | undefined;
}

/** HTTP monitoring. */
export interface MonitorSettings {
  /** Where the HTTP monitor listens. Default: `127.0.0.1:8222`. */
  readonly listener?: string | number | undefined;
  /**
   * Names by which the monitor may be reached, beside localhost, IP addresses and its own. Default: none.
   */
  readonly allowedHosts?: string | readonly string[] | undefined;
  /** Origins of web pages that may read the monitor in a browser; none: no page may. Default: none. */
  readonly allowedOrigins?: string | readonly string[] | undefined;
  /** Whether the monitor speaks HTTPS, with the certificate of [tls]. Default: `false`. */
  readonly tls?: boolean | undefined;
  /** Path that all paths of the monitor begin with, such as /sluice. Default: none. */
  readonly basePath?: string | undefined;
  /**
   * Whether users of the system account may reload and stop the server by requests to the monitor. Default:
   * `false`.
   */
  readonly control?: boolean | undefined;
  /**
   * Accounts that have a label of their own in /metrics; the others share the label `other`. 0 to 10000.
   * Default: `100`.
   */
  readonly metricsAccounts?: number | undefined;
}

/** How clients are told to leave before a shutdown. */
export interface LameDuckSettings {
  /**
   * Time over which a lame duck closes its connections, one after another. Milliseconds, or text such as
   * `2s`; 1ms to 24h. Default: `2m`.
   */
  readonly duration?: Duration | undefined;
  /**
   * Time before it closes the first; below lame_duck.duration. Milliseconds, or text such as `2s`; 0s to 24h.
   * Default: `10s`.
   */
  readonly gracePeriod?: Duration | undefined;
}

/** The log of the command; an embedded broker logs to its `logger`. */
export interface LogSettings {
  /** Least severe level that is logged; trace shows every delivery. Default: `info`. */
  readonly level?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent' | undefined;
  /**
   * How a log line looks; auto: pretty on a terminal, JSON otherwise; nats: as nats-server does. Default:
   * `auto`.
   */
  readonly format?: 'auto' | 'pretty' | 'json' | 'nats' | undefined;
  /** File to append the log to; none: standard error. Default: none. */
  readonly file?: string | undefined;
  /**
   * Size of log.file above which it is renamed and a new one is begun. 0: never. Bytes, or text such as
   * `64KiB`; 0 to 1024GiB. Default: `0`.
   */
  readonly maxFileSize?: Size | undefined;
  /** Log files that are kept, the one being written included. 0: all. 0 to 100000. Default: `0`. */
  readonly maxFiles?: number | undefined;
  /** Whether log lines have a time. Default: `true`. */
  readonly timestamps?: boolean | undefined;
  /** Whether that time is in UTC, and not in the local time zone; in JSON it always is. Default: `false`. */
  readonly utc?: boolean | undefined;
  /**
   * Bytes of a message, headers first, that lines at trace show; 0: all. Bytes, or text such as `64KiB`; 0 to
   * 1GiB. Default: `256`.
   */
  readonly maxTracedPayload?: Size | undefined;
}

/** How the broker closes. */
export interface ShutdownSettings {
  /**
   * Time a graceful shutdown may take before what is left is cut off. Milliseconds, or text such as `2s`; 1ms
   * to 10m. Default: `4s`.
   */
  readonly deadline?: Duration | undefined;
}

/** The tables by name; `top` is what is in none. */
export interface Settings {
  readonly top: ServerSettings;
  readonly nats: NatsSettings;
  readonly line: LineSettings;
  readonly limits: LimitsSettings;
  readonly flow: FlowSettings;
  readonly authorization: AuthorizationSettings;
  readonly resolver: ResolverSettings;
  readonly tls: TlsSettings;
  readonly leaf: LeafSettings;
  readonly websocket: WebsocketSettings;
  readonly jetstream: JetstreamSettings;
  readonly monitor: MonitorSettings;
  readonly lameDuck: LameDuckSettings;
  readonly log: LogSettings;
  readonly shutdown: ShutdownSettings;
}

/**
 * What monitoring asks of a broker. Nothing here is read before the monitor is asked, so the broker should
 * keep plain counters and answer from them. Any property may be a getter on a live object: each is read when its row
 * is sorted or written, and only then. What takes long comes in steps, between which the broker routes messages and
 * anything may change. Times are milliseconds of Unix time.
 */

import type { CloseReason } from '../domain/close-reason.js';
import type { DialectName } from '../domain/dialect-name.js';
import type { Count, DropReason } from '../domain/drops.js';
import type { FlowPolicy } from '../domain/flow-policy.js';
import type { Steps } from '../domain/steps.js';
import type { TransportName } from '../transport/wire.js';

/** Messages that went nowhere, by reason; a reason that there was none of is left out. */
export type DropsSnapshot = Readonly<Partial<Record<DropReason, Count>>>;

/** Delivery counts of one connection, or of all. Routed is the sum of delivered, dropped and pending. */
export interface DeliveryCounts {
  /** What was for it, and what it published and might not. */
  readonly routed: Count;
  /** What its wire has taken. */
  readonly delivered: Count;
  readonly pending: Count;
  readonly dropped: DropsSnapshot;
  /** Time it was held as a publisher; of all, the sum over pairs of publisher and receiver. In milliseconds. */
  readonly heldMs: number;
}

/** Delivery counts of one connection, and its state. */
export interface FlowSnapshot extends DeliveryCounts {
  readonly policy: FlowPolicy;
  readonly congested: boolean;
  /** Whether it has used up its hold credit: only publishers that feed no other connection wait for it. */
  readonly detached: boolean;
  /** The receivers it waits for now, by cid. */
  readonly waitsFor: readonly number[];
  /** The receivers that held it longest, not counting waits that have not ended: cid, and milliseconds. */
  readonly heldBy: ReadonlyMap<number, number>;
  /** Publishers that wait for it now. */
  readonly holding: number;
  /** Time in which at least one did, in milliseconds. */
  readonly heldOthersMs: number;
}

/** What is pending over all connections. */
export interface TotalPending {
  readonly bytes: number;
  /** `flow.max_total_pending`, in bytes. */
  readonly limitBytes: number;
  /** Connections cut off because that was exceeded. */
  readonly cutOff: number;
}

/** The listener for WebSockets. */
export interface WebSocketSnapshot {
  readonly host: string;
  readonly port: number;
  readonly advertise: string | undefined;
  readonly noAuthUser: string | undefined;
  readonly jwtCookie: string | undefined;
  readonly handshakeTimeoutMs: number;
  readonly authTimeoutMs: number;
  readonly noTls: boolean;
  readonly tlsMap: boolean;
  readonly sameOrigin: boolean;
  readonly allowedOrigins: readonly string[];
  readonly compression: boolean;
  readonly tlsExpiresAt: number | undefined;
}

/** The broker as a whole. */
export interface ServerSnapshot {
  readonly serverId: string;
  readonly serverName: string;
  /** The nats-server version whose protocol level this is. */
  readonly version: string;
  /** sluice's own version. */
  readonly sluice: string;
  /** Where NATS clients connect: the first of the listeners. */
  readonly host: string;
  readonly port: number;
  readonly startedAt: number;
  /** When the configuration in force was read. */
  readonly configLoadedAt: number;
  readonly authRequired: boolean;
  readonly tlsRequired: boolean;
  /** Whether clients must show a certificate. */
  readonly tlsVerify: boolean;
  /** When the server's own certificate expires. */
  readonly tlsExpiresAt?: number | undefined;
  readonly maxConnections: number;
  /** Of one connection; 0 means no limit. */
  readonly maxSubscriptions: number;
  readonly maxPayloadBytes: number;
  readonly maxPendingBytes: number;
  readonly maxControlLineBytes: number;
  readonly pingIntervalMs: number;
  readonly maxPingsOut: number;
  readonly writeDeadlineMs: number;
  readonly authTimeoutMs: number;
  readonly tlsTimeoutMs: number;
  readonly tags: readonly string[];
  readonly systemAccount: string | undefined;
  /** Undefined without a listener for WebSockets. */
  readonly websocket?: WebSocketSnapshot | undefined;
  /** Connections ever accepted. */
  readonly totalConnections: number;
  /** Connections of clients open now. */
  readonly connections: number;
  /** Links to other servers. */
  readonly links: number;
  /** Where leafs connect; undefined: nowhere. */
  readonly leafListener: LeafListenerSnapshot | undefined;
  readonly subscriptions: number;
  readonly inMessages: number;
  readonly outMessages: number;
  readonly inBytes: number;
  readonly outBytes: number;
  /** The share of links to other servers in these. */
  readonly linkTraffic: LinkTrafficSnapshot;
  /** Connections ever closed for taking too little. */
  readonly slowConsumers: number;
  /** Links to other servers among them. */
  readonly slowLinks: number;
  /** Connections ever closed because the peer was silent. */
  readonly staleConnections: number;
  /** Links to other servers among them. */
  readonly staleLinks: number;
  /** How often a publisher was held until its receivers had taken more. */
  readonly holds: number;
  /** Connections ever closed, by reason. */
  readonly closedBy: ReadonlyMap<CloseReason, number>;
  /** Logins ever refused. */
  readonly loginsRefused: number;
  /** SHA-256 of the configuration without its secrets, in hex; empty: not known. */
  readonly configDigest: string;
  /** Called only when it is asked for: it walks the connections. */
  deliveryCounts?(): Steps<DeliveryCounts>;
  /** The same, by dialect, transport and listener. */
  traffic(): Steps<readonly TrafficSnapshot[]>;
  /** As of when the connections were last looked at, which `deliveryCounts` does. */
  totalPending?(): TotalPending;
  /** Whether it takes no new connections and is sending its clients elsewhere. */
  readonly lameDuck: boolean;
  /** Whether it is shutting down. */
  readonly closing: boolean;
}

/** What passed over the connections of one dialect, transport and listener, those that have closed included. */
export interface TrafficSnapshot {
  readonly dialect: DialectName | 'local';
  readonly transport: TransportName;
  /** Its address; undefined: connections that the program brought. */
  readonly listener: string | undefined;
  /** Connections ever accepted. */
  readonly accepted: number;
  /** Connections open now, and those of them that are congested. */
  readonly open: number;
  readonly congested: number;
  readonly subscriptions: number;
  readonly pendingBytes: number;
  readonly inMessages: number;
  readonly inBytes: number;
  readonly outMessages: number;
  readonly outBytes: number;
  /** What peers sent that could not be parsed. */
  readonly faults: number;
}

/** One subscription of one connection. */
export interface SubscriptionSnapshot {
  readonly subject: string;
  readonly queue?: string | undefined;
  readonly sid: string;
  readonly delivered: number;
  /** Messages after which it ends; 0 means never. */
  readonly max: number;
  /** The connection it belongs to. */
  readonly cid: number;
  readonly account: string;
}

/** One connection, open or closed. */
export interface ConnectionSnapshot {
  /** Unique in the process, and larger the later it was opened. */
  readonly cid: number;
  /** Dialect. */
  readonly type: DialectName | 'local' | 'websocket';
  /** Undefined where it has no address, as when a stream was attached. */
  readonly ip?: string | undefined;
  readonly port?: number | undefined;
  readonly startedAt: number;
  readonly lastActivityAt: number;
  /** Time between the last PING to it and its PONG, in milliseconds; undefined where none came yet. */
  readonly rttMs?: number | undefined;
  /** Bytes it has yet to take; of a closed connection, those kept for it at its end. */
  readonly pendingBytes: number;
  /** Messages it published. */
  readonly inMessages: number;
  /** Messages delivered to it. */
  readonly outMessages: number;
  readonly inBytes: number;
  readonly outBytes: number;
  /** How often it was held until its receivers had taken more. */
  readonly holds: number;
  /** Subscriptions it has; of a closed connection, had at its end. */
  readonly subscriptionCount: number;
  /**
   * These subscriptions, read one by one while they may change. Called only when they are asked for; a closed
   * connection may have forgotten them.
   */
  subscriptions(): Iterable<SubscriptionSnapshot>;
  /** What it says it is, as CONNECT has it. */
  readonly name?: string | undefined;
  readonly lang?: string | undefined;
  readonly version?: string | undefined;
  /** As Node names it, `TLSv1.3`. */
  readonly tlsVersion?: string | undefined;
  /** The standard's name, `TLS_AES_128_GCM_SHA256`. */
  readonly tlsCipher?: string | undefined;
  /** Whether TLS began before INFO. */
  readonly tlsFirst?: boolean | undefined;
  /** DER of the certificates it showed, its own first. Called only when they are asked for. */
  peerCertificates?(): readonly Buffer[];
  /** Undefined before it was let in. */
  readonly account?: string | undefined;
  /** The user it claims to be, admitted or not: user name or public nkey, `[REDACTED]` for a token; never a secret. */
  readonly user?: string | undefined;
  readonly flow?: FlowSnapshot | undefined;
  /** Whether it is congested, or held as a publisher: cheap to ask, so that of many connections those can be found. */
  readonly isDelayed?: boolean | undefined;
  /** Why it closed, where it has. */
  readonly reason?: CloseReason | undefined;
  readonly stoppedAt?: number | undefined;
}

/** How the subscriptions of one account are being looked up. */
export interface SublistSnapshot {
  readonly subscriptions: number;
  readonly cacheEntries: number;
  readonly inserts: number;
  readonly removes: number;
  /** Lookups, those that the cache answered included. */
  readonly matches: number;
  readonly cacheHits: number;
  /** Receivers of the cached subject that has most. */
  readonly maxFanout: number;
  /** Receivers of all cached subjects together. */
  readonly totalFanout: number;
}

/** Messages over links to other servers, and their payload bytes. */
export interface LinkTrafficSnapshot {
  readonly inMessages: number;
  readonly inBytes: number;
  readonly outMessages: number;
  readonly outBytes: number;
}

/** One account. */
export interface AccountSnapshot {
  readonly name: string;
  /** When its configuration last changed. */
  readonly updatedAt: number;
  /** Connections open now. */
  readonly connections: number;
  /** Links to other servers. */
  readonly links: number;
  readonly subscriptions: number;
  readonly inMessages: number;
  readonly outMessages: number;
  readonly inBytes: number;
  readonly outBytes: number;
  /** The share of links to other servers in these. */
  readonly linkTraffic: LinkTrafficSnapshot;
  readonly slowConsumers: number;
  readonly dropped?: DropsSnapshot | undefined;
  /** Time its publishers were held, once for each receiver that held one, in milliseconds. */
  readonly heldMs?: number | undefined;
  /** Called only where it is asked for: it may have to walk the cache. */
  sublist(): Steps<SublistSnapshot>;
}

/** Where leafs connect. */
export interface LeafListenerSnapshot {
  readonly host: string;
  readonly port: number;
  readonly authTimeoutMs: number;
  readonly tlsTimeoutMs: number;
}

/** A link to another server. */
export interface LinkSnapshot {
  readonly cid: number;
  /** What the other server calls itself. */
  readonly name: string;
  /** Whether this server is the leaf, and the other one its hub. */
  readonly isSpoke: boolean;
  readonly account: string;
  readonly ip: string | undefined;
  readonly port: number | undefined;
  readonly rttMs: number | undefined;
  readonly inMessages: number;
  readonly outMessages: number;
  readonly inBytes: number;
  readonly outBytes: number;
  readonly subscriptionCount: number;
  /** Subjects that the other server has subscribers to. */
  subjects(): Iterable<string>;
  readonly pendingBytes: number;
  readonly dropped: DropsSnapshot;
}

/** A hub that this server is, or would be, a leaf of. */
export interface RemoteSnapshot {
  readonly account: string;
  /** `host:port`, without credentials. */
  readonly urls: readonly string[];
  /** What the hub calls itself; undefined: it has not said so yet. */
  readonly hub: string | undefined;
  /** Since when the link has been up, in milliseconds of Unix time; undefined: it is down. */
  readonly upSince: number | undefined;
  /** Why it is down. */
  readonly error: string | undefined;
  /** Messages for the hub, or of it, that went nowhere so far. */
  readonly dropped: DropsSnapshot;
}

/** What is kept of streams, and may be; sizes in bytes. */
export interface JetStreamUsage {
  readonly memory: number;
  readonly storage: number;
  readonly reservedMemory: number;
  readonly reservedStorage: number;
  /** Requests to the API, and those that failed. */
  readonly requests: number;
  readonly failures: number;
}

/** One stream, and its consumers, in the words of the API. */
export interface StreamSnapshot {
  readonly name: string;
  readonly created: string;
  readonly config: object;
  readonly state: { readonly messages: number; readonly bytes: number; readonly consumer_count: number };
  /** What keeps it from taking messages, in words; undefined: nothing does. */
  readonly fault: string | undefined;
  consumers(): Iterable<{ readonly name: string }>;
}

/** What one account has of JetStream. */
export interface JetStreamAccountSnapshot extends JetStreamUsage {
  readonly name: string;
  streams(): Iterable<StreamSnapshot>;
}

/** Streams and consumers of the server. */
export interface JetStreamSnapshot extends JetStreamUsage {
  /** Bytes; -1: any number. */
  readonly maxMemory: number;
  readonly maxStorage: number;
  /** Undefined: nothing is kept in files. */
  readonly storeDir: string | undefined;
  readonly sync: 'always' | number;
  readonly domain: string | undefined;
  /** Those that have JetStream, in the order of their names. */
  accounts(): Iterable<JetStreamAccountSnapshot>;
}

/** A broker as its monitor sees it. What it returns is kept for an answer, or for a second. */
export interface Observable {
  server(): ServerSnapshot;
  /** Open connections, in any order. */
  connections(): Iterable<ConnectionSnapshot>;
  /** Open links to other servers, which are no connections of clients. */
  links(): Iterable<LinkSnapshot>;
  /** The hubs that this server is a leaf of. */
  remotes(): Iterable<RemoteSnapshot>;
  /** The last ones that closed, in any order. */
  closed(): Iterable<ConnectionSnapshot>;
  accounts(): Iterable<AccountSnapshot>;
  /** Undefined: there is no JetStream. */
  jetstream?(): JetStreamSnapshot | undefined;
  /** The account of that name. */
  account(name: string): AccountSnapshot | undefined;
  /**
   * The subscriptions that match `subject`, which is literal; in one account, or in all. Should not count as a lookup
   * nor change a cache.
   */
  matching(subject: string, account?: string): Iterable<SubscriptionSnapshot>;
}

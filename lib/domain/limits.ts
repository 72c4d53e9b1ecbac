/**
 * Defaults and ranges of every limit, units in the names. All of them are on by default, but for those that say 0: off.
 * `docs/limits.md` is tested against this and the schema, both ways.
 */

export const KIB = 1024;
export const MIB = 1024 * KIB;

/** Longest NATS control line, in bytes without its line end. nats-server's default. Range 512..1 MiB. */
export const MAX_CONTROL_LINE_BYTES = 4_096;

/** Largest message, in bytes, headers included. nats-server's default. Range 1..64 MiB. */
export const MAX_PAYLOAD_BYTES = MIB;

/** Bytes of a message that the log shows at trace. */
export const MAX_TRACED_PAYLOAD_BYTES = 256;
/** Size of the log file above which a new one is begun; 0: never. In bytes. */
export const MAX_LOG_FILE_BYTES = 0;
/** Log files that are kept; 0: all. */
export const MAX_LOG_FILES = 0;

/**
 * Largest header block of a message, in bytes. Range 1..64 MiB. By default that of the largest message, so what
 * nats-server takes is taken; it stays where it is when larger messages are allowed.
 */
export const MAX_HEADER_BYTES = MIB;

/** Longest line of the line dialect, in bytes without its line end. Range 16..1 MiB. */
export const MAX_LINE_BYTES = 64 * KIB;

/**
 * Longest topic of the line dialect, in bytes. Range 1..1 MiB. Topics become subjects on NATS clients' control lines,
 * and there are clients that take no longer one than 4 KiB.
 */
export const MAX_TOPIC_BYTES = KIB;

/** Time that a line client may neither say nor be told anything, in milliseconds. Range 0..86_400_000; 0: off. */
export const LINE_IDLE_TIMEOUT_MS = 0;

/** Wrong lines in a row after which a line client is thought to be no client. Fixed. */
export const MAX_ERRORS_IN_A_ROW = 100;

/**
 * Longest arguments of a line that subscribes, in bytes, whatever the settings of its dialect say. Fixed. What is in it are keys of
 * tables, and V8 takes the length of a string of more than 16,383 characters for its hash: tables of such keys would be lists.
 */
export const MAX_SUBSCRIPTION_LINE_BYTES = 16_000;

/**
 * Queue groups that one connection may be in at a time, counted by name. Fixed. The delivery of one message is not divided,
 * and each group costs it some 3 microseconds.
 */
export const MAX_QUEUE_GROUPS = 4_096;

/**
 * Longest list of queue groups in a message to another server, in characters: its line, which the other server takes up to 64 KiB
 * of, has the subject and the reply subject as well.
 */
export const MAX_LINK_QUEUES_LENGTH = 48 * 1024;

/**
 * Events in the trace of one message; what is delivered beyond them is not recorded, so that no message makes the server
 * write megabytes. Fixed.
 */
export const MAX_TRACE_EVENTS = 1_024;

/** Of a header block so much is looked at for a trace and shown in it, in bytes: whole lines of it. Fixed. */
export const MAX_TRACED_HEADER_BYTES = 16 * KIB;

/** Connections in total over all listeners. nats-server's default. Range 1..1,000,000. */
export const MAX_CONNECTIONS = 65_536;

/**
 * Connections of one address, all of IPv6's `/64` together, this machine's own not counted. Half of all, so that no address
 * can keep all others out alone. Range 0..1,000,000; 0: off.
 */
export const MAX_CONNECTIONS_PER_ADDRESS = MAX_CONNECTIONS / 2;

/**
 * Connections let in a second in the long run. Range 0..1,000,000; 0: off. A connection that says nothing costs about
 * 0.35 ms of CPU to set up and take down: at this rate a third of the one core that everything runs on.
 */
export const ACCEPT_RATE = 1_000;

/**
 * Connections let in at once after a quiet time. Range 1..1,000,000. As many as there may be: after a restart all of
 * them may come back together.
 */
export const ACCEPT_BURST = MAX_CONNECTIONS;

/**
 * Connections that the system keeps for us until we accept them; it may keep fewer (`net.core.somaxconn`). Fixed. What
 * comes on top it leaves unanswered, and the peer tries again, one second later at the earliest.
 */
export const LISTEN_BACKLOG = 4_096;

/** Refused connections that are told why at the same time; further ones are closed without a word. Fixed. */
export const REFUSALS_AT_ONCE = 16;

/** Messages and other commands that one connection may send a second. Range 0..1,000,000,000; 0: off. */
export const INGRESS_MESSAGES = 0;

/** Bytes that one connection may send a second. Range 0..64 GiB; 0: off. */
export const INGRESS_BYTES = 0;

/** Burst window: how much unused quota a connection may spend at once, in milliseconds. Range 10..600_000. */
export const INGRESS_BURST_MS = 1_000;

/** Subscriptions of one connection. Range 1..10,000,000. */
export const MAX_SUBSCRIPTIONS = 1_000_000;

/** Tokens that the subject of a subscription may have. nats-server's default. Range 0..255; 0: {@link MAX_SUBJECT_DEPTH}. */
export const MAX_SUBJECT_TOKENS = 0;

/**
 * Tokens that the subject of a subscription may have where nothing else is said, and the depth of what is searched.
 * Fixed: as many as fit into a control line of the default length, so that only a longer one can meet it.
 */
export const MAX_SUBJECT_DEPTH = 2_048;

/**
 * Pending outgoing bytes above which a connection is congested and its flow policy counts for it.
 * Range 2..1 GiB, and above the low water mark.
 */
export const HIGH_WATER_BYTES = MIB;

/** Pending outgoing bytes below which a congested connection lets its publishers go on. Range 1..1 GiB. */
export const LOW_WATER_BYTES = 256 * KIB;

/**
 * Hard cap of the pending outgoing bytes of one connection; above it the peer is a slow consumer at once.
 * Range 3..8 GiB, above the high water mark and no less than the largest message.
 */
export const MAX_PENDING_BYTES = 64 * MIB;

/**
 * How long a congested subscriber may make no progress before it is cut off as a slow consumer, in milliseconds.
 * Bounds how long a stalled reader can hold publishers that feed no other connection. Range 1..600_000.
 * 0 is refused: without a deadline one stalled reader stops every publisher that feeds it.
 *
 * nats-server's default. A reader must take as much in it as shows as progress: on Linux some 108 KB, elsewhere 1.5 MB,
 * as kernels reopen a full TCP window late; see docs/flow.md.
 */
export const WRITE_DEADLINE_MS = 10_000;

/**
 * Hold credit: for how long a congested connection may slow down publishers that feed other connections as well, in
 * milliseconds, without taking {@link MIN_RATE_BYTES}. What it takes earns it more, up to twice as much. On Linux a reader
 * shows progress in steps of some 100 KB, or a sixteenth of its receive buffer, so less than 2 s ends it too soon. A
 * publisher has the same credit for all connections that have earned none yet. Range 0..600_000; 0: none may.
 */
export const MAX_HOLD_MS = 2_000;

/**
 * Bytes a second that a congested connection has to take so that publishers that feed others as well go on waiting for
 * it, and below which no such publisher is slowed down. Range 1 KiB..1 GiB.
 */
export const MIN_RATE_BYTES = 64 * KIB;

/**
 * Pending outgoing bytes of all connections together; above it those that hold no publisher back any more are cut off,
 * the largest first, then others. Range 0..1 TiB; 0: a quarter of the memory that the process may use, which is what
 * its control group leaves it, or all that the machine has.
 */
export const MAX_TOTAL_PENDING_BYTES = 0;

/** Time between the server's PINGs, in milliseconds. nats-server's default. Range 10..86_400_000. */
export const PING_INTERVAL_MS = 120_000;

/** Unanswered PINGs after which a connection is stale. nats-server's default. Range 1..100. */
export const MAX_PINGS_OUT = 2;

/**
 * Time a client has to send its credentials, in milliseconds. It does not run while they are checked. nats-server's
 * default. Range 1..2_073_600_000, which is 24 days, as a timer of Node's runs for no more than 24.8.
 */
export const AUTH_TIMEOUT_MS = 2_000;

/**
 * Highest cost of a bcrypt hash in a configuration. Fixed. A check of cost 11 takes some 0.1 s of one core and each step
 * doubles that: at 14 it is about as long as clients wait for a login, at 16 it is 3 to 4 s.
 */
export const MAX_BCRYPT_COST = 14;

/** Logins that wait for their bcrypt check, over all addresses, which take turns. Fixed. */
export const BCRYPT_WAITING = 1_024;

/** `resolver.timeout`: time to fetch the JWT of an account from a URL, in milliseconds. nats-server's. */
export const ACCOUNT_FETCH_TIMEOUT_MS = 1_900;

/** `resolver.max_accounts`: accounts in the directory beyond which updates add none; 0: any number, as in nats-server. */
export const MAX_DIRECTORY_ACCOUNTS = 0;

/** Accounts that are fetched from a URL at once; further ones wait. Fixed. */
export const ACCOUNT_FETCHES = 16;

/** Logins that wait for the JWT of their account to be fetched; further ones are refused. Fixed. */
export const ACCOUNT_FETCHES_WAITING = 1_024;

/** Accounts fetched from a URL, or brought by a request, that are kept; further ones are refused. Fixed. */
export const FETCHED_ACCOUNTS = 100_000;

/** Time for a TLS handshake, in milliseconds. nats-server's default. Range 10..600_000. */
export const TLS_TIMEOUT_MS = 2_000;

/** `tls.handshake_rate`: TLS handshakes that may begin in a second; 0: any number, as in nats-server. */
export const TLS_HANDSHAKE_RATE = 0;

/** `websocket.handshake_timeout`: time for TLS and the upgrade request of a WebSocket, in milliseconds. */
export const WEBSOCKET_HANDSHAKE_MS = 5_000;

/** `websocket.auth_timeout`: time to the credentials of a WebSocket client, in milliseconds. */
export const WEBSOCKET_AUTH_TIMEOUT_MS = AUTH_TIMEOUT_MS;

/** `websocket.ping_interval`: time between PINGs to a WebSocket client, in milliseconds. */
export const WEBSOCKET_PING_INTERVAL_MS = PING_INTERVAL_MS;

/** `websocket.trusted_proxies`: entries of `X-Forwarded-For`, from the end, that are believed. */
export const WEBSOCKET_TRUSTED_PROXIES = 0;

/** Most frames without payload, such as pings, in one read of a WebSocket. They cost time, and no limit of messages or bytes counts them. */
export const WEBSOCKET_BARE_FRAMES = 1_024;

/** Frames of one read beyond which a WebSocket is read no further in this turn of the event loop. */
export const WEBSOCKET_FRAMES_A_TURN = 1_024;

/** Most bytes of the head of an upgrade request. A JWT in a cookie fits. */
export const WEBSOCKET_HEAD_BYTES = 16 * KIB;

/** Most bytes of a compressed message, compressed and not: as many times `nats.max_payload`, as with nats-server. */
export const WEBSOCKET_COMPRESSED_MESSAGES = 8;

/** Most bytes of a compressed message in any case. */
export const WEBSOCKET_COMPRESSED_BYTES = 64 * MIB;

/** Most bytes of a compressed message of a client that has not logged in. */
export const WEBSOCKET_FIRST_MESSAGE_BYTES = 64 * KIB;

/** Idle time after which TCP itself asks whether the peer is still there, in milliseconds. Fixed. */
export const TCP_KEEP_ALIVE_MS = 60_000;

/** HTTP connections at once; further ones are closed as they come. Fixed. */
export const MAX_HTTP_CONNECTIONS = 100;

/** Time for the head of an HTTP request, in milliseconds. As nats-server. Fixed. */
export const HTTP_HEADERS_TIMEOUT_MS = 5_000;

/** Time for a whole HTTP request, in milliseconds. Fixed. */
export const HTTP_REQUEST_TIMEOUT_MS = 10_000;

/** Time that an idle HTTP connection stays open, in milliseconds. Fixed. */
export const HTTP_KEEP_ALIVE_MS = 5_000;

/** Long answers of the monitor that are being made at once; further requests wait. Fixed. */
export const MAX_HTTP_ANSWERS = 4;

/** Requests that may wait for one of these; further ones are answered 503. Fixed. */
export const MAX_HTTP_WAITING = 32;

/** Longest such wait, in milliseconds; then the request is answered 503. Fixed. */
export const HTTP_WAIT_MS = 5_000;

/** Time in which an HTTP client must have taken an answer, in milliseconds. Fixed. */
export const HTTP_ANSWER_MS = 60_000;

/** Time for which the monitor works in one turn of the event loop, in milliseconds. Fixed. */
export const MONITOR_TURN_MS = 2;

/** Time, at most twice, after which an HTTP client that takes nothing of its answer is cut off, in milliseconds. Fixed. */
export const HTTP_STALLED_MS = 10_000;

/** Accounts that have a label of their own in the metrics; all others share one. Range 0..10_000. */
export const METRICS_ACCOUNTS = 100;

/** Time after the last request for metrics at which the event loop is no longer measured, in milliseconds. Fixed. */
export const METRICS_IDLE_MS = 300_000;

/** Live pages that are open at once; further ones are answered 503. Fixed. */
export const MAX_LIVE_PAGES = 10;

/** Time between two pictures of the broker that a live page is sent, in milliseconds, at least. Fixed. */
export const LIVE_FRAME_MS = 1_000;

/** Connections, subjects, accounts or slow consumers that one of them lists; it says how many more there are. Fixed. */
export const MAX_LIVE_ROWS = 50;

/** Subjects that are counted while a live page is open, over all accounts; others are counted together. Fixed. */
export const MAX_LIVE_SUBJECTS = 1_000;

/** Requests of a live page to log in, tap or publish, so messages as well, in bytes. Fixed. */
export const MAX_LIVE_REQUEST_BYTES = 64 * KIB;

/** Time after which the login of a live page ends, in milliseconds. Fixed. */
export const LIVE_LOGIN_MS = 3_600_000;

/** Messages a second that a live page publishes. Fixed. */
export const LIVE_PUBLISH_RATE = 10;

/** Messages a second that the tap of a live page shows; it says how many more there were. Fixed. */
export const LIVE_TAP_RATE = 20;

/** Of a payload, and of headers, a tap shows so much, in bytes. Fixed. */
export const LIVE_TAP_PAYLOAD_BYTES = 512;

/** Time a graceful shutdown may take before what is left is cut off, in milliseconds. Range 1..600_000. */
export const SHUTDOWN_DEADLINE_MS = 4_000;

/** Time over which a lame duck closes its connections, in milliseconds. nats-server's default. Range 1..86_400_000. */
export const LAME_DUCK_MS = 120_000;

/** Time before a lame duck closes its first connection, in milliseconds. nats-server's default. Range 0..86_400_000. */
export const LAME_DUCK_GRACE_MS = 10_000;

/** Time a leaf has to send its CONNECT, in milliseconds. nats-server's default. Range 1..3_600_000. */
export const LEAF_AUTH_TIMEOUT_MS = 2_000;

/** Time for the TLS handshake of a leaf, in milliseconds. nats-server's default. Range 10..600_000. */
export const LEAF_TLS_TIMEOUT_MS = 2_000;

/** Time a hub has to send its INFO, in milliseconds. nats-server's default. Range 1..3_600_000. */
export const LEAF_INFO_TIMEOUT_MS = 1_000;

/** Time for one attempt to connect to a hub, its name and its TLS handshake included, in milliseconds. Range 1..3_600_000. */
export const LEAF_DIAL_TIMEOUT_MS = 2_000;

/** First wait between attempts to connect to a hub, in milliseconds; it doubles. Range 1..3_600_000. */
export const LEAF_RECONNECT_MS = 1_000;

/** Longest wait between attempts to connect to a hub, in milliseconds. Range 1..3_600_000. */
export const MAX_LEAF_RECONNECT_MS = 10_000;

/** Files of a configuration that include one another: deeper is surely a mistake. Fixed. */
export const MAX_INCLUDE_DEPTH = 16;

/** Includes of a configuration in all; a file that is included twice counts twice. Fixed. */
export const MAX_INCLUDES = 1_000;

/** Bytes of a configuration in all, each include counted. Fixed. */
export const MAX_CONFIG_BYTES = 16 * MIB;

/** Requests to the server itself that one account may have waiting, of each kind, short and long; further ones are refused. Fixed. */
export const MAX_SYSTEM_REQUESTS = 128;

/** Largest body of a request to the server itself, in bytes. Fixed. */
export const MAX_SYSTEM_REQUEST_BYTES = 16 * KIB;

/** Largest answer of the server itself to a request, in bytes; a longer one is asked for in pages. Fixed. */
export const MAX_SYSTEM_ANSWER_BYTES = 16 * MIB;

/** Events for the system account that wait to be published; further ones are left out, and counted in the log. Fixed. */
export const MAX_SYSTEM_EVENTS = 65_536;

/** Time between two events with the server's statistics, in milliseconds. As nats-server. Fixed. */
export const STATSZ_INTERVAL_MS = 10_000;

/** Time after which an account's number of connections is announced again, in milliseconds. As nats-server. Fixed. */
export const ACCOUNT_CONNECTIONS_INTERVAL_MS = 30_000;

/** Bytes that all streams in memory may keep; 0: three quarters of the memory of the machine. Range 0..1 PiB. */
export const JETSTREAM_MAX_MEMORY_BYTES = 0;

/** Bytes that all streams in files may keep; 0: any number. Range 0..1 PiB. */
export const JETSTREAM_MAX_FILE_BYTES = 0;

/** Longest time for which a stream remembers the ids of messages, in milliseconds; 0: any. Range 0..86_400_000. */
export const JETSTREAM_DUPLICATE_WINDOW_MS = 0;

/** Messages that one consumer may have delivered and not acknowledged; 0: any number. */
export const JETSTREAM_MAX_ACK_PENDING = 0;

/** Messages that one request to a pull consumer may ask for; 0: any number. */
export const JETSTREAM_MAX_REQUEST_BATCH = 0;

/** Requests for messages that one consumer keeps waiting, whatever its `max_waiting` says. Fixed. */
export const MAX_JETSTREAM_PULLS = 16_384;

/** The rows of the table in `docs/limits.md`: what every limit is for, and what happens at it. */
import type { ErrorCode } from '../lib/domain/errors.js';
import type * as limits from '../lib/domain/limits.js';

export interface LimitRow {
  readonly constant: Exclude<keyof typeof limits, 'KIB' | 'MIB'>;
  /** Absent: it is fixed. */
  readonly key?: string;
  readonly of: string;
  readonly happens: string;
  readonly code?: ErrorCode;
}

export const ROWS: readonly LimitRow[] = [
  {
    constant: 'MAX_CONNECTIONS',
    key: 'limits.max_connections',
    of: 'Connections in total; fewer where the process may have fewer open files',
    happens: 'told, closed',
    code: 'MAX_CONNECTIONS',
  },
  {
    constant: 'MAX_CONNECTIONS_PER_ADDRESS',
    key: 'limits.max_connections_per_address',
    of: 'Connections of one address, `/64` with IPv6; loopback is not counted',
    happens: 'told, closed',
    code: 'MAX_CONNECTIONS_PER_ADDRESS',
  },
  {
    constant: 'REFUSALS_AT_ONCE',
    of: 'Refused connections being told why at the same time',
    happens: 'reset without a word',
  },
  {
    constant: 'ACCEPT_RATE',
    key: 'limits.accept_rate',
    of: 'New connections a second',
    happens: 'wait, up to a second; then reset without a word, counted, logged',
    code: 'ACCEPT_RATE',
  },
  {
    constant: 'ACCEPT_BURST',
    key: 'limits.accept_burst',
    of: 'New connections at once',
    happens: '`limits.accept_rate` goes for the rest',
  },
  {
    constant: 'LISTEN_BACKLOG',
    of: 'Connections not yet accepted, per listener; the system may allow fewer',
    happens: 'the system does not answer; the peer tries again after a second',
  },
  {
    constant: 'TLS_TIMEOUT_MS',
    key: 'tls.timeout',
    of: 'TLS handshake',
    happens: 'closed without a word',
    code: 'TLS_HANDSHAKE',
  },
  {
    constant: 'AUTH_TIMEOUT_MS',
    key: 'authorization.timeout',
    of: 'Time to the credentials; for `authenticate`, to its answer as well',
    happens: 'told, closed',
    code: 'AUTHENTICATION_TIMEOUT',
  },
  {
    constant: 'MAX_BCRYPT_COST',
    of: 'Cost of a bcrypt hash in the configuration',
    happens: 'an error at start',
  },
  {
    constant: 'BCRYPT_WAITING',
    of: 'Logins waiting for their bcrypt check; addresses take turns',
    happens: 'told, closed: the last one of the address that has most',
    code: 'AUTHENTICATION_TIMEOUT',
  },
  {
    constant: 'MAX_CONTROL_LINE_BYTES',
    key: 'nats.max_control_line',
    of: 'Arguments of a NATS line, so subjects as well',
    happens: 'told, closed',
    code: 'MAX_CONTROL_LINE',
  },
  {
    constant: 'MAX_PAYLOAD_BYTES',
    key: 'nats.max_payload',
    of: 'A message with its headers',
    happens: 'told, closed, as soon as it is declared',
    code: 'MAX_PAYLOAD',
  },
  {
    constant: 'MAX_HEADER_BYTES',
    key: 'nats.max_header',
    of: 'The headers of a message',
    happens: 'told, closed, as soon as it is declared',
    code: 'MAX_HEADER',
  },
  {
    constant: 'MAX_LINE_BYTES',
    key: 'line.max_line',
    of: 'A line of the line dialect',
    happens: 'told, closed',
    code: 'LINE_TOO_LONG',
  },
  {
    constant: 'MAX_TOPIC_BYTES',
    key: 'line.max_topic',
    of: 'A topic of the line dialect',
    happens: 'told',
    code: 'TOPIC_TOO_LONG',
  },
  {
    constant: 'MAX_ERRORS_IN_A_ROW',
    of: 'Wrong lines of a line client in a row',
    happens: 'told, closed',
    code: 'TOO_MANY_ERRORS',
  },
  {
    constant: 'MAX_SUBSCRIPTIONS',
    key: 'limits.max_subscriptions',
    of: 'Subscriptions of one connection',
    happens: 'told',
    code: 'MAX_SUBSCRIPTIONS',
  },
  {
    constant: 'MAX_QUEUE_GROUPS',
    of: 'Queue groups of one connection',
    happens: 'told',
    code: 'MAX_SUBSCRIPTIONS',
  },
  {
    constant: 'MAX_TRACE_EVENTS',
    of: 'Events in the trace of one message (`Nats-Trace-Dest`)',
    happens: 'delivered, not in the trace',
  },
  {
    constant: 'MAX_TRACED_HEADER_BYTES',
    of: 'Headers of a message that its trace shows',
    happens: 'whole lines of them up to that',
  },
  {
    constant: 'MAX_SUBJECT_TOKENS',
    key: 'limits.max_subject_tokens',
    of: 'Tokens of a subscription; 0: as the next row says',
    happens: 'told',
    code: 'MAX_SUBJECT_TOKENS',
  },
  {
    constant: 'MAX_SUBJECT_DEPTH',
    of: 'Tokens of a subscription, at most',
    happens: 'told',
    code: 'MAX_SUBJECT_TOKENS',
  },
  {
    constant: 'INGRESS_MESSAGES',
    key: 'limits.ingress_messages',
    of: 'Messages and other commands of one connection a second',
    happens: 'read more slowly; nobody is closed, nothing is lost',
  },
  {
    constant: 'INGRESS_BYTES',
    key: 'limits.ingress_bytes',
    of: 'Bytes from one connection a second',
    happens: 'read more slowly; nobody is closed, nothing is lost',
  },
  {
    constant: 'INGRESS_BURST_MS',
    key: 'limits.ingress_burst',
    of: 'Silence that is made up for at once, at those two rates',
    happens: 'the rate goes for the rest',
  },
  {
    constant: 'HIGH_WATER_BYTES',
    key: 'flow.high_water',
    of: 'Bytes waiting for one connection',
    happens: 'its publishers are held',
  },
  {
    constant: 'LOW_WATER_BYTES',
    key: 'flow.low_water',
    of: 'Bytes waiting for it, below which they go on',
    happens: 'its publishers go on',
  },
  {
    constant: 'MAX_PENDING_BYTES',
    key: 'flow.max_pending',
    of: 'Bytes waiting for it, at most',
    happens: 'closed without a word, named in the log',
    code: 'SLOW_CONSUMER',
  },
  {
    constant: 'WRITE_DEADLINE_MS',
    key: 'flow.write_deadline',
    of: 'Time above high water without taking anything',
    happens: 'closed without a word, named in the log',
    code: 'SLOW_CONSUMER',
  },
  {
    constant: 'MAX_HOLD_MS',
    key: 'flow.max_hold',
    of: 'Time a connection above high water slows down publishers of others without taking flow.min_rate',
    happens: 'they wait for it no longer, until it has drained',
  },
  {
    constant: 'MIN_RATE_BYTES',
    key: 'flow.min_rate',
    of: 'Bytes a second that it has to take for that',
    happens: 'publishers of others are never slowed down to less',
  },
  {
    constant: 'MAX_TOTAL_PENDING_BYTES',
    key: 'flow.max_total_pending',
    of: 'Bytes waiting for all connections; 0: a quarter of the memory there is',
    happens: 'the largest are closed without a word, named in the log',
    code: 'SLOW_CONSUMER',
  },
  {
    constant: 'PING_INTERVAL_MS',
    key: 'nats.ping_interval',
    of: 'Silence of a NATS client',
    happens: 'it is sent a PING',
  },
  {
    constant: 'MAX_PINGS_OUT',
    key: 'nats.ping_max',
    of: 'PINGs without an answer',
    happens: 'told, closed',
    code: 'STALE_CONNECTION',
  },
  {
    constant: 'LINE_IDLE_TIMEOUT_MS',
    key: 'line.idle_timeout',
    of: 'A line client that neither says nor is told anything; 0s: any time',
    happens: 'told, closed',
    code: 'IDLE_TIMEOUT',
  },
  {
    constant: 'MAX_TRACED_PAYLOAD_BYTES',
    key: 'log.max_traced_payload',
    of: 'What the log shows of a message at trace, headers first; 0: all',
    happens: 'cut, with dots in the format `nats`',
  },
  {
    constant: 'TCP_KEEP_ALIVE_MS',
    of: 'Silence on a TCP connection',
    happens: 'the system asks; no answer, by its own settings: closed',
  },
  {
    constant: 'MAX_HTTP_CONNECTIONS',
    of: 'HTTP connections to the monitor',
    happens: 'closed without a word',
  },
  {
    constant: 'HTTP_HEADERS_TIMEOUT_MS',
    of: 'Time for the head of an HTTP request; it may have 16 KiB',
    happens: 'status 408, or 431; closed',
  },
  {
    constant: 'HTTP_REQUEST_TIMEOUT_MS',
    of: 'Time for a whole HTTP request',
    happens: 'status 408, closed',
  },
  { constant: 'HTTP_KEEP_ALIVE_MS', of: 'An idle HTTP connection', happens: 'closed' },
  {
    constant: 'MAX_HTTP_ANSWERS',
    of: 'Answers of `/connz`, `/subsz`, `/accountz` and `/accstatz` that are being made at once',
    happens: 'the next one waits',
  },
  { constant: 'MAX_HTTP_WAITING', of: 'Requests that wait for that', happens: 'status 503' },
  { constant: 'HTTP_WAIT_MS', of: 'Time for which one waits', happens: 'status 503' },
  {
    constant: 'HTTP_ANSWER_MS',
    of: 'Time in which an HTTP client must have taken an answer',
    happens: 'closed',
  },
  {
    constant: 'MONITOR_TURN_MS',
    of: 'Work of the monitor in one turn of the event loop',
    happens: 'it goes on in a later turn',
  },
  {
    constant: 'MAX_SYSTEM_REQUESTS',
    of: 'Requests of one account to the server itself that wait, of each kind: with a short answer, with a long one',
    happens: 'error 503',
  },
  {
    constant: 'MAX_SYSTEM_REQUEST_BYTES',
    of: 'Body of a request to the server itself',
    happens: 'error 400',
  },
  {
    constant: 'MAX_SYSTEM_ANSWER_BYTES',
    of: 'Answer of the server itself to a request',
    happens: 'error 500; `limit` and `offset` ask for a page',
  },
  {
    constant: 'MAX_SYSTEM_EVENTS',
    of: 'Events of the system account that wait to be published',
    happens: 'left out, counted in the log',
  },
  {
    constant: 'STATSZ_INTERVAL_MS',
    of: 'Time between two events with the statistics of the server',
    happens: 'published where they have a receiver',
  },
  {
    constant: 'ACCOUNT_CONNECTIONS_INTERVAL_MS',
    of: 'Time after which the number of connections of an account is announced again',
    happens: 'likewise',
  },
  {
    constant: 'HTTP_STALLED_MS',
    of: 'An HTTP client that takes nothing of its answer; up to twice that',
    happens: 'closed',
  },
  {
    constant: 'METRICS_ACCOUNTS',
    key: 'monitor.metrics_accounts',
    of: 'Accounts that have a label of their own in `/metrics`',
    happens: 'counted under the label `other`',
  },
  {
    constant: 'METRICS_IDLE_MS',
    of: 'Time without a request for `/metrics`',
    happens: 'the event loop and garbage collections are no longer measured',
  },
  {
    constant: 'MAX_LIVE_PAGES',
    of: 'Live pages that are open',
    happens: 'status 503; the page says so and tries again',
  },
  { constant: 'LIVE_FRAME_MS', of: 'Time between two updates of a live page, at least', happens: '' },
  {
    constant: 'MAX_LIVE_ROWS',
    of: 'Connections, subjects or accounts that a live page lists',
    happens: 'it says how many more there are',
  },
  {
    constant: 'MAX_LIVE_SUBJECTS',
    of: 'Subjects that are counted while a live page is open',
    happens: 'others are counted together',
  },
  {
    constant: 'MAX_LIVE_REQUEST_BYTES',
    of: 'A message that a live page publishes, as JSON',
    happens: 'status 413',
  },
  { constant: 'LIVE_LOGIN_MS', of: 'The login of a live page', happens: 'it ends' },
  {
    constant: 'LIVE_PUBLISH_RATE',
    of: 'Messages a second that a live page publishes',
    happens: 'status 429',
  },
  {
    constant: 'LIVE_TAP_RATE',
    of: 'Messages a second that the tap of a live page shows',
    happens: 'it says how many more there were',
  },
  {
    constant: 'LIVE_TAP_PAYLOAD_BYTES',
    of: 'Of a payload, and of headers, a tap shows so much',
    happens: 'cut, with the size of all',
  },
  {
    constant: 'SHUTDOWN_DEADLINE_MS',
    key: 'shutdown.deadline',
    of: 'A graceful shutdown',
    happens: 'what is left is cut off, logged',
    code: 'SERVER_SHUTDOWN',
  },
  {
    constant: 'LAME_DUCK_MS',
    key: 'lame_duck.duration',
    of: 'The time over which a lame duck closes its connections',
    happens: 'all are closed by then',
    code: 'SERVER_SHUTDOWN',
  },
  {
    constant: 'LAME_DUCK_GRACE_MS',
    key: 'lame_duck.grace_period',
    of: 'The time before it closes the first',
    happens: 'it begins',
    code: 'SERVER_SHUTDOWN',
  },
  {
    constant: 'MAX_INCLUDE_DEPTH',
    of: 'Files of a configuration that include one another',
    happens: 'no start',
  },
  { constant: 'MAX_INCLUDES', of: 'Includes of a configuration in all', happens: 'no start' },
  { constant: 'MAX_CONFIG_BYTES', of: 'A configuration with all it includes', happens: 'no start' },
];

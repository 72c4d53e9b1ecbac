import type { ErrorCode } from './errors.js';

/** Why a connection ended: an error of the one table, or one of the ordinary ways. */
export type CloseReason =
  | ErrorCode
  | 'QUIT'
  | 'PEER_CLOSED'
  | 'PEER_ERROR'
  | 'WIRE_ERROR'
  | 'USER_MOVED'
  | 'KICKED';

/** What the log says of a login to an account that has no connection left; nats-server's words. */
export const ACCOUNT_IS_FULL = 'maximum account active connections exceeded';

/** What nats-server calls the ways in which connections end. */
const WORDS: Readonly<Partial<Record<CloseReason, string>>> = {
  QUIT: 'Client Closed',
  PEER_CLOSED: 'Client Closed',
  USER_MOVED: 'Client Closed',
  KICKED: 'Kicked',
  PEER_ERROR: 'Parse Error',
  WIRE_ERROR: 'Read Error',
  UNKNOWN_OPERATION: 'Protocol Violation',
  PARSER_ERROR: 'Protocol Violation',
  HTTP_REQUEST: 'Protocol Violation',
  OTHER_PROTOCOL: 'Protocol Violation',
  HEADERS_NOT_SUPPORTED: 'Protocol Violation',
  TOO_MANY_ERRORS: 'Protocol Violation',
  INVALID_CLIENT_PROTOCOL: 'Bad Client Protocol Version',
  NO_RESPONDERS_NEEDS_HEADERS: 'No Responders Requires Headers',
  MAX_CONTROL_LINE: 'Maximum Control Line Exceeded',
  LINE_TOO_LONG: 'Maximum Control Line Exceeded',
  MAX_PAYLOAD: 'Maximum Message Payload Exceeded',
  MAX_HEADER: 'Maximum Message Payload Exceeded',
  MAX_CONNECTIONS: 'Maximum Connections Exceeded',
  MAX_CONNECTIONS_PER_ADDRESS: 'Maximum Connections Exceeded',
  ACCEPT_RATE: 'Maximum Connections Exceeded',
  TLS_HANDSHAKE_RATE: 'Maximum Connections Exceeded',
  AUTHORIZATION_VIOLATION: 'Authentication Failure',
  AUTHENTICATION_TIMEOUT: 'Authentication Timeout',
  TLS_HANDSHAKE: 'TLS Handshake Failure',
  USER_EXPIRED: 'Authentication Expired',
  ACCOUNT_EXPIRED: 'Authentication Expired',
  MAX_ACCOUNT_CONNECTIONS: 'Maximum Account Connections Exceeded',
  MAX_LINK_SUBSCRIPTIONS: 'Maximum Subscriptions Exceeded',
  LEAF_LOOP: 'Leaf Node Loop Detected',
  LEAF_REFUSED: 'Leaf Node Refused',
  STALE_CONNECTION: 'Stale Connection',
  IDLE_TIMEOUT: 'Stale Connection',
  SERVER_SHUTDOWN: 'Server Shutdown',
  INTERNAL: 'Internal Error',
};

const UNKNOWN = 'Unknown State';
const [PENDING_BYTES, WRITE_DEADLINE] = ['Slow Consumer (Pending Bytes)', 'Slow Consumer (Write Deadline)'];

/** Every text that `closeReasonText` has. */
export const REASON_TEXTS: ReadonlySet<string> = new Set([
  ...Object.values(WORDS),
  PENDING_BYTES,
  WRITE_DEADLINE,
  UNKNOWN,
]);

/**
 * Why a connection closed, in nats-server's words.
 *
 * @param pendingBytes what it had not taken then; tells the two kinds of slow consumer apart
 */
export function closeReasonText(reason: CloseReason, pendingBytes: number, maxPendingBytes: number): string {
  if (reason === 'SLOW_CONSUMER') return pendingBytes > maxPendingBytes ? PENDING_BYTES : WRITE_DEADLINE;
  return WORDS[reason] ?? UNKNOWN;
}

import type { CloseReason } from '../../domain/close-reason.js';

/** Status codes of close frames that are sent here. https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  noStatus: 1005,
  invalidPayload: 1007,
  policyViolation: 1008,
  tooBig: 1009,
  internalError: 1011,
  tlsHandshake: 1015,
} as const;

/** What each reason is on a WebSocket, as nats-server has it; `policyViolation` where it is not here. */
const CODES: Readonly<Partial<Record<CloseReason, number>>> = {
  QUIT: CLOSE.normal,
  PEER_CLOSED: CLOSE.normal,
  USER_MOVED: CLOSE.normal,
  SERVER_SHUTDOWN: CLOSE.goingAway,
  STALE_CONNECTION: CLOSE.goingAway,
  IDLE_TIMEOUT: CLOSE.goingAway,
  WIRE_ERROR: CLOSE.goingAway,
  PEER_ERROR: CLOSE.protocolError,
  UNKNOWN_OPERATION: CLOSE.protocolError,
  PARSER_ERROR: CLOSE.protocolError,
  HTTP_REQUEST: CLOSE.protocolError,
  OTHER_PROTOCOL: CLOSE.protocolError,
  HEADERS_NOT_SUPPORTED: CLOSE.protocolError,
  INVALID_CLIENT_PROTOCOL: CLOSE.protocolError,
  MAX_PAYLOAD: CLOSE.tooBig,
  MAX_HEADER: CLOSE.tooBig,
  NO_RESPONDERS_NEEDS_HEADERS: CLOSE.internalError,
  INTERNAL: CLOSE.internalError,
};

/** The status code that tells a peer why its connection closes. */
export function closeCodeOf(reason: CloseReason | undefined): number {
  if (reason === undefined) return CLOSE.normal;
  return CODES[reason] ?? CLOSE.policyViolation;
}

/** First code that a program may use, and those above the last one that there may be. */
const FIRST_CODE = 1000;
const CODES_END = 5000;
/** Codes from here to 2999 are reserved for later versions of the protocol. */
const FIRST_RESERVED = 1016;
const FIRST_REGISTERED = 3000;
/** Codes that mean something without a frame, and so are never in one. */
const NEVER_SENT: ReadonlySet<number> = new Set([1004, CLOSE.noStatus, 1006, CLOSE.tlsHandshake]);

/** Whether a close frame of a peer may have that code. */
export function isCloseCode(code: number): boolean {
  if (code < FIRST_CODE || code >= CODES_END || NEVER_SENT.has(code)) return false;
  return code < FIRST_RESERVED || code >= FIRST_REGISTERED;
}

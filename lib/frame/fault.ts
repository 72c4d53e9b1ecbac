import type { ErrorCode } from '../domain/errors.js';

/** What a peer did wrong, travelling in band as the last command of what was good before it. */
export interface Fault {
  readonly op: 'FAULT';
  /** A key of ERRORS. */
  readonly code: ErrorCode;
}

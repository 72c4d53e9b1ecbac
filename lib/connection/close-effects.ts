import type { CloseReason } from '../domain/close-reason.js';
import type { DropReason } from '../domain/drops.js';

/** Reasons after which there is no point in flushing: the peer takes nothing any more. */
export const ABRUPT: ReadonlySet<CloseReason> = new Set(['SLOW_CONSUMER', 'WIRE_ERROR']);

/** What pending messages are counted under when they are lost with the connection; `closed` where it is not here. */
export const LOSSES: Readonly<Partial<Record<CloseReason, DropReason>>> = {
  SLOW_CONSUMER: 'slow_consumer',
  SERVER_SHUTDOWN: 'shutdown',
};

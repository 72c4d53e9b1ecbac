import type { Account } from '../../routing/account.js';
import { ApiError } from '../api/errors.js';
import type { CopiedStream } from '../consumer/stream-side.js';
import { type Admitted, admitCopy, type Incoming, type IngestState } from '../ingest.js';
import { type Instant, isBefore, laterThan } from '../instant.js';
import type { JetStreamTools } from '../stream-host.js';

/** A stream that messages of others are copied to. */
export interface CopyingStream extends IngestState {
  readonly host: {
    readonly tools: JetStreamTools;
    readonly account: Account;
    /** A stream of the account that messages are copied from; undefined: there is none now. */
    origin(name: string): CopiedStream | undefined;
  };
  /** Removes all messages below `sequence`, which the next message has at least; its consumers are told by `purged`. */
  truncateFront(sequence: number): void;
  purged(): void;
  /** Stores a copy. @param at not before what was stored last */
  storeCopy(message: Incoming, admitted: Admitted, at: Instant): ApiError | undefined;
}

/** Where a copy begins in the stream that it is made from. */
export interface CopyStart {
  readonly deliver_policy: 'all' | 'by_start_sequence' | 'by_start_time';
  readonly opt_start_seq?: number;
  readonly opt_start_time?: string;
}

/**
 * Stores a message of the stream that `stream` mirrors, under the same sequence and with the same time. Returns what refuses it.
 */
export function storeMirrored(
  stream: CopyingStream,
  message: Incoming,
  sequence: number,
  at: Instant,
): ApiError | undefined {
  const { store, config } = stream;
  const { lastSequence, lastAt } = store.state;
  const admitted = admitCopy(config, message);
  if (admitted instanceof ApiError) return admitted;
  if (store.fault !== undefined) return new ApiError('STREAM_STORE_FAILED', store.fault);
  // The stream may be another one than before: its times may be earlier.
  const time = lastAt === undefined || isBefore(lastAt, at) ? at : lastAt;
  if (sequence > lastSequence + 1) store.skip(sequence - lastSequence - 1, time);
  return stream.storeCopy(message, admitted, time);
}

/** Stores a message of a stream that `stream` is made from, unless it has one with that id. Returns what refuses it. */
export function storeSourced(stream: CopyingStream, message: Incoming): ApiError | undefined {
  const { store, config, dedupe, host } = stream;
  const admitted = admitCopy(config, message);
  if (admitted instanceof ApiError) return admitted;
  const now = host.tools.clock.now();
  if (admitted.id !== '' && dedupe.find(admitted.id, now.ms) !== undefined) return undefined;
  return stream.storeCopy(message, admitted, laterThan(store.state.lastAt, now));
}

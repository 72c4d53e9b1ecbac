import type { ApiError } from '../api/errors.js';
import type { CopiedStream } from '../consumer/stream-side.js';
import type { Incoming } from '../ingest.js';
import type { Instant } from '../instant.js';
import type { StreamConfig } from '../settings/stream-config.js';
import type { Store } from '../store/store.js';
import type { JetStreamTools } from '../stream-host.js';

/** The stream that messages of others are copied to. */
export interface CopyTarget {
  readonly config: StreamConfig;
  readonly store: Store;
  readonly host: {
    readonly tools: JetStreamTools;
    /** A stream of the account that messages are copied from; undefined: there is none now. */
    origin(name: string): CopiedStream | undefined;
  };
  /** Removes all messages below `sequence`, which the next message has at least; its consumers are told by `purged`. */
  truncateFront(sequence: number): void;
  purged(): void;
  /** Stores a message of the stream that it mirrors, under the same sequence and with the same time. */
  storeMirrored(message: Incoming, sequence: number, at: Instant): ApiError | undefined;
  /** Stores a message of a stream that it is made from, unless it has one with that id. */
  storeSourced(message: Incoming): ApiError | undefined;
}

/** Where a copy begins in the stream that it is made from. */
export interface CopyStart {
  readonly deliver_policy: 'all' | 'by_start_sequence' | 'by_start_time';
  readonly opt_start_seq?: number;
  readonly opt_start_time?: string;
}

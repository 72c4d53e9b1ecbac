import type { Steps } from '../../domain/steps.js';
import type { Account } from '../../routing/account.js';
import type { Store, SubjectFilter } from '../store/store.js';
import type { StreamChanges } from './stream-changes.js';

/** A stream as its consumers see it. */
export interface ConsumedStream {
  readonly name: string;
  readonly account: Account;
  readonly store: Store;
  /** Subjects it takes; those of a mirror or of sources may be none. */
  readonly subjects: readonly string[];
  readonly retention: 'limits' | 'interest' | 'workqueue';
  /** What has become of its messages. */
  readonly changes: StreamChanges;
  /** A consumer has no more need of a message: retention may let go of it. */
  settled(consumer: StreamConsumer, sequence: number): void;
  /** A consumer has gone, or takes other subjects: retention looks at everything again. */
  interestChanged(consumer: StreamConsumer): void;
}

/** A consumer as its stream sees it. */
export interface StreamConsumer {
  readonly name: string;
  /** Whether it counts as a consumer of its stream: one that copies it for another stream does not. */
  readonly isListed: boolean;
  readonly filter: SubjectFilter;
  /** Whether it may still need message `sequence`, which is on `subject`: it is yet to be delivered, or acknowledged. */
  needs(sequence: number, subject: string): boolean;
  /** Something has changed, or is committed: it takes in what that is. Returns how many changes it has taken in. */
  notified(): number;
  /** It ends: the stream was deleted, or the server shuts down. It delivers nothing from the first step on. */
  stop(reason: 'stream deleted' | 'consumer deleted' | 'shutdown'): Steps<void>;
}

/** Consumers by their names. */
export interface ConsumersByName extends Map<string, StreamConsumer> {
  /** How many of them count as consumers of the stream. */
  readonly listed: number;
}

/** A stream that others copy. */
export interface CopiedStream extends ConsumerStream {
  /** Another one for each stream that is made, whatever its name. */
  readonly identity: string;
}

/** The streams that consumers are in. */
export interface ConsumerStream extends ConsumedStream {
  readonly consumers: ConsumersByName;
  readonly config: { readonly max_msgs_per_subject: number; readonly max_msg_size: number };
}

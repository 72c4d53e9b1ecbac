import type { Steps } from '../../domain/steps.js';
import type { Instant } from '../instant.js';

/** A message of a stream. */
export interface StoredMessage {
  readonly sequence: number;
  readonly at: Instant;
  readonly subject: string;
  /** Header block and payload. Nothing changes these bytes afterwards; they may be kept. */
  readonly body: Buffer;
  /** Size in bytes of the header block in front of the payload; 0: there is none. */
  readonly headerBytes: number;
}

/** What a stream has of one subject. */
export interface SubjectState {
  readonly messages: number;
  /** Sequences of its oldest and its newest message. */
  readonly first: number;
  readonly last: number;
}

export interface StoreState {
  readonly messages: number;
  /** Their sizes as `Store.sizeOf` has them, added up. */
  readonly bytes: number;
  /** Sequence of the oldest message; without one: the next sequence there will be, and 0 before there was any. */
  readonly firstSequence: number;
  /** Undefined: there is no message. */
  readonly firstAt: Instant | undefined;
  /** The last sequence that was used, whether or not its message is still there; 0: none. */
  readonly lastSequence: number;
  readonly lastAt: Instant | undefined;
  /** How many subjects it has messages of. */
  readonly subjects: number;
}

/** Which subjects: some with or without wildcards; none: all. No two of them overlap. */
export type SubjectFilter = readonly string[];

/** Is told what becomes of what was appended. */
export interface StoreListener {
  /** All up to `sequence` will survive what the store promises to survive. May be called within `append`. */
  committed(sequence: number): void;
  /** What was appended from `sequence` on is lost, and the store has forgotten it; nothing more is taken until `recovered`. */
  failed(sequence: number, reason: string): void;
  /** It takes messages again. */
  recovered(): void;
}

/**
 * The messages of one stream, by sequence. It has no rules of its own: which message goes, and when, its stream decides.
 * All calls are synchronous and in the order of the core; what is appended can be read at once, and is acknowledged to its
 * publisher and delivered to consumers once it is committed.
 */
export interface Store {
  readonly state: StoreState;
  /** All up to this sequence is committed. */
  readonly committed: number;
  /** What keeps it from taking messages, in words; undefined: nothing does. */
  readonly fault: string | undefined;

  /** Size of a message as limits and states count it: its subject and body and what the store adds. */
  sizeOf(subject: string, body: Buffer, headerBytes: number): number;
  /**
   * Stores a message under the next sequence, and returns that. Copies `body`.
   * @param at not before that of the last message
   * @throws Error while there is a `fault`
   */
  append(subject: string, body: Buffer, headerBytes: number, at: Instant): number;
  /** Uses up the next `count` sequences without a message. */
  skip(count: number, at: Instant): void;
  /** Whether there is a message under that sequence. */
  has(sequence: number): boolean;
  /** Undefined: there is none under that sequence. */
  get(sequence: number): StoredMessage | undefined;
  /**
   * The first message from sequence `from` on whose subject is in `filter`. Looks at `limit` messages at most, at fewer where the
   * filter has many patterns.
   * @returns undefined: there is none up to the end; a number: none below this sequence, from which the search goes on
   */
  next(filter: SubjectFilter, from: number, limit: number): StoredMessage | number | undefined;
  /** The last message with a sequence below `before` on exactly that subject. */
  lastBefore(subject: string, before: number): StoredMessage | undefined;
  /** What there is of exactly that subject; undefined: nothing. */
  subject(subject: string): SubjectState | undefined;
  /**
   * All subjects in `filter` that there are messages of, each once, in no particular order. One whose messages go during its last
   * steps may be among them, with none.
   * @param most how many at most; default: all
   */
  subjects(filter: SubjectFilter, most?: number): Steps<ReadonlyMap<string, SubjectState>>;
  /** How many messages with sequences from `from` to `to`, both included, are in `filter`, as things were at its last step. */
  count(filter: SubjectFilter, from: number, to: number): Steps<number>;
  /** The first sequence whose message is not older than `at`; that after the last one where all are. */
  sequenceAt(at: Instant): number;
  /**
   * Removes one message.
   * @param erase overwrite its bytes where they are kept
   * @returns what it was, without its body; undefined: there was none
   */
  remove(sequence: number, erase: boolean): Pick<StoredMessage, 'sequence' | 'subject'> | undefined;
  /** Removes all messages below `sequence`, at once; where there is none from it on, the next sequence is `sequence` at least. */
  truncateFront(sequence: number): void;

  /** Calls back for what happens from now on. There is one listener: the stream. */
  listen(listener: StoreListener): void;
  /** Writes what there is to write, and lets go of files. */
  close(): Promise<void>;
}

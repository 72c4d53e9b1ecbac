import type { CommandBatch } from '../frame/command.js';
import { ApiError } from './api/errors.js';
import type { Dedupe } from './dedupe.js';
import { unexpectedSequence } from './expected-sequence.js';
import { headerOf, withoutHeader } from './headers.js';
import { leastTtl, ttlIn, withTtl } from './message-ttl.js';
import type { Renaming } from './renaming.js';
import type { SearchBudget } from './search-budget.js';
import type { StreamConfig } from './settings/stream-config.js';
import type { Store } from './store/store.js';

const NATS = Buffer.from('\nNats-');
const EXPECTED_STREAM = Buffer.from('Nats-Expected-Stream');
const EXPECTED_ID = Buffer.from('Nats-Expected-Last-Msg-Id');
const ID = Buffer.from('Nats-Msg-Id');
const REQUEST_INFO = Buffer.from('Nats-Request-Info');
const ROLLUP = Buffer.from('Nats-Rollup');
/** Largest header block of a stored message, in bytes. */
const MAX_HEADER_BYTES = 65_535;

/** A message that a stream is given. */
export interface Incoming {
  readonly subject: string;
  /** Header block and payload. */
  readonly body: Buffer;
  readonly headerBytes: number;
}

/** What a stream does with a message by its headers. */
export interface Admitted {
  /** Empty: it has none. */
  readonly id: string;
  /** What it takes the place of: messages on its subject, or all. */
  readonly rollup: 'sub' | 'all' | undefined;
  /** In seconds. 0: none; below: it never expires; NaN: what it says is no TTL. */
  readonly ttl: number;
  /** It takes the place of a message that expires: limits do not refuse it. */
  readonly isMarker?: true;
}

/** What goes without headers that the stream goes by. */
const PLAIN: Admitted = { id: '', rollup: undefined, ttl: 0 };

/** A message of a batch as a stream stores it. */
export function incoming(batch: CommandBatch, row: number, renaming: Renaming | undefined): Incoming {
  const own = batch.subject(row);
  const subject = renaming?.apply(own) ?? own;
  const body = batch.body(row);
  const headerBytes = batch.headerBytes(row);
  if (headerBytes === 0) return { subject, body, headerBytes };
  const block = body.subarray(0, headerBytes);
  // What a request from another account says of itself is not part of the message.
  const kept = withoutHeader(block, REQUEST_INFO);
  if (kept === block) return { subject, body, headerBytes };
  const rest = body.subarray(headerBytes);
  return {
    subject,
    body: kept === undefined ? rest : Buffer.concat([kept, rest]),
    headerBytes: kept?.length ?? 0,
  };
}

/** What a stream checks messages by. */
export interface IngestState {
  readonly config: StreamConfig;
  readonly store: Store;
  readonly dedupe: Dedupe;
  readonly searches: SearchBudget;
}

/**
 * Checks a message against the configuration of its stream and what its own headers expect, in nats-server's order. Returns
 * what refuses it, or the sequence under which it was stored before.
 */
export function admit(state: IngestState, message: Incoming, now: number): Admitted | ApiError | number {
  const { config } = state;
  const { body, headerBytes } = message;
  if (config.sealed) return new ApiError('STREAM_SEALED');
  let admitted: Admitted | ApiError | number = PLAIN;
  if (headerBytes > 0) {
    const block = body.subarray(0, headerBytes);
    if (block.includes(NATS)) admitted = byHeaders(state, message, block, now);
    if (admitted instanceof ApiError || typeof admitted === 'number') return admitted;
  }
  return tooLarge(config, message) ?? admitted;
}

/**
 * Checks a copy of a message that another stream has stored: of its headers only those count that say what is done with it
 * once it is stored. Returns what refuses it.
 */
export function admitCopy(config: StreamConfig, message: Incoming): Admitted | ApiError {
  if (config.sealed) return new ApiError('STREAM_SEALED');
  const refusal = tooLarge(config, message);
  if (refusal !== undefined) return refusal;
  const { body, headerBytes } = message;
  const block = body.subarray(0, headerBytes);
  if (headerBytes === 0 || !block.includes(NATS)) return PLAIN;
  const rollup = config.allow_rollup_hdrs ? headerOf(block, ROLLUP)?.toLowerCase() : undefined;
  return {
    id: headerOf(block, ID) ?? '',
    ttl: config.allow_msg_ttl ? ttlIn(block) : 0,
    rollup: rollup === 'sub' || rollup === 'all' ? rollup : undefined,
  };
}

function tooLarge(
  { max_msg_size: most }: StreamConfig,
  { body, headerBytes }: Incoming,
): ApiError | undefined {
  if (most >= 0 && body.length > most) return new ApiError('STREAM_MESSAGE_EXCEEDS_MAXIMUM');
  return headerBytes > MAX_HEADER_BYTES ? new ApiError('STREAM_HEADER_EXCEEDS_MAXIMUM') : undefined;
}

function byHeaders(
  state: IngestState,
  message: Incoming,
  block: Buffer,
  now: number,
): Admitted | ApiError | number {
  const { config, dedupe } = state;
  const stream = headerOf(block, EXPECTED_STREAM);
  if (stream !== undefined && stream !== '' && stream !== config.name)
    return new ApiError('STREAM_NOT_MATCH');
  const ttl = ttlIn(block);
  if (!config.allow_msg_ttl && !Number.isNaN(ttl) && ttl !== 0) return new ApiError('MESSAGE_TTL_DISABLED');
  const unexpected = unexpectedSequence(state, message.subject, block);
  if (unexpected !== undefined) return unexpected;
  const id = headerOf(block, ID) ?? '';
  const known = id === '' ? undefined : dedupe.find(id, now);
  if (known !== undefined) return known;
  const lastId = headerOf(block, EXPECTED_ID);
  if (lastId !== undefined && lastId !== '' && lastId !== dedupe.lastId)
    return new ApiError('STREAM_WRONG_LAST_MSG_ID', dedupe.lastId);
  const given = headerOf(block, ROLLUP);
  if (given === undefined || given === '') return { id, ttl, rollup: undefined };
  if (!config.allow_rollup_hdrs || config.deny_purge)
    return new ApiError('STREAM_ROLLUP_FAILED', 'rollup not permitted');
  const rollup = given.toLowerCase();
  if (rollup !== 'sub' && rollup !== 'all')
    return new ApiError('STREAM_ROLLUP_FAILED', `rollup value invalid: ${JSON.stringify(rollup)}`);
  return { id, ttl, rollup };
}

/** A message with the TTL that it gets: its own, or the least of its stream where that is longer. */
export function withLeastTtl(
  config: StreamConfig,
  message: Incoming,
  { ttl }: Admitted,
): { readonly message: Incoming; readonly ttl: number } {
  const least = ttl > 0 ? leastTtl(config) : 0;
  return least > 0 && ttl < least ? { message: withTtl(message, least), ttl: least } : { message, ttl };
}

/** Why a full stream that keeps what it has may not take a message of `bytes`; undefined: it may. */
export function overLimit(
  { config, store }: IngestState,
  subject: string,
  bytes: number,
): ApiError | undefined {
  if (config.discard !== 'new') return undefined;
  const { max_msgs, max_bytes, max_msgs_per_subject, discard_new_per_subject } = config;
  const onSubject = max_msgs_per_subject > 0 ? store.subject(subject) : undefined;
  const replaces = onSubject !== undefined && onSubject.messages >= max_msgs_per_subject;
  if (replaces && discard_new_per_subject === true)
    return new ApiError('STREAM_STORE_FAILED', 'maximum messages per subject exceeded');
  const { state } = store;
  if (max_msgs > 0 && state.messages >= max_msgs && !replaces)
    return new ApiError('STREAM_STORE_FAILED', 'maximum messages exceeded');
  if (max_bytes <= 0 || state.bytes + bytes <= max_bytes) return undefined;
  // The oldest message of its subject goes: that may make enough room.
  const oldest = replaces ? store.get(onSubject.first) : undefined;
  const room = oldest === undefined ? 0 : store.sizeOf(oldest.subject, oldest.body, oldest.headerBytes);
  return room < bytes ? new ApiError('STREAM_STORE_FAILED', 'maximum bytes exceeded') : undefined;
}

import type { JetStreamAccountLimits } from '../domain/jetstream-account-limits.js';
import { ApiError } from './api/errors.js';
import type { StreamConfig } from './settings/stream-config.js';

/** Where messages are kept, as configurations name it. */
export type StorageKind = 'file' | 'memory';

/** Bytes in use, or reserved by `max_bytes` of streams, in each kind of storage. */
export class Usage {
  memory = 0;
  file = 0;

  add(kind: StorageKind, bytes: number): void {
    this[kind] += bytes;
  }
}

/** What the whole server may keep, and does. */
export interface ServerUsage {
  /** Bytes; -1: any number. */
  readonly maxMemory: number;
  readonly maxFile: number;
  readonly used: Usage;
  readonly reserved: Usage;
}

/** Most bytes that an account, or the server, may have of one kind. */
export function mostOf(
  limits: { readonly maxMemory: number; readonly maxFile: number },
  kind: StorageKind,
): number {
  return kind === 'memory' ? limits.maxMemory : limits.maxFile;
}

/**
 * Checks what a configuration asks for against the limits.
 * @param reserved what other streams of the account have reserved
 * @param before `max_bytes` that the stream has reserved already
 * @throws ApiError
 */
export function checkReservation(
  config: StreamConfig,
  limits: JetStreamAccountLimits,
  server: ServerUsage,
  reserved: Usage,
  before: number,
): void {
  const { storage, max_bytes } = config;
  if (limits.maxBytesRequired && max_bytes <= 0) throw new ApiError('STREAM_MAX_BYTES_REQUIRED');
  const most = storage === 'memory' ? limits.memoryMaxStreamBytes : limits.fileMaxStreamBytes;
  if (most > 0 && max_bytes > most) throw new ApiError('STREAM_MAX_STREAM_BYTES_EXCEEDED');
  if (config.max_consumers > 0 && limits.maxConsumers > 0 && config.max_consumers > limits.maxConsumers)
    throw new ApiError('MAXIMUM_CONSUMERS_LIMIT');
  const more = Math.max(0, max_bytes) - before;
  if (more <= 0) return;
  const ofAccount = mostOf(limits, storage);
  const ofServer = mostOf(server, storage);
  const isOver =
    (ofAccount >= 0 && reserved[storage] + more > ofAccount) ||
    (ofServer >= 0 && server.reserved[storage] + more > ofServer);
  if (isOver)
    throw new ApiError(storage === 'memory' ? 'MEMORY_RESOURCES_EXCEEDED' : 'STORAGE_RESOURCES_EXCEEDED');
}

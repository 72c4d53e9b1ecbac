import { ApiError, invalidConfig } from '../api/errors.js';
import { isSame } from './same.js';
import type { StreamConfig } from './stream-config.js';

/**
 * What a stream goes by after an update: `next`, which has been checked by itself.
 * @throws ApiError where a stream may not become that
 */
export function checkUpdate(previous: StreamConfig, next: StreamConfig): StreamConfig {
  const refuse = (what: string) => invalidConfig(`stream configuration update can not ${what}`);
  if (next.max_consumers !== previous.max_consumers) throw refuse('change MaxConsumers');
  if (next.storage !== previous.storage) throw refuse('change storage type');
  const { retention } = previous;
  if (next.retention !== retention && (retention === 'workqueue' || next.retention === 'workqueue'))
    throw refuse('change retention policy to/from workqueue');
  if (previous.sealed && !next.sealed) throw refuse('unseal a sealed stream');
  if (previous.deny_delete && !next.deny_delete) throw refuse('cancel deny message deletes');
  if (previous.deny_purge && !next.deny_purge) throw refuse('cancel deny purge');
  if (previous.allow_msg_ttl && !next.allow_msg_ttl)
    throw invalidConfig('message TTL status can not be disabled');
  // Without it the stream is a mirror no longer.
  if (next.mirror !== undefined && !isSame(previous.mirror, next.mirror))
    throw new ApiError('STREAM_MIRROR_NOT_UPDATABLE');
  const first = previous.first_seq;
  const kept = { ...next, ...(first === undefined ? {} : { first_seq: first }) };
  if (!next.sealed) return kept;
  return {
    ...kept,
    max_age: 0,
    discard: 'new',
    deny_delete: true,
    deny_purge: true,
    allow_rollup_hdrs: false,
  };
}

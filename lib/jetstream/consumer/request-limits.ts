import { durationText } from '../duration.js';
import type { ConsumerConfig } from '../settings/consumer-config.js';
import type { PullRequest } from './pull-request.js';

const NS_PER_MS = 1e6;

/** The status of a request that the limits of a consumer's configuration refuse; undefined: they do not. */
export function refusalOf(
  { batch, expiresMs, maxBytes }: PullRequest,
  { max_batch = 0, max_expires = 0, max_bytes = 0 }: ConsumerConfig,
): readonly [code: number, text: string] | undefined {
  if (max_batch > 0 && batch > max_batch) return [409, `Exceeded MaxRequestBatch of ${max_batch}`];
  if (max_expires > 0 && expiresMs * NS_PER_MS > max_expires)
    return [409, `Exceeded MaxRequestExpires of ${durationText(max_expires)}`];
  if (max_bytes > 0 && maxBytes > max_bytes) return [409, `Exceeded MaxRequestMaxBytes of ${max_bytes}`];
  return undefined;
}

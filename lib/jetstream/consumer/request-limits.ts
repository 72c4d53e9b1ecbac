import { durationText } from '../duration.js';
import type { ConsumerConfig } from '../settings/consumer-config.js';
import type { PullRequest } from './pull-request.js';

const NS_PER_MS = 1e6;

/** Why a consumer does not take a request, by the limits of its configuration; undefined: it does. */
export function refusalOf(
  { batch, expiresMs, maxBytes }: PullRequest,
  { max_batch = 0, max_expires = 0, max_bytes = 0 }: ConsumerConfig,
): string | undefined {
  if (max_batch > 0 && batch > max_batch) return `Exceeded MaxRequestBatch of ${max_batch}`;
  if (max_expires > 0 && expiresMs * NS_PER_MS > max_expires)
    return `Exceeded MaxRequestExpires of ${durationText(max_expires)}`;
  if (max_bytes > 0 && maxBytes > max_bytes) return `Exceeded MaxRequestMaxBytes of ${max_bytes}`;
  return undefined;
}

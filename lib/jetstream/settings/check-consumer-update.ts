import { ApiError } from '../api/errors.js';
import type { ConsumerConfig } from './consumer-config.js';
import { isSame } from './same.js';

/** What may not change, and how that is said. */
const FIXED: readonly (readonly [name: keyof ConsumerConfig, text: string])[] = [
  ['deliver_policy', 'deliver policy'],
  ['mem_storage', 'storage type'],
  ['direct', 'direct'],
  ['opt_start_seq', 'start sequence'],
  ['opt_start_time', 'start time'],
  ['ack_policy', 'ack policy'],
  ['replay_policy', 'replay policy'],
  ['idle_heartbeat', 'heart beats'],
  ['flow_control', 'flow control'],
];

/**
 * Whether a consumer may have another configuration, as nats-server has it.
 * @param isBound whether the subject that it delivers to has a receiver
 * @throws ApiError
 */
export function checkConsumerUpdate(from: ConsumerConfig, to: ConsumerConfig, isBound: () => boolean): void {
  if (isSame(from, to)) return;
  for (const [name, text] of FIXED) if (from[name] !== to[name]) throw refused(`${text} can not be updated`);
  if (from.deliver_subject !== to.deliver_subject) {
    if (from.deliver_subject === undefined) throw refused('can not update pull consumer to push based');
    if (to.deliver_subject === undefined) throw refused('can not update push consumer to pull based');
    if (isBound()) throw new ApiError('CONSUMER_NAME_EXIST');
  }
  if (from.max_waiting !== to.max_waiting) throw refused('max waiting can not be updated');
}

function refused(reason: string): ApiError {
  return new ApiError('CONSUMER_CREATE', reason);
}

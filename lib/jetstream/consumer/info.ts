import { withLevel } from '../api-level.js';
import { type Instant, timeText } from '../instant.js';
import type { ConsumerConfig } from '../settings/consumer-config.js';
import type { Consumer } from './consumer.js';
import type { Position } from './pending.js';

const NS_PER_MS = 1e6;

/** A consumer as answers have it. @param at now */
export function consumerInfo(consumer: Consumer, at: Instant): object {
  const { stream, name, created, config, pending, cursor, pulls, push, schedule } = consumer;
  consumer.catchUp();
  pulls?.sweepRateLimited();
  return {
    stream_name: stream.name,
    name,
    created: timeText(created),
    config: withLevel(config, levelOf(config)),
    delivered: shown(pending.delivered, consumer.deliveredAt),
    ack_floor: shown(pending.floor, consumer.acks.acknowledgedAt),
    num_ack_pending: pending.size,
    num_redelivered: config.max_deliver === 1 ? 0 : pending.redelivered,
    num_waiting: pulls?.size ?? 0,
    num_pending: cursor.pending,
    ...(push?.isActive === true ? { push_bound: true } : {}),
    ...(schedule.pauseMs > 0
      ? { paused: true, pause_remaining: Math.round(schedule.pauseMs * NS_PER_MS) }
      : {}),
    ...groupsOf(consumer),
    ts: timeText(at),
  };
}

/** The level that pauses and priority groups came with, where it has one of them. */
function levelOf({ pause_until, priority_policy, priority_groups = [] }: ConsumerConfig): number {
  return pause_until !== undefined || priority_policy !== undefined || priority_groups.length > 0 ? 1 : 0;
}

function groupsOf({ config, pulls }: Consumer): object {
  const [group] = config.priority_groups ?? [];
  if (group === undefined || pulls === undefined) return {};
  const { pin, pinnedAt } = pulls.priority;
  const pinned = pin === undefined ? {} : { pinned_client_id: pin };
  return { priority_groups: [{ group, ...pinned, pinned_ts: timeText(pinnedAt) }] };
}

function shown({ consumer, stream }: Position, at: Instant | undefined): object {
  return {
    consumer_seq: consumer,
    stream_seq: stream,
    ...(at === undefined ? {} : { last_active: timeText(at) }),
  };
}

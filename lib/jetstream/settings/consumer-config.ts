import type { Fields } from '../api/json.js';
import { keptMetadata } from '../api-level.js';

const DELIVER_POLICIES = [
  'all',
  'last',
  'new',
  'by_start_sequence',
  'by_start_time',
  'last_per_subject',
] as const;
const ACK_POLICIES = ['none', 'all', 'explicit'] as const;
const PRIORITY_POLICIES = ['none', 'overflow', 'pinned_client'] as const;
const REPLAY_POLICIES = ['instant', 'original'] as const;

/** Which message a consumer begins with. */
export type DeliverPolicy = (typeof DELIVER_POLICIES)[number];
/** Which messages a consumer waits for acknowledgements of: none, each, or those up to one that is acknowledged. */
export type AckPolicy = (typeof ACK_POLICIES)[number];

/**
 * A consumer's configuration with all defaults, as the API has it: in its words, times in nanoseconds; what is absent is 0, false
 * or empty. The order of the properties is that of answers.
 * https://docs.nats.io/nats-concepts/jetstream/consumers#configuration
 */
export interface ConsumerConfig {
  readonly durable_name?: string;
  readonly name?: string;
  readonly description?: string;
  readonly deliver_policy: DeliverPolicy;
  readonly opt_start_seq?: number;
  readonly opt_start_time?: string;
  readonly ack_policy: AckPolicy;
  readonly ack_wait?: number;
  readonly max_deliver?: number;
  readonly backoff?: readonly number[];
  readonly filter_subject?: string;
  readonly filter_subjects?: readonly string[];
  readonly replay_policy: (typeof REPLAY_POLICIES)[number];
  readonly rate_limit_bps?: number;
  readonly sample_freq?: string;
  readonly max_waiting?: number;
  readonly max_ack_pending?: number;
  readonly flow_control?: boolean;
  readonly headers_only?: boolean;
  readonly max_batch?: number;
  readonly max_expires?: number;
  readonly max_bytes?: number;
  readonly deliver_subject?: string;
  readonly deliver_group?: string;
  readonly idle_heartbeat?: number;
  readonly inactive_threshold?: number;
  readonly num_replicas: number;
  readonly mem_storage?: boolean;
  readonly direct?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly pause_until?: string;
  readonly priority_groups?: readonly string[];
  readonly priority_policy?: (typeof PRIORITY_POLICIES)[number];
  readonly priority_timeout?: number;
}

/** A configuration as it is read and changed: whatever is absent is undefined. */
export type GivenConsumerConfig = {
  -readonly [Name in keyof ConsumerConfig]: ConsumerConfig[Name] | undefined;
};

/**
 * Reads what a request says of a consumer; fields that it does not know are left out.
 * @throws ApiError INVALID_JSON about a field of a wrong type
 */
export function readConsumerConfig(fields: Fields): GivenConsumerConfig {
  return {
    durable_name: fields.text('durable_name'),
    name: fields.text('name'),
    description: fields.text('description'),
    deliver_policy: fields.choice('deliver_policy', DELIVER_POLICIES) ?? 'all',
    opt_start_seq: fields.count('opt_start_seq'),
    opt_start_time: fields.time('opt_start_time'),
    ack_policy: fields.choice('ack_policy', ACK_POLICIES) ?? 'none',
    ack_wait: fields.integer('ack_wait'),
    max_deliver: fields.integer('max_deliver'),
    backoff: fields.integers('backoff'),
    filter_subject: fields.text('filter_subject'),
    filter_subjects: fields.texts('filter_subjects'),
    replay_policy: fields.choice('replay_policy', REPLAY_POLICIES) ?? 'instant',
    rate_limit_bps: fields.count('rate_limit_bps'),
    sample_freq: fields.text('sample_freq'),
    max_waiting: fields.integer('max_waiting'),
    max_ack_pending: fields.integer('max_ack_pending'),
    flow_control: fields.boolean('flow_control'),
    headers_only: fields.boolean('headers_only'),
    max_batch: fields.integer('max_batch'),
    max_expires: fields.integer('max_expires'),
    max_bytes: fields.integer('max_bytes'),
    deliver_subject: fields.text('deliver_subject'),
    deliver_group: fields.text('deliver_group'),
    idle_heartbeat: fields.integer('idle_heartbeat'),
    inactive_threshold: fields.integer('inactive_threshold'),
    num_replicas: fields.integer('num_replicas') ?? 0,
    mem_storage: fields.boolean('mem_storage'),
    direct: fields.boolean('direct'),
    metadata: keptMetadata(fields.record('metadata')),
    pause_until: fields.time('pause_until'),
    priority_groups: fields.texts('priority_groups'),
    priority_policy: fields.choice('priority_policy', PRIORITY_POLICIES),
    priority_timeout: fields.integer('priority_timeout'),
  };
}

/** A configuration as answers have it: without what is 0, false or empty. */
export function shownConsumerConfig(given: GivenConsumerConfig): ConsumerConfig {
  const entries = Object.entries(given).filter(([name, value]) => name === 'num_replicas' || !isZero(value));
  return Object.fromEntries(entries) as unknown as ConsumerConfig;
}

function isZero(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === '' || value === 0 || value === false;
}

/** Subjects that a consumer is to be given; none: all. */
export function filterOf({ filter_subject, filter_subjects }: ConsumerConfig): readonly string[] {
  return filter_subjects ?? (filter_subject === undefined ? [] : [filter_subject]);
}

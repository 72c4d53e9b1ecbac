import { MAX_JETSTREAM_FILTER_PLACES, MAX_JETSTREAM_SUBJECTS } from '../../domain/jetstream-limits.js';
import { isPlainSubject } from '../../domain/plain-subject.js';
import type { Steps } from '../../domain/steps.js';
import { covers, hasWildcard } from '../../domain/subject.js';
import { ApiError, invalidConfig } from '../api/errors.js';
import { parseTime } from '../instant.js';
import { PatternTrie } from '../pattern-trie.js';
import {
  type ConsumerConfig,
  filterOf,
  type GivenConsumerConfig,
  shownConsumerConfig,
} from './consumer-config.js';
import { MAX_NAME_LENGTH, overlapBudget, refusing } from './names.js';
import type { StreamConfig } from './stream-config.js';

const NS_PER_MS = 1e6;
/** Filters looked at between two steps. */
const STEP_FILTERS = 64;
const DEFAULT_MAX_WAITING = 512;
const DEFAULT_ACK_WAIT = 30_000 * NS_PER_MS;
const DEFAULT_MAX_ACK_PENDING = 1_000;
/** After how long without use a consumer without a durable name ends, in nanoseconds. */
export const DEFAULT_INACTIVE_THRESHOLD = 5_000 * NS_PER_MS;
const DEFAULT_PRIORITY_TIMEOUT = 120_000 * NS_PER_MS;
/** What priority groups may be called. */
export const GROUP_NAME = /^[a-zA-Z0-9/_=-]{1,16}$/;
const LEAST_HEARTBEAT = 100 * NS_PER_MS;
const MAX_DESCRIPTION_LENGTH = 4_096;
const MAX_METADATA_LENGTH = 128 * 1_024;
/** Where a negative number stands for none. */
const NOT_NEGATIVE = [
  'max_waiting',
  'max_batch',
  'max_expires',
  'max_bytes',
  'idle_heartbeat',
  'inactive_threshold',
  'priority_timeout',
] as const;
const BAD_NAME = /[\s.*>\\/]/;

/** What consumers are checked against beside their streams. */
export interface ConsumerRules {
  /** Most messages that may wait for acknowledgement, by the server and by the account; 0 or less: any number. */
  readonly maxAckPending: readonly number[];
  /** Most messages that one request may ask for; 0: any number. */
  readonly maxRequestBatch: number;
  /** Whether values that have to be replaced by others are refused. */
  readonly isPedantic: boolean;
  /** Whether a number of replicas above 1 is taken for 1. */
  readonly replicasAsOne: boolean;
}

/**
 * A configuration with its defaults, checked by itself and against that of its stream, in nats-server's order.
 * @throws ApiError
 */
export function* checkConsumer(
  given: GivenConsumerConfig,
  stream: StreamConfig,
  rules: ConsumerRules,
): Steps<ConsumerConfig> {
  if (rules.isPedantic) checkDefaults(given, stream, rules);
  const config = withDefaults(given, stream, rules);
  yield;
  checkNames(config);
  checkReplicas(config, stream);
  checkTimes(config);
  if (config.deliver_subject === undefined) checkPull(config, stream, rules);
  else checkPush(config, config.deliver_subject, stream);
  checkLimits(config, stream, rules);
  checkDirect(config);
  yield* checkFilters(given, config);
  checkStart(config);
  checkRest(config);
  checkPriority(given, config);
  return config;
}

/** What takes the place of a value that is too low, or missing, in the order in which that is looked at. */
function checkDefaults(
  given: GivenConsumerConfig,
  { consumer_limits: limits }: StreamConfig,
  { maxRequestBatch }: ConsumerRules,
): void {
  const refuse = (reason: string): ApiError => new ApiError('PEDANTIC', reason);
  if (number(given.max_deliver) < -1) throw refuse('max_deliver must be set to -1');
  if (number(given.max_ack_pending) < -1) throw refuse('max_ack_pending must be set to -1');
  for (const name of NOT_NEGATIVE) if (number(given[name]) < 0) throw refuse(`${name} must not be negative`);
  const [first] = given.backoff ?? [];
  if (first !== undefined && first !== given.ack_wait)
    throw refuse('first backoff value has to equal batch AckWait');
  for (const name of ['max_ack_pending', 'inactive_threshold'] as const)
    if (number(given[name]) === 0 && number(limits[name]) > 0)
      throw refuse(`${name} must be set if it's configured in stream limits`);
  if (text(given.deliver_subject) === '' && number(given.max_batch) === 0 && maxRequestBatch > 0)
    throw refuse("max_request_batch must be set if it's JetStream limits are set");
}

function withDefaults(
  given: GivenConsumerConfig,
  { consumer_limits: limits }: StreamConfig,
  { maxAckPending, maxRequestBatch, replicasAsOne }: ConsumerRules,
): ConsumerConfig {
  const config: GivenConsumerConfig = { ...given };
  const isDurable = text(config.durable_name) !== '';
  const acks = config.ack_policy !== 'none';
  if (number(config.max_deliver) <= 0) config.max_deliver = -1;
  for (const name of NOT_NEGATIVE) config[name] = Math.max(0, number(config[name]));
  config.max_ack_pending = Math.max(-1, number(config.max_ack_pending));
  if (text(config.deliver_subject) === '') config.max_waiting ||= DEFAULT_MAX_WAITING;
  if (acks) config.ack_wait ||= DEFAULT_ACK_WAIT;
  if (config.backoff?.[0] !== undefined) [config.ack_wait] = config.backoff;
  config.max_ack_pending ||= number(limits.max_ack_pending);
  config.inactive_threshold ||= number(limits.inactive_threshold);
  if (acks && config.max_ack_pending === 0)
    config.max_ack_pending = Math.min(DEFAULT_MAX_ACK_PENDING, ...maxAckPending.filter((most) => most > 0));
  if (text(config.deliver_subject) === '') config.max_batch ||= maxRequestBatch;
  if (!isDurable) config.inactive_threshold ||= DEFAULT_INACTIVE_THRESHOLD;
  if (replicasAsOne && number(config.num_replicas) > 1) config.num_replicas = 1;
  if (config.priority_policy === 'pinned_client') config.priority_timeout ||= DEFAULT_PRIORITY_TIMEOUT;
  if (config.priority_policy === 'none') config.priority_policy = undefined;
  return shownConsumerConfig(config);
}

function checkNames({ name = '', durable_name: durable = '' }: ConsumerConfig): void {
  if (BAD_NAME.test(name)) throw invalidConfig("consumer name can not contain '.', '*', '>', '\\', '/'");
  if (BAD_NAME.test(durable))
    throw invalidConfig("consumer durable name can not contain '.', '*', '>', '\\', '/'");
  if (Buffer.byteLength(name) > MAX_NAME_LENGTH || Buffer.byteLength(durable) > MAX_NAME_LENGTH)
    throw new ApiError('CONSUMER_NAME_TOO_LONG', MAX_NAME_LENGTH);
}

function checkReplicas({ num_replicas }: ConsumerConfig, stream: StreamConfig): void {
  if (num_replicas > 1) throw new ApiError('STREAM_REPLICAS_NOT_SUPPORTED');
  if (num_replicas < 0) throw new ApiError('REPLICAS_COUNT_CANNOT_BE_NEGATIVE');
  if (stream.retention !== 'limits' && num_replicas !== 0 && num_replicas !== stream.num_replicas)
    throw new ApiError('CONSUMER_REPLICAS_SHOULD_MATCH_STREAM');
}

function checkTimes({
  backoff = [],
  ack_wait = 0,
  max_deliver = -1,
  description = '',
}: ConsumerConfig): void {
  if (backoff.some((each) => each < 0)) throw new ApiError('CONSUMER_BACK_OFF_NEGATIVE');
  if (ack_wait < 0) throw new ApiError('CONSUMER_ACK_WAIT_NEGATIVE');
  if (max_deliver !== -1 && backoff.length > max_deliver) throw new ApiError('CONSUMER_MAX_DELIVER_BACKOFF');
  if (Buffer.byteLength(description) > MAX_DESCRIPTION_LENGTH)
    throw new ApiError('CONSUMER_DESCRIPTION_TOO_LONG', MAX_DESCRIPTION_LENGTH);
}

function checkPush(config: ConsumerConfig, subject: string, stream: StreamConfig): void {
  const { max_waiting = 0, max_ack_pending = 0, ack_policy, idle_heartbeat = 0 } = config;
  if (hasWildcard(subject)) throw new ApiError('CONSUMER_DELIVER_TO_WILDCARDS');
  if (!isPlainSubject(subject)) throw new ApiError('CONSUMER_INVALID_DELIVER_SUBJECT');
  if (stream.subjects.some((each) => covers(each, subject))) throw new ApiError('CONSUMER_DELIVER_CYCLE');
  if (max_waiting !== 0) throw new ApiError('CONSUMER_PUSH_MAX_WAITING');
  if (max_ack_pending > 0 && ack_policy === 'none')
    throw new ApiError('CONSUMER_MAX_PENDING_ACK_POLICY_REQUIRED');
  if (idle_heartbeat > 0 && idle_heartbeat < LEAST_HEARTBEAT) throw new ApiError('CONSUMER_SMALL_HEARTBEAT');
}

function checkPull(
  config: ConsumerConfig,
  { retention }: StreamConfig,
  { maxRequestBatch: most }: ConsumerRules,
): void {
  const { ack_policy, rate_limit_bps = 0, idle_heartbeat = 0, max_expires = 0, max_batch = 0 } = config;
  if (ack_policy === 'none' && retention === 'workqueue') throw new ApiError('CONSUMER_PULL_REQUIRES_ACK');
  if (rate_limit_bps > 0) throw new ApiError('CONSUMER_PULL_WITH_RATE_LIMIT');
  if (idle_heartbeat > 0) throw new ApiError('CONSUMER_HB_REQUIRES_PUSH');
  if (config.flow_control === true) throw new ApiError('CONSUMER_FC_REQUIRES_PUSH');
  if (max_expires !== 0 && max_expires < NS_PER_MS)
    throw new ApiError('CONSUMER_MAX_REQUEST_EXPIRES_TOO_SMALL');
  if (most > 0 && max_batch > most) throw new ApiError('CONSUMER_MAX_REQUEST_BATCH_EXCEEDED', most);
}

function checkLimits(config: ConsumerConfig, { consumer_limits }: StreamConfig, rules: ConsumerRules): void {
  const { max_ack_pending = 0, inactive_threshold = 0 } = config;
  for (const limit of [...rules.maxAckPending, consumer_limits.max_ack_pending ?? 0])
    if (limit > 0 && max_ack_pending > limit) throw new ApiError('CONSUMER_MAX_PENDING_ACK_EXCESS', limit);
  const { inactive_threshold: most = 0 } = consumer_limits;
  if (most > 0 && inactive_threshold > most) throw new ApiError('CONSUMER_INACTIVE_THRESHOLD_EXCESS', most);
}

function checkDirect({ direct, deliver_subject, durable_name }: ConsumerConfig): void {
  if (direct !== true) return;
  if (deliver_subject === undefined) throw new ApiError('CONSUMER_DIRECT_REQUIRES_PUSH');
  if (durable_name !== undefined) throw new ApiError('CONSUMER_DIRECT_REQUIRES_EPHEMERAL');
}

function* checkFilters(given: GivenConsumerConfig, config: ConsumerConfig): Steps<void> {
  if (config.filter_subject !== undefined && config.filter_subjects !== undefined)
    throw new ApiError('CONSUMER_DUPLICATE_FILTER_SUBJECTS');
  if (given.filter_subjects?.includes('') === true) throw new ApiError('CONSUMER_EMPTY_FILTER');
  const filter = filterOf(config);
  if (filter.length > MAX_JETSTREAM_SUBJECTS)
    throw invalidConfig(`consumer filters are too many, maximum allowed is ${MAX_JETSTREAM_SUBJECTS}`);
  const all = new PatternTrie<string>();
  for (const [index, one] of filter.entries()) {
    if (!isPlainSubject(one)) throw invalidConfig('malformed subject');
    if (all.get(one) !== undefined) throw new ApiError('CONSUMER_OVERLAPPING_SUBJECT_FILTERS');
    all.add(one, one);
    if (index % STEP_FILTERS === 0) yield;
  }
  if (filter.length <= 1) return;
  // Each message that is published is looked up among them.
  if ((yield* all.mostPlaces()) > MAX_JETSTREAM_FILTER_PLACES)
    throw invalidConfig('consumer filters have too many wildcards in common');
  const budget = overlapBudget();
  for (const one of filter)
    if ((yield* refusing(all.covering(one, budget))) !== undefined)
      throw new ApiError('CONSUMER_OVERLAPPING_SUBJECT_FILTERS');
}

function checkStart(config: ConsumerConfig): void {
  const { deliver_policy, opt_start_seq: sequence = 0, opt_start_time: time } = config;
  const policy = deliver_policy.replaceAll('_', ' ');
  const fail = (reason: string): ApiError =>
    new ApiError(
      'CONSUMER_INVALID_POLICY',
      `consumer delivery policy is deliver ${policy}, but optional ${reason}`,
    );
  if (deliver_policy === 'by_start_sequence') {
    if (sequence === 0) throw fail('start sequence is not set');
    if (time !== undefined) throw fail('start time is also set');
  } else if (deliver_policy === 'by_start_time') {
    if (time === undefined) throw fail('start time is not set');
    if (sequence !== 0) throw fail('start start sequence is also set');
  } else {
    if (sequence > 0) throw fail('start sequence is also set');
    if (time !== undefined) throw fail('start time is also set');
    if (deliver_policy === 'last_per_subject' && filterOf(config).length === 0)
      throw fail('filter subject is not set');
  }
}

function checkRest(config: ConsumerConfig): void {
  const { sample_freq, name, durable_name, metadata = {} } = config;
  if (sample_freq !== undefined && !/^[+]?\d+%?$/.test(sample_freq))
    throw new ApiError(
      'CONSUMER_INVALID_SAMPLING',
      `strconv.Atoi: parsing ${JSON.stringify(sample_freq.replace(/%$/, ''))}: invalid syntax`,
    );
  if (config.flow_control === true && config.idle_heartbeat === undefined)
    throw new ApiError('CONSUMER_WITH_FLOW_CONTROL_NEEDS_HEARTBEATS');
  if (durable_name !== undefined && name !== undefined && name !== durable_name)
    throw new ApiError('CONSUMER_CREATE_DURABLE_AND_NAME_MISMATCH');
  let length = 0;
  for (const [key, value] of Object.entries(metadata))
    length += Buffer.byteLength(key) + Buffer.byteLength(value);
  if (length > MAX_METADATA_LENGTH)
    throw new ApiError('CONSUMER_METADATA_LENGTH', `${MAX_METADATA_LENGTH / 1_024}KB`);
}

function checkPriority(
  { priority_groups: groups = [] }: GivenConsumerConfig,
  { priority_policy, priority_timeout, deliver_subject, pause_until }: ConsumerConfig,
): void {
  if (pause_until !== undefined && parseTime(pause_until) === undefined)
    throw new ApiError('INVALID_JSON', `parsing time ${JSON.stringify(pause_until)}`);
  if (priority_policy === undefined) {
    if (groups.length > 0) throw new ApiError('CONSUMER_PRIORITY_GROUP_WITH_POLICY_NONE');
    if (priority_timeout !== undefined)
      throw new ApiError('CONSUMER_PINNED_TTL_WITHOUT_PRIORITY_POLICY_NONE');
    return;
  }
  if (deliver_subject !== undefined) throw new ApiError('CONSUMER_PUSH_WITH_PRIORITY_GROUP');
  if (groups.length === 0) throw new ApiError('CONSUMER_PRIORITY_POLICY_WITHOUT_GROUP');
  if (groups.includes('')) throw new ApiError('CONSUMER_EMPTY_GROUP_NAME');
  if (groups.some((group) => !GROUP_NAME.test(group))) throw new ApiError('CONSUMER_INVALID_GROUP_NAME');
}

function number(value: number | undefined): number {
  return value ?? 0;
}

function text(value: string | undefined): string {
  return value ?? '';
}

import { randomBytes } from 'node:crypto';
import type { JetStreamAccountLimits } from '../../domain/jetstream-account-limits.js';
import type { Steps } from '../../domain/steps.js';
import { ApiError } from '../api/errors.js';
import { parseTime } from '../instant.js';
import { PatternTrie } from '../pattern-trie.js';
import { checkConsumer, DEFAULT_INACTIVE_THRESHOLD } from '../settings/check-consumer.js';
import { checkConsumerUpdate } from '../settings/check-consumer-update.js';
import { type ConsumerConfig, filterOf, type GivenConsumerConfig } from '../settings/consumer-config.js';
import { overlapBudget, refusing } from '../settings/names.js';
import { isSame } from '../settings/same.js';
import type { StreamConfig } from '../settings/stream-config.js';
import type { KeptConsumer, StreamStorage } from '../store/storage.js';
import type { JetStreamTools } from '../stream-host.js';
import type { Turns } from '../turns.js';
import { Consumer } from './consumer.js';
import type { ConsumerMeta } from './consumer-meta.js';
import type { ConsumerStream, StreamConsumer } from './stream-side.js';

/** Random bytes in a name that a client leaves to the server. */
const NAME_BYTES = 6;
/** Filters looked at between two steps. */
const STEP_FILTERS = 64;

/** A stream that consumers are made in. */
export interface ConsumedStorage extends ConsumerStream {
  readonly config: StreamConfig;
  readonly storage: StreamStorage;
}

/** What a client asks for where it makes a consumer. */
export interface ConsumerRequest {
  readonly given: GivenConsumerConfig;
  /** Whether there must be none yet, or one already; empty: either. */
  readonly action: string;
  /** Whether values that have to be replaced by others are refused. */
  readonly isPedantic: boolean;
}

/** What consumers are made with. */
export interface ConsumerMaking {
  readonly tools: JetStreamTools;
  /** Of the account. */
  readonly limits: JetStreamAccountLimits;
  readonly replicasAsOne: boolean;
}

/**
 * Makes a consumer, or changes the one of that name.
 * @throws ApiError
 */
export async function makeConsumer(
  stream: ConsumedStorage,
  { given, action, isPedantic }: ConsumerRequest,
  { tools, limits, replicasAsOne }: ConsumerMaking,
): Promise<Consumer> {
  const { turns } = tools;
  const rules = {
    maxAckPending: [tools.consumerLimits.maxAckPending, limits.maxAckPending],
    maxRequestBatch: tools.consumerLimits.maxRequestBatch,
    ...{ isPedantic, replicasAsOne },
  };
  const config = await turns.run(checkConsumer(given, stream.config, rules));
  const wanted = config.durable_name ?? config.name;
  const known = wanted === undefined ? undefined : findConsumer(stream, wanted);
  if (known !== undefined) {
    // It is paused by requests of their own only.
    const { pause_until: _, ...rest } = withKeptThreshold(config, known.config, given, stream.config);
    const { pause_until } = known.config;
    await change(known, pause_until === undefined ? rest : { ...rest, pause_until }, action, turns);
    return known;
  }
  if (action === 'update') throw new ApiError('CONSUMER_DOES_NOT_EXIST');
  checkRoom(stream, limits);
  await turns.run(checkWorkQueue(stream, config));
  const name = wanted ?? randomName(stream);
  const created = tools.clock.now();
  const journal =
    config.direct === true || config.mem_storage === true
      ? undefined
      : await stream.storage.createConsumer(name, { name, config, created: '' });
  const consumer = new Consumer(stream, tools, name, config, created, journal);
  await journal?.save(consumer.meta);
  await consumer.start(undefined);
  consumer.announce();
  if (consumer.schedule.pauseMs > 0) consumer.paused(true, config.pause_until);
  return consumer;
}

/** An update that says nothing of `inactive_threshold`: whether it ends unused is decided by the name it was made with. */
function withKeptThreshold(
  config: ConsumerConfig,
  previous: ConsumerConfig,
  given: GivenConsumerConfig,
  { consumer_limits: limits }: StreamConfig,
): ConsumerConfig {
  if ((given.inactive_threshold ?? 0) > 0 || (limits.inactive_threshold ?? 0) > 0) return config;
  const { inactive_threshold: _, ...rest } = config;
  const isEphemeral = previous.inactive_threshold !== undefined && previous.durable_name === undefined;
  return isEphemeral ? { ...rest, inactive_threshold: DEFAULT_INACTIVE_THRESHOLD } : rest;
}

/** Goes on with a consumer that was kept. */
export async function recoverConsumer(
  stream: ConsumedStorage,
  tools: JetStreamTools,
  { name, meta, state, journal }: KeptConsumer,
): Promise<void> {
  const { config, created, filtered_after = 0 } = meta as ConsumerMeta;
  const at = parseTime(created) ?? tools.clock.now();
  const consumer = new Consumer(stream, tools, name, config, at, journal);
  consumer.filteredAfter = filtered_after;
  await consumer.start(state);
}

/** The consumer of that name; undefined: there is none. */
export function findConsumer(
  stream: { readonly consumers: ReadonlyMap<string, StreamConsumer> },
  name: string,
): Consumer | undefined {
  const consumer = stream.consumers.get(name);
  return consumer instanceof Consumer ? consumer : undefined;
}

async function change(
  consumer: Consumer,
  config: ConsumerConfig,
  action: string,
  turns: Turns,
): Promise<void> {
  const { stream, name, push } = consumer;
  const isUnchanged = isSame(consumer.config, config);
  if (action === 'create' && !isUnchanged) throw new ApiError('CONSUMER_ALREADY_EXISTS');
  if (isUnchanged) return;
  if (stream.retention === 'workqueue' && !(await turns.run(isAlone(stream, name, filterOf(config)))))
    throw new ApiError('CONSUMER_WQ_CONSUMER_NOT_UNIQUE');
  checkConsumerUpdate(consumer.config, config, () => push?.isActive === true);
  await consumer.update(config);
}

function checkRoom({ consumers, config }: ConsumedStorage, limits: JetStreamAccountLimits): void {
  const most =
    config.max_consumers <= 0 || (limits.maxConsumers > 0 && limits.maxConsumers < config.max_consumers)
      ? limits.maxConsumers
      : config.max_consumers;
  if (most > 0 && consumers.listed >= most) throw new ApiError('MAXIMUM_CONSUMERS_LIMIT');
}

function* checkWorkQueue(stream: ConsumedStorage, config: ConsumerConfig): Steps<void> {
  if (stream.retention !== 'workqueue' || config.direct === true) return;
  if (config.ack_policy !== 'explicit') throw new ApiError('CONSUMER_WQ_REQUIRES_EXPLICIT_ACK');
  if (config.deliver_policy !== 'all') throw new ApiError('CONSUMER_WQ_CONSUMER_NOT_DELIVER_ALL');
  if (stream.consumers.listed === 0) return;
  const filter = filterOf(config);
  if (filter.length === 0) throw new ApiError('CONSUMER_WQ_MULTIPLE_UNFILTERED');
  if (!(yield* isAlone(stream, undefined, filter))) throw new ApiError('CONSUMER_WQ_CONSUMER_NOT_UNIQUE');
}

/** Whether no consumer but the one of that name takes a subject that is in `filter`. @throws ApiError */
function* isAlone(
  stream: ConsumerStream,
  name: string | undefined,
  filter: readonly string[],
): Steps<boolean> {
  const own = new PatternTrie<string>();
  for (const [index, one] of filter.entries()) {
    own.add(one, one);
    if (index % STEP_FILTERS === 0) yield;
  }
  const budget = overlapBudget();
  let looked = 0;
  for (const other of stream.consumers.values()) {
    if (other.name === name || !other.isListed) continue;
    if (other.filter.length === 0 || filter.length === 0) return false;
    for (const each of other.filter) {
      if (++looked % STEP_FILTERS === 0) yield;
      if ((yield* refusing(own.overlapping(each, undefined, budget))) !== undefined) return false;
    }
  }
  return true;
}

function randomName(stream: ConsumerStream): string {
  for (;;) {
    const name = randomBytes(NAME_BYTES).toString('base64url');
    if (!stream.consumers.has(name)) return name;
  }
}

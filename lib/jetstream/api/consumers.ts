import { MAX_JETSTREAM_QUERY_BYTES } from '../../domain/jetstream-limits.js';
import { isLevelTooLow } from '../api-level.js';
import type { Consumer } from '../consumer/consumer.js';
import { consumerInfo } from '../consumer/info.js';
import { findConsumer, makeConsumer } from '../consumer/make-consumer.js';
import { status } from '../consumer/statuses.js';
import { parseTime, ZERO_TIME } from '../instant.js';
import { GROUP_NAME } from '../settings/check-consumer.js';
import { type GivenConsumerConfig, readConsumerConfig } from '../settings/consumer-config.js';
import { ApiError } from './errors.js';
import { Fields } from './json.js';
import { BLANK_PAGE, pageOf, writtenPage } from './pages.js';
import type { ApiRequest, MessageRoute, Route } from './route.js';

const NS_PER_MS = 1e6;
const MAX_NAMES = 1_024;
const MAX_INFOS = 256;

/** Consumers: made, looked at, asked for messages, and deleted. */
export const CONSUMER_ROUTES: readonly (Route | MessageRoute)[] = [
  {
    name: 'CONSUMER.CREATE',
    tokens: [1, Number.POSITIVE_INFINITY],
    type: 'consumer_create',
    handle(request) {
      const [stream = '', name, ...filter] = request.parameters;
      return create(request, stream, (given) => {
        if (name === undefined) {
          refuseSeparators(given.name ?? '');
          if (given.durable_name) throw new ApiError('CONSUMER_EPHEMERAL_WITH_DURABLE_NAME');
          return given;
        }
        refuseSeparators(name);
        if (given.durable_name && given.durable_name !== name)
          throw new ApiError('CONSUMER_DURABLE_NAME_NOT_MATCH_SUBJECT');
        if (filter.length > 0) checkFilter(given, filter.join('.'));
        return { ...given, name };
      });
    },
  },
  {
    name: 'CONSUMER.DURABLE.CREATE',
    tokens: [2, 2],
    type: 'consumer_create',
    handle(request) {
      const [stream = '', name = ''] = request.parameters;
      return create(request, stream, (given) => {
        refuseSeparators(name);
        if (!given.durable_name) throw new ApiError('CONSUMER_DURABLE_NAME_NOT_SET');
        if (given.durable_name !== name) throw new ApiError('CONSUMER_DURABLE_NAME_NOT_MATCH_SUBJECT');
        return { ...given, name };
      });
    },
  },
  {
    name: 'CONSUMER.INFO',
    tokens: [2, 2],
    type: 'consumer_info',
    handle(request) {
      if (!request.isEmpty) throw new ApiError('NOT_EMPTY_REQUEST');
      return shown(request, find(request));
    },
  },
  {
    name: 'CONSUMER.NAMES',
    tokens: [1, 1],
    type: 'consumer_names',
    blank: { ...BLANK_PAGE, consumers: [] },
    handle(request) {
      const offset = request.fields().integer('offset');
      const { page, items } = pageOf(listed(request), offset, MAX_NAMES);
      return { ...page, consumers: items };
    },
  },
  {
    name: 'CONSUMER.LIST',
    tokens: [1, 1],
    type: 'consumer_list',
    blank: { ...BLANK_PAGE, consumers: [] },
    *handle(request) {
      const offset = request.fields().integer('offset');
      const { page, items } = pageOf(listed(request), offset, MAX_INFOS);
      const { json } = yield* writtenPage(items, (name) => {
        const consumer = request.streams.consumer(request.parameter(0), name);
        return consumer && JSON.stringify(shown(request, consumer));
      });
      return { ...page, consumers: json };
    },
  },
  {
    name: 'CONSUMER.DELETE',
    tokens: [2, 2],
    type: 'consumer_delete',
    handle(request) {
      if (!request.isEmpty) throw new ApiError('NOT_EMPTY_REQUEST');
      find(request).delete();
      return { success: true };
    },
  },
  {
    name: 'CONSUMER.PAUSE',
    tokens: [2, 2],
    type: 'consumer_pause',
    blank: { paused: false, pause_until: ZERO_TIME },
    async handle(request) {
      const until = request.fields().text('pause_until');
      const consumer = find(request);
      if (until !== undefined && parseTime(until) === undefined)
        throw new ApiError('INVALID_JSON', `parsing time ${JSON.stringify(until)}`);
      const { pause_until: _, ...config } = consumer.config;
      const isSet = until !== undefined && until !== ZERO_TIME;
      await consumer.update(isSet ? { ...config, pause_until: until } : config);
      const { pauseMs } = consumer.schedule;
      const rest = pauseMs > 0 ? { pause_remaining: Math.round(pauseMs * NS_PER_MS) } : {};
      return { paused: pauseMs > 0, pause_until: isSet ? until : ZERO_TIME, ...rest };
    },
  },
  {
    name: 'CONSUMER.UNPIN',
    tokens: [2, 2],
    type: 'consumer_unpin',
    handle(request) {
      const group = request.fields().text('group') ?? '';
      if (group === '') throw new ApiError('INVALID_JSON', 'consumer group not specified');
      if (!GROUP_NAME.test(group)) throw new ApiError('CONSUMER_INVALID_GROUP_NAME');
      const { config, pulls } = find(request);
      if (config.priority_groups?.includes(group) !== true)
        throw new ApiError('CONSUMER_INVALID_PRIORITY_GROUP');
      pulls?.priority.release('admin');
      return {};
    },
  },
  {
    name: 'CONSUMER.MSG.NEXT',
    tokens: [2, 2],
    isTaken: (request) => asked(request) !== undefined,
    take(request) {
      const { reply, body, headers } = request;
      const consumer = asked(request);
      if (reply === undefined || consumer === undefined) return undefined;
      if (isLevelTooLow(headers)) consumer.say(reply, status(412, 'Required Api Level'));
      // Longer ones are cut off, which leaves no JSON.
      else consumer.request(reply, body.toString('utf8', 0, MAX_JETSTREAM_QUERY_BYTES));
      return undefined;
    },
    refuse() {},
  },
];

function asked({ streams, parameters: [stream = '', name = ''] }: ApiRequest): Consumer | undefined {
  return streams.consumer(stream, name);
}

async function create(
  request: ApiRequest,
  name: string,
  named: (given: GivenConsumerConfig) => GivenConsumerConfig,
): Promise<object> {
  const fields = request.fields();
  const given = readConsumerConfig(fields.nested('config') ?? new Fields({}));
  const action = fields.choice('action', ['', 'create', 'update']) ?? '';
  if (fields.text('stream_name') !== name) throw new ApiError('STREAM_MISMATCH');
  const config = named(given);
  const { streams } = request;
  const { limits, tools, rules } = streams;
  if (limits === undefined) throw new ApiError('NOT_ENABLED_FOR_ACCOUNT');
  if ((config.num_replicas ?? 0) > 1 && !rules.replicasAsOne)
    throw new ApiError('STREAM_REPLICAS_NOT_SUPPORTED');
  const stream = streams.find(name);
  const { replicasAsOne } = rules;
  const isPedantic = fields.boolean('pedantic') ?? false;
  const asked = { given: config, action, isPedantic };
  const consumer = await makeConsumer(stream, asked, { tools, limits, replicasAsOne });
  return shown(request, consumer);
}

function refuseSeparators(name: string): void {
  if (/[\\/]/.test(name)) throw new ApiError('CONSUMER_NAME_CONTAINS_PATH_SEPARATORS');
}

function checkFilter({ filter_subject, filter_subjects = [] }: GivenConsumerConfig, filter: string): void {
  if (filter_subjects.length > 0) throw new ApiError('CONSUMER_MULTIPLE_FILTERS_NOT_ALLOWED');
  if (filter_subject !== filter) throw new ApiError('CONSUMER_CREATE_FILTER_SUBJECT_MISMATCH');
}

function find(request: ApiRequest): Consumer {
  const consumer = findConsumer(request.streams.find(request.parameter(0)), request.parameter(1));
  if (consumer === undefined) throw new ApiError('CONSUMER_NOT_FOUND');
  return consumer;
}

/** Names of the consumers of a stream in their order. */
function listed(request: ApiRequest): readonly string[] {
  return request.streams.find(request.parameter(0)).consumers.listedNames;
}

function shown({ streams }: ApiRequest, consumer: Consumer): object {
  return consumerInfo(consumer, streams.tools.clock.now());
}

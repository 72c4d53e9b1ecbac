import type { Fields } from '../api/json.js';
import { keptMetadata } from '../api-level.js';
import type {
  ConsumerLimits,
  RepublishConfig,
  StreamConfig,
  StreamSource,
  SubjectTransformConfig,
} from './stream-config.js';

/** A configuration as it was given: what is absent has its default later. */
export type GivenConfig = {
  -readonly [Name in keyof StreamConfig]?: StreamConfig[Name] | undefined;
};

/**
 * Reads what a request says of a stream; fields that it does not know are left out.
 * @throws ApiError INVALID_JSON about a field of a wrong type
 */
export function readConfig(fields: Fields): GivenConfig {
  return {
    name: fields.text('name'),
    description: fields.text('description'),
    subjects: fields.texts('subjects'),
    retention: fields.choice('retention', ['limits', 'interest', 'workqueue']),
    max_consumers: fields.integer('max_consumers'),
    max_msgs: fields.integer('max_msgs'),
    max_bytes: fields.integer('max_bytes'),
    max_age: fields.integer('max_age'),
    max_msgs_per_subject: fields.integer('max_msgs_per_subject'),
    max_msg_size: fields.integer('max_msg_size'),
    discard: fields.choice('discard', ['old', 'new']),
    storage: fields.choice('storage', ['file', 'memory']),
    num_replicas: fields.integer('num_replicas'),
    no_ack: fields.boolean('no_ack'),
    duplicate_window: fields.integer('duplicate_window'),
    placement: placementIn(fields.nested('placement')),
    mirror: sourceIn(fields.nested('mirror')),
    sources: fields.objects('sources')?.flatMap((each) => sourceIn(each) ?? []),
    compression: fields.choice('compression', ['none', 's2']),
    first_seq: fields.count('first_seq'),
    subject_transform: transformIn(fields.nested('subject_transform')),
    republish: republishIn(fields.nested('republish')),
    allow_direct: fields.boolean('allow_direct'),
    mirror_direct: fields.boolean('mirror_direct'),
    discard_new_per_subject: fields.boolean('discard_new_per_subject'),
    sealed: fields.boolean('sealed'),
    deny_delete: fields.boolean('deny_delete'),
    deny_purge: fields.boolean('deny_purge'),
    allow_rollup_hdrs: fields.boolean('allow_rollup_hdrs'),
    allow_msg_ttl: fields.boolean('allow_msg_ttl'),
    subject_delete_marker_ttl: fields.integer('subject_delete_marker_ttl'),
    consumer_limits: limitsIn(fields.nested('consumer_limits')),
    metadata: keptMetadata(fields.record('metadata')),
  };
}

function placementIn(fields: Fields | undefined): object | undefined {
  return (
    fields && { ...present('cluster', fields.text('cluster')), ...present('tags', fields.texts('tags')) }
  );
}

function transformIn(fields: Fields | undefined): SubjectTransformConfig | undefined {
  return fields && { src: fields.text('src') ?? '', dest: fields.text('dest') ?? '' };
}

function republishIn(fields: Fields | undefined): RepublishConfig | undefined {
  return (
    fields && {
      ...present('src', fields.text('src')),
      dest: fields.text('dest') ?? '',
      ...present('headers_only', fields.boolean('headers_only') || undefined),
    }
  );
}

function sourceIn(fields: Fields | undefined): StreamSource | undefined {
  if (fields === undefined) return undefined;
  const external = fields.nested('external');
  return {
    name: fields.text('name') ?? '',
    ...present('opt_start_seq', fields.count('opt_start_seq') || undefined),
    ...present('opt_start_time', fields.time('opt_start_time')),
    ...present('filter_subject', fields.text('filter_subject') || undefined),
    ...present(
      'subject_transforms',
      notEmpty(fields.objects('subject_transforms')?.flatMap((each) => transformIn(each) ?? [])),
    ),
    ...present(
      'external',
      external && { api: external.text('api') ?? '', deliver: external.text('deliver') ?? '' },
    ),
  };
}

function limitsIn(fields: Fields | undefined): ConsumerLimits | undefined {
  return (
    fields && {
      ...present('inactive_threshold', fields.integer('inactive_threshold') || undefined),
      ...present('max_ack_pending', fields.integer('max_ack_pending') || undefined),
    }
  );
}

function notEmpty<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list?.length === 0 ? undefined : list;
}

/** That one property, where there is a value for it. */
export function present<N extends string, T>(name: N, value: T | undefined): { readonly [K in N]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [K in N]: T });
}

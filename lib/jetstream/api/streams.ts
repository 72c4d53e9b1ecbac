import { MAX_JETSTREAM_DELETED } from '../../domain/jetstream-limits.js';
import { isPlainSubject } from '../../domain/plain-subject.js';
import type { Steps } from '../../domain/steps.js';
import { streamInfo } from '../info.js';
import { type PurgeRequest, purge } from '../purge.js';
import { readConfig } from '../settings/read-config.js';
import { sorted } from '../sorted.js';
import type { SubjectState } from '../store/store.js';
import type { Stream } from '../stream.js';
import { ApiError } from './errors.js';
import { BLANK_PAGE, pageOf, writtenPage } from './pages.js';
import type { ApiRequest, Route } from './route.js';

const MAX_NAMES = 1_024;
const MAX_INFOS = 256;
const MAX_SUBJECTS = 100_000;
/** Sequences looked at between two steps of a long walk. */
const STEP_SEQUENCES = 256;

/** Streams: made, changed, looked at, emptied and deleted. */
export const STREAM_ROUTES: readonly Route[] = [
  {
    name: 'STREAM.CREATE',
    tokens: [1, 1],
    type: 'stream_create',
    async handle(request) {
      const given = readConfig(request.fields());
      if (given.name !== request.parameter(0)) throw new ApiError('STREAM_MISMATCH');
      const { stream } = await request.streams.create(given);
      return { ...streamInfo(stream), did_create: true };
    },
  },
  {
    name: 'STREAM.UPDATE',
    tokens: [1, 1],
    type: 'stream_update',
    async handle(request) {
      const given = readConfig(request.fields());
      if (given.name !== request.parameter(0)) throw new ApiError('STREAM_MISMATCH');
      return streamInfo(await request.streams.update(request.parameter(0), given));
    },
  },
  {
    name: 'STREAM.INFO',
    tokens: [1, 1],
    type: 'stream_info',
    blank: BLANK_PAGE,
    handle: info,
  },
  {
    name: 'STREAM.NAMES',
    tokens: [0, 0],
    type: 'stream_names',
    blank: { ...BLANK_PAGE, streams: null },
    *handle(request) {
      const fields = request.fields();
      const names = yield* request.streams.taking(fields.text('subject') ?? '');
      const { page, items } = pageOf(names, fields.integer('offset'), MAX_NAMES);
      return { ...page, streams: items.length === 0 ? null : items };
    },
  },
  {
    name: 'STREAM.LIST',
    tokens: [0, 0],
    type: 'stream_list',
    blank: { ...BLANK_PAGE, streams: [] },
    *handle(request) {
      const { streams } = request;
      const fields = request.fields();
      const names = yield* streams.taking(fields.text('subject') ?? '');
      const { page, items } = pageOf(names, fields.integer('offset'), MAX_INFOS);
      const { json } = yield* writtenPage(items, (name) => JSON.stringify(streamInfo(streams.find(name))));
      return { ...page, streams: json };
    },
  },
  {
    name: 'STREAM.DELETE',
    tokens: [1, 1],
    type: 'stream_delete',
    async handle(request) {
      if (!request.isEmpty) throw new ApiError('NOT_EMPTY_REQUEST');
      await request.streams.delete(request.parameter(0));
      return { success: true };
    },
  },
  {
    name: 'STREAM.PURGE',
    tokens: [1, 1],
    type: 'stream_purge',
    blank: { purged: 0 },
    handle: emptied,
  },
];

function* info(request: ApiRequest): Steps<object> {
  const fields = request.fields();
  const filter = fields.text('subjects_filter') ?? '';
  const offset = fields.integer('offset');
  const isDetailed = fields.boolean('deleted_details') === true;
  const stream = request.streams.find(request.parameter(0));
  const deleted = isDetailed ? yield* deletedIn(stream) : undefined;
  const listed = filter === '' ? undefined : yield* subjectsOf(stream, filter, offset);
  const { config, created, state, ts, ...rest } = streamInfo(stream);
  const { num_subjects, num_deleted, consumer_count, ...numbers } = state;
  return {
    ...(listed?.page ?? BLANK_PAGE),
    config,
    created,
    state: {
      ...numbers,
      ...(num_subjects === undefined ? {} : { num_subjects }),
      ...(listed?.subjects === undefined ? {} : { subjects: listed.subjects }),
      ...(num_deleted === undefined ? {} : { num_deleted }),
      ...(deleted === undefined || deleted.length === 0 ? {} : { deleted }),
      consumer_count,
    },
    ...rest,
    // Of all answers only this one has it, as those of nats-server without a cluster.
    cluster: { leader: request.streams.tools.serverName() },
    ts,
  };
}

/** Sequences between the first and the last message that have none, as many as are listed. */
function* deletedIn({ store }: Stream): Steps<readonly number[]> {
  const deleted: number[] = [];
  const { firstSequence, lastSequence, messages } = store.state;
  if (messages === 0) return deleted;
  for (let sequence = firstSequence; sequence <= lastSequence; sequence++) {
    if (store.get(sequence) === undefined && deleted.push(sequence) >= MAX_JETSTREAM_DELETED) break;
    if (sequence % STEP_SEQUENCES === 0) yield;
  }
  return deleted;
}

function* subjectsOf({ store }: Stream, filter: string, offset: number | undefined) {
  const found = isPlainSubject(filter) ? yield* store.subjects([filter]) : new Map<string, SubjectState>();
  if (found.size === 0) return { page: BLANK_PAGE, subjects: undefined };
  const all = yield* sorted([...found.keys()]);
  const { page, items } = pageOf(all, offset, MAX_SUBJECTS);
  const { json, count } = yield* writtenPage(
    items,
    (subject) => `${JSON.stringify(subject)}:${found.get(subject)?.messages ?? 0}`,
    '{}',
  );
  const limit = count < items.length ? count : MAX_SUBJECTS;
  return { page: { ...page, limit }, subjects: items.length === 0 ? undefined : json };
}

function* emptied(request: ApiRequest): Steps<object> {
  const fields = request.fields();
  const what: PurgeRequest = {
    filter: fields.text('filter') ?? '',
    sequence: fields.count('seq') ?? 0,
    keep: fields.count('keep') ?? 0,
  };
  if (what.sequence > 0 && what.keep > 0) throw new ApiError('BAD_REQUEST');
  const stream = request.streams.find(request.parameter(0));
  if (stream.config.sealed) throw new ApiError('STREAM_SEALED');
  if (stream.config.deny_purge) throw new ApiError('STREAM_PURGE_FAILED', 'stream purge not permitted');
  return { success: true, purged: yield* purge(stream, what) };
}

import { isPlainSubject } from '../../domain/plain-subject.js';
import type { Steps } from '../../domain/steps.js';
import { streamInfo } from '../info.js';
import { type PurgeRequest, purge } from '../purge.js';
import { readConfig } from '../settings/read-config.js';
import type { Stream } from '../stream.js';
import { ApiError } from './errors.js';
import { BLANK_PAGE, pageOf } from './pages.js';
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
    handle: (request) => request.streams.tools.turns.run(info(request)),
  },
  {
    name: 'STREAM.NAMES',
    tokens: [0, 0],
    type: 'stream_names',
    blank: { ...BLANK_PAGE, streams: null },
    handle(request) {
      const fields = request.fields();
      const names = request.streams.taking(fields.text('subject')).map(({ name }) => name);
      const { items, ...page } = pageOf(names, fields.integer('offset'), MAX_NAMES);
      return { ...page, streams: items.length === 0 ? null : items };
    },
  },
  {
    name: 'STREAM.LIST',
    tokens: [0, 0],
    type: 'stream_list',
    blank: { ...BLANK_PAGE, streams: [] },
    handle(request) {
      const fields = request.fields();
      const streams = request.streams.taking(fields.text('subject'));
      const { items, ...page } = pageOf(streams, fields.integer('offset'), MAX_INFOS);
      return { ...page, streams: items.map(streamInfo) };
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
    handle: (request) => request.streams.tools.turns.run(emptied(request)),
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

/** Sequences between the first and the last message that have none. */
function* deletedIn({ store }: Stream): Steps<readonly number[]> {
  const deleted: number[] = [];
  const { firstSequence, lastSequence, messages } = store.state;
  if (messages === 0) return deleted;
  for (let sequence = firstSequence; sequence <= lastSequence; sequence++) {
    if (store.get(sequence) === undefined) deleted.push(sequence);
    if (sequence % STEP_SEQUENCES === 0) yield;
  }
  return deleted;
}

function* subjectsOf({ store }: Stream, filter: string, offset: number | undefined) {
  const all = isPlainSubject(filter) ? [...(yield* store.subjects([filter]))] : [];
  if (all.length === 0) return { page: BLANK_PAGE, subjects: undefined };
  all.sort(([one], [other]) => (one < other ? -1 : 1));
  const { items, ...page } = pageOf(all, offset, MAX_SUBJECTS);
  const counts = items.map(([subject, { messages }]) => [subject, messages] as const);
  return { page, subjects: counts.length === 0 ? undefined : Object.fromEntries(counts) };
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

import { destinationFault } from '../../domain/destination.js';
import { MAX_JETSTREAM_COPIED, MAX_JETSTREAM_COPIED_PLACES } from '../../domain/jetstream-limits.js';
import { isPlainLiteral, isPlainSubject } from '../../domain/plain-subject.js';
import { finish } from '../../domain/steps.js';
import { ApiError, type ApiErrorName, invalidConfig } from '../api/errors.js';
import { PatternTrie } from '../pattern-trie.js';
import { isName, orAll, refusing, subjectsOverlap } from './names.js';
import { sourceId } from './source-id.js';
import type { StreamConfig, StreamSource, SubjectTransformConfig } from './stream-config.js';

const API_PREFIX = '$JS.API';
/** Streams of the account, by name; undefined: there is none. */
export type KnownConfig = (name: string) => StreamConfig | undefined;

/**
 * Checks what a stream copies from others, in nats-server's order.
 * @throws ApiError
 */
export function checkCopies(config: StreamConfig, known: KnownConfig): void {
  const { mirror, sources = [] } = config;
  let copied = 0;
  for (const { subject_transforms = [] } of mirror === undefined ? sources : [mirror, ...sources])
    copied += 1 + subject_transforms.length;
  if (copied > MAX_JETSTREAM_COPIED)
    throw invalidConfig(
      `streams to copy from and their transforms are too many, maximum allowed is ${MAX_JETSTREAM_COPIED}`,
    );
  if (mirror !== undefined) checkMirror(config, mirror, known);
  checkSources(config, sources, known);
  const all = mirror === undefined ? sources : [mirror];
  checkPrefixes(all, known);
  checkCycle(config, known);
}

/** A mirror answers direct gets where the stream that it mirrors does. */
export function inheritDirect(config: StreamConfig, known: KnownConfig): StreamConfig {
  const { mirror } = config;
  const origin = mirror === undefined || mirror.external !== undefined ? undefined : known(mirror.name);
  return origin === undefined ? config : { ...config, mirror_direct: origin.allow_direct };
}

function checkMirror(config: StreamConfig, mirror: StreamSource, known: KnownConfig): void {
  const { filter_subject, subject_transforms = [] } = mirror;
  if (config.first_seq !== undefined) throw new ApiError('MIRROR_WITH_FIRST_SEQ');
  if (config.subjects.length > 0) throw new ApiError('MIRROR_WITH_SUBJECTS');
  if (config.sources !== undefined) throw new ApiError('MIRROR_WITH_SOURCES');
  if (filter_subject !== undefined && subject_transforms.length > 0)
    throw new ApiError('MIRROR_MULTIPLE_FILTERS_NOT_ALLOWED');
  checkTransforms(
    subject_transforms,
    'MIRROR_INVALID_SUBJECT_FILTER',
    'MIRROR_INVALID_TRANSFORM_DESTINATION',
  );
  if (someOverlap(subject_transforms, 'overlapping'))
    throw new ApiError('MIRROR_OVERLAPPING_SUBJECT_FILTERS');
  if (mirror.external !== undefined) return;
  if (!isName(mirror.name)) throw new ApiError('MIRROR_INVALID_STREAM_NAME');
  if (isTooSmall(config, known(mirror.name))) throw new ApiError('MIRROR_MAX_MESSAGE_SIZE_TOO_BIG');
}

function checkSources(config: StreamConfig, sources: readonly StreamSource[], known: KnownConfig): void {
  const ids = new Set<string>();
  for (const source of sources) {
    const { name, filter_subject, subject_transforms = [], external } = source;
    if (!isName(name)) throw new ApiError('SOURCE_INVALID_STREAM_NAME');
    const id = sourceId(source);
    if (ids.has(id)) throw new ApiError('SOURCE_DUPLICATE_DETECTED');
    ids.add(id);
    if (filter_subject !== undefined && subject_transforms.length > 0)
      throw new ApiError('SOURCE_MULTIPLE_FILTERS_NOT_ALLOWED');
    checkTransforms(
      subject_transforms,
      'SOURCE_INVALID_SUBJECT_FILTER',
      'SOURCE_INVALID_TRANSFORM_DESTINATION',
    );
    if (someOverlap(subject_transforms, 'within')) throw new ApiError('SOURCE_OVERLAPPING_SUBJECT_FILTERS');
    if (external === undefined && isTooSmall(config, known(name)))
      throw new ApiError('SOURCE_MAX_MESSAGE_SIZE_TOO_BIG');
  }
}

function checkTransforms(
  transforms: readonly SubjectTransformConfig[],
  invalidSource: ApiErrorName,
  invalidDestination: ApiErrorName,
): void {
  for (const { src, dest } of transforms) {
    if (src !== '' && !isPlainSubject(src)) throw new ApiError(invalidSource, `invalid subject ${src}`);
    const fault = dest === '' ? undefined : destinationFault(orAll(src), dest);
    if (fault !== undefined) throw new ApiError(invalidDestination, fault);
  }
}

/** Whether two filters overlap, or one is within another. @throws ApiError where they are too many to be compared */
function someOverlap(transforms: readonly SubjectTransformConfig[], how: 'overlapping' | 'within'): boolean {
  const all = new PatternTrie<string>();
  const budget = { left: MAX_JETSTREAM_COPIED_PLACES };
  for (const { src } of transforms) {
    const filter = orAll(src);
    if (all.get(filter) !== undefined) return true;
    const found = how === 'within' ? undefined : all.overlapping(filter, undefined, budget);
    if (found !== undefined && finish(refusing(found)) !== undefined) return true;
    all.add(filter, filter);
  }
  return (
    how === 'within' &&
    transforms.some(({ src }) => finish(refusing(all.covering(orAll(src), budget))) !== undefined)
  );
}

/** Whether a stream may not store what the other one may. */
function isTooSmall({ max_msg_size: own }: StreamConfig, origin: StreamConfig | undefined): boolean {
  return own > 0 && origin !== undefined && origin.max_msg_size > 0 && own < origin.max_msg_size;
}

function checkPrefixes(all: readonly StreamSource[], known: KnownConfig): void {
  const local = all.filter(({ external }) => external === undefined);
  const subjects = local.flatMap(({ name }) => known(name)?.subjects ?? []);
  for (const { deliver = '' } of all.flatMap(({ external }) => external ?? [])) {
    if (deliver === '') continue;
    if (!isPlainLiteral(deliver)) throw new ApiError('STREAM_INVALID_EXTERNAL_DELIVERY_SUBJ', deliver);
    const overlapping = subjects.find((subject) => subjectsOverlap(subject, `${deliver}.${subject}`));
    if (overlapping !== undefined)
      throw new ApiError('STREAM_EXTERNAL_DEL_PREFIX_OVERLAPS', deliver, overlapping);
  }
  for (const { api } of all.flatMap(({ external }) => external ?? [])) {
    if (api === '') continue;
    if (!isPlainLiteral(api))
      throw invalidConfig(
        `stream external api prefix ${JSON.stringify(api)} must be a valid subject without wildcards`,
      );
    if (subjectsOverlap(api, API_PREFIX)) throw new ApiError('STREAM_EXTERNAL_API_OVERLAP', api, API_PREFIX);
  }
}

/** Refuses a stream whose messages would come back to it. @throws ApiError */
function checkCycle(config: StreamConfig, known: KnownConfig): void {
  const visited = new Set<string>();
  const waiting = [config];
  let compared = 0;
  const isWanted = (subjects: readonly string[], filter: string): boolean => {
    compared += subjects.length;
    if (compared > MAX_JETSTREAM_COPIED_PLACES) throw invalidConfig('too many subjects to be compared');
    return subjects.some((each) => subjectsOverlap(each, filter));
  };
  const visit = (name: string, isCycle: () => boolean): void => {
    if (!visited.has(name)) waiting.push(...[known(name) ?? []].flat());
    else if (isCycle()) throw invalidConfig('detected cycle');
  };
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { name, subjects, sources = [], mirror } = next;
    if (visited.has(name)) continue;
    visited.add(name);
    for (const { name: origin, external, filter_subject: filter } of sources)
      if (external === undefined) visit(origin, () => filter === undefined || isWanted(subjects, filter));
    if (mirror !== undefined && mirror.external === undefined) visit(mirror.name, () => true);
  }
}

import { MAX_JETSTREAM_SUBJECTS } from '../../domain/jetstream-limits.js';
import { isPlainSubject } from '../../domain/plain-subject.js';
import type { Steps } from '../../domain/steps.js';
import { covers } from '../../domain/subject.js';
import { ApiError, invalidConfig } from '../api/errors.js';
import { PatternTrie } from '../pattern-trie.js';
import { checkCopies, inheritDirect, type KnownConfig } from './check-copies.js';
import { checkRenaming } from './check-renaming.js';
import { checkName, overlapBudget, refusing, subjectsOverlap } from './names.js';
import { type GivenConfig, present } from './read-config.js';
import type { StreamConfig } from './stream-config.js';

const NS_PER_MS = 1e6;
/** Subjects looked at between two steps. */
const STEP_SUBJECTS = 64;
const MAX_DESCRIPTION_LENGTH = 4_096;
const MAX_METADATA_LENGTH = 128 * 1_024;
const MAX_REPLICAS = 5;
const DEFAULT_DUPLICATE_WINDOW = 120_000 * NS_PER_MS;
const LEAST_AGE = 100 * NS_PER_MS;
const LEAST_MARKER_TTL = 1_000 * NS_PER_MS;
const JETSTREAM_SUBJECTS = ['$JS.>', '$JSC.>', '$NRG.>'];

/** What configurations of one account are checked by. */
export interface ConfigRules {
  /** Longest window for message ids, in nanoseconds; 0: any. */
  readonly maxDuplicateWindow: number;
  /** Whether a number of replicas above 1 is taken for 1. */
  readonly replicasAsOne: boolean;
}

/**
 * A configuration with its defaults, checked as nats-server 2.10 does.
 * @param known configurations of the account's streams
 * @throws ApiError
 */
export function* checkConfig(
  given: GivenConfig,
  rules: ConfigRules,
  known: KnownConfig,
): Steps<StreamConfig> {
  checkName(given.name);
  const config = inheritDirect(withDefaults(given, rules), known);
  yield;
  checkTexts(config);
  yield;
  checkReplicas(config);
  checkTimes(config, rules);
  if (config.deny_purge && config.allow_rollup_hdrs)
    throw invalidConfig('roll-ups require the purge permission');
  if (config.discard_new_per_subject === true) {
    if (config.discard !== 'new')
      throw invalidConfig('discard new per subject requires discard new policy to be set');
    if (config.max_msgs_per_subject <= 0)
      throw invalidConfig('discard new per subject requires max msgs per subject > 0');
  }
  checkMarkers(config);
  checkCopies(config, known);
  yield* checkSubjects(config);
  yield;
  checkRenaming(config);
  if (config.num_replicas > 1 && !rules.replicasAsOne) throw new ApiError('STREAM_REPLICAS_NOT_SUPPORTED');
  return (config.subject_delete_marker_ttl ?? 0) > 0 ? withMarkers(config) : config;
}

function withDefaults(given: GivenConfig, { maxDuplicateWindow, replicasAsOne }: ConfigRules): StreamConfig {
  const { name = '', mirror, sources, max_age = 0, num_replicas } = given;
  const isCopy = mirror !== undefined || (sources !== undefined && sources.length > 0);
  const subjects = given.subjects ?? [];
  const replicas = num_replicas === undefined || num_replicas === 0 ? 1 : num_replicas;
  return {
    name,
    ...present('description', given.description || undefined),
    subjects: subjects.length === 0 && !isCopy ? [name] : subjects,
    retention: given.retention ?? 'limits',
    max_consumers: limit(given.max_consumers),
    max_msgs: limit(given.max_msgs),
    max_bytes: limit(given.max_bytes),
    max_age,
    max_msgs_per_subject: limit(given.max_msgs_per_subject),
    max_msg_size: limit(given.max_msg_size),
    discard: given.discard ?? 'old',
    storage: given.storage ?? 'file',
    num_replicas: replicasAsOne && replicas > 1 ? 1 : replicas,
    ...present('no_ack', given.no_ack || undefined),
    duplicate_window: given.duplicate_window || (isCopy ? 0 : defaultWindow(max_age, maxDuplicateWindow)),
    ...present('placement', given.placement),
    ...present('mirror', mirror),
    ...present('sources', sources?.length === 0 ? undefined : sources),
    compression: given.compression ?? 'none',
    ...present('first_seq', given.first_seq || undefined),
    ...present('subject_transform', given.subject_transform),
    ...present('republish', given.republish && { ...given.republish, src: given.republish.src || '>' }),
    allow_direct: given.allow_direct ?? false,
    mirror_direct: given.mirror_direct ?? false,
    ...present('discard_new_per_subject', given.discard_new_per_subject || undefined),
    sealed: given.sealed ?? false,
    deny_delete: given.deny_delete ?? false,
    deny_purge: given.deny_purge ?? false,
    allow_rollup_hdrs: given.allow_rollup_hdrs ?? false,
    consumer_limits: given.consumer_limits ?? {},
    allow_msg_ttl: given.allow_msg_ttl ?? false,
    ...present('subject_delete_marker_ttl', given.subject_delete_marker_ttl || undefined),
    ...present('metadata', given.metadata),
  };
}

function limit(given: number | undefined): number {
  return given === undefined || given <= 0 ? -1 : given;
}

function defaultWindow(maxAge: number, most: number): number {
  const window = most > 0 ? Math.min(most, DEFAULT_DUPLICATE_WINDOW) : DEFAULT_DUPLICATE_WINDOW;
  return maxAge !== 0 && maxAge < window ? maxAge : window;
}

function checkTexts({ description = '', metadata = {} }: StreamConfig): void {
  if (Buffer.byteLength(description) > MAX_DESCRIPTION_LENGTH)
    throw invalidConfig(`stream description is too long, maximum allowed is ${MAX_DESCRIPTION_LENGTH}`);
  let length = 0;
  for (const [key, value] of Object.entries(metadata))
    length += Buffer.byteLength(key) + Buffer.byteLength(value);
  if (length > MAX_METADATA_LENGTH)
    throw invalidConfig(`stream metadata exceeds maximum size of ${MAX_METADATA_LENGTH} bytes`);
}

function checkReplicas({ num_replicas }: StreamConfig): void {
  if (num_replicas > MAX_REPLICAS) throw invalidConfig(`maximum replicas is ${MAX_REPLICAS}`);
  if (num_replicas < 0) throw new ApiError('REPLICAS_COUNT_CANNOT_BE_NEGATIVE');
}

function checkTimes({ max_age, duplicate_window: window }: StreamConfig, rules: ConfigRules): void {
  const { maxDuplicateWindow: most } = rules;
  if (max_age < 0) throw invalidConfig('max age can not be negative');
  if (max_age > 0 && max_age < LEAST_AGE) throw invalidConfig('max age needs to be >= 100ms');
  if (window < 0) throw invalidConfig('duplicates window can not be negative');
  if (max_age !== 0 && window > max_age)
    throw invalidConfig('duplicates window can not be larger then max age');
  if (most > 0 && window > most)
    throw invalidConfig(`duplicates window can not be larger then server limit of ${most / NS_PER_MS}ms`);
  if (window > 0 && window < LEAST_AGE) throw invalidConfig('duplicates window needs to be >= 100ms');
}

function checkMarkers({ subject_delete_marker_ttl: ttl = 0, mirror }: StreamConfig): void {
  if (ttl < 0) throw invalidConfig('subject delete marker TTL must not be negative');
  if (ttl > 0 && ttl < LEAST_MARKER_TTL)
    throw invalidConfig('subject delete marker TTL must be at least 1 second');
  if (ttl > 0 && mirror !== undefined) throw invalidConfig('subject delete markers forbidden on mirrors');
}

/** Markers take the place of messages, and expire themselves. */
function withMarkers(config: StreamConfig): StreamConfig {
  return {
    ...config,
    allow_msg_ttl: true,
    ...(config.allow_rollup_hdrs ? {} : { allow_rollup_hdrs: true, deny_purge: false }),
  };
}

function* checkSubjects({ subjects, no_ack = false }: StreamConfig): Steps<void> {
  if (subjects.length > MAX_JETSTREAM_SUBJECTS)
    throw invalidConfig(`stream subjects are too many, maximum allowed is ${MAX_JETSTREAM_SUBJECTS}`);
  const all = new Set<string>();
  for (const subject of subjects) {
    if (!isPlainSubject(subject)) throw invalidConfig('invalid subject');
    if (all.has(subject)) throw invalidConfig('duplicate subjects detected');
    if (!no_ack) checkReserved(subject);
    all.add(subject);
    if (all.size % STEP_SUBJECTS === 0) yield;
  }
  const before = new PatternTrie<string>();
  const budget = overlapBudget();
  for (const subject of subjects) {
    const other = yield* refusing(before.overlapping(subject, undefined, budget));
    if (other !== undefined)
      throw invalidConfig(`subject ${JSON.stringify(other)} overlaps with ${JSON.stringify(subject)}`);
    before.add(subject, subject);
  }
}

/** An acknowledgement of what it takes of these subjects would be another message there. */
function checkReserved(subject: string): void {
  if (subject === '>') throw invalidConfig('capturing all subjects requires no-ack to be true');
  if (JETSTREAM_SUBJECTS.some((each) => subjectsOverlap(subject, each)) && !covers('$JS.EVENT.>', subject))
    throw invalidConfig('subjects that overlap with jetstream api require no-ack to be true');
  if (subjectsOverlap(subject, '$SYS.>') && !covers('$SYS.ACCOUNT.>', subject))
    throw invalidConfig('subjects that overlap with system api require no-ack to be true');
}

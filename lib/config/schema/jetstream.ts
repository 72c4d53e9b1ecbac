/** Streams and consumers, in TOML's words: `[jetstream]`, and what accounts may have of them. */
import * as v from 'valibot';
import * as limits from '../../domain/limits.js';
import { boolean, bytes, duration, integer, type SettingMeta, table, text, word } from '../kinds.js';
import { later, optional } from '../optional-setting.js';
import { isTable, strict } from '../strict.js';
import { parseDuration } from '../units.js';

const TIB = 1024 ** 4;
const HOUR = 3_600_000;

const wrongCount = 'not a limit, allowed: a whole number from 0; -1: no limit';
const count = v.optional(v.pipe(v.number(wrongCount), v.integer(wrongCount), v.minValue(-1, wrongCount)), -1);

const block = later(() =>
  strict({
    max_memory: count,
    max_file: count,
    max_streams: count,
    max_consumers: count,
    max_ack_pending: count,
    memory_max_stream_bytes: count,
    file_max_stream_bytes: count,
    max_bytes_required: v.optional(v.boolean('not true or false'), false),
  }),
);

const isOn = later(() =>
  v.pipe(
    v.boolean('not usable, allowed: true, false, or a table of limits'),
    v.transform((on) => (on ? v.parse(block, {}) : undefined)),
  ),
);

/** What an account may have of JetStream; undefined: it has none. */
export const accountJetstream = v.lazy((input) => (isTable(input) ? block : isOn));

const syncAllowed = 'always, or 1ms to 1h';
const wrongSync = `not usable, allowed: ${syncAllowed}`;

const sync = optional(
  () =>
    v.pipe(
      v.string(wrongSync),
      v.transform((given) => (given === 'always' ? given : (parseDuration(given) ?? 0))),
      v.check((given) => given === 'always' || (given >= 1 && given <= HOUR), wrongSync),
      v.metadata({
        kind: 'text',
        allowed: syncAllowed,
        about:
          'When messages in files are made safe from power failures: always: before they are acknowledged; else so much later at most.',
      } satisfies SettingMeta),
    ),
  () => 'always',
  () => 'always' as const,
);

const entries = {
  enabled: boolean(true, {
    about: 'Whether streams and consumers are served. Without the table they are not.',
    flag: '-js/--jetstream',
  }),
  store_dir: text('text', {
    about: 'Folder that streams in files are kept in; none: they are kept in memory, too.',
    flag: '-sd/--store_dir DIR',
  }),
  sync,
  max_memory: bytes(
    limits.JETSTREAM_MAX_MEMORY_BYTES,
    { min: 0, max: 1_024 * TIB },
    { about: 'Bytes that all streams in memory may keep; 0: three quarters of the memory of the machine.' },
  ),
  max_file: bytes(
    limits.JETSTREAM_MAX_FILE_BYTES,
    { min: 0, max: 1_024 * TIB },
    { about: 'Bytes that all streams in files may keep; 0: any number.' },
  ),
  domain: word({ about: 'Name under which other servers reach the streams of this one; none: they do not.' }),
  duplicate_window: duration(
    limits.JETSTREAM_DUPLICATE_WINDOW_MS,
    { min: 0, max: 24 * HOUR },
    { about: 'Longest time for which a stream remembers the ids of messages; 0s: any.' },
  ),
  max_ack_pending: integer(
    limits.JETSTREAM_MAX_ACK_PENDING,
    { min: 0, max: 2 ** 31 - 1 },
    { about: 'Messages that one consumer may have delivered and not acknowledged; 0: any number.' },
  ),
  max_request_batch: integer(
    limits.JETSTREAM_MAX_REQUEST_BATCH,
    { min: 0, max: 2 ** 31 - 1 },
    { about: 'Messages that one request to a pull consumer may ask for; 0: any number.' },
  ),
  replicas_as_one: boolean(false, {
    about: 'Whether streams that ask for several replicas are kept once, and not refused: for tests.',
  }),
};

/** Streams and consumers; without the table there are none. */
export const jetstream = table(entries, { enabled: false });

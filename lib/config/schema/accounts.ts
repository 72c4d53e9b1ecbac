/** Accounts, and what they lend to and use of each other, in TOML's words. */
import * as v from 'valibot';
import { later } from '../optional-setting.js';
import { named, strict } from '../strict.js';
import { parseDuration } from '../units.js';
import { accountJetstream } from './jetstream.js';
import { mappings } from './mappings.js';
import { accountName, isName, literal, NAME_ALLOWED, pattern } from './subjects.js';
import { permissions, users } from './users.js';

/** Kinds of response by what people call them. */
const RESPONSE_TYPES: Readonly<Record<string, 'Singleton' | 'Stream' | 'Chunked'>> = {
  single: 'Singleton',
  singleton: 'Singleton',
  stream: 'Stream',
  chunk: 'Chunked',
  chunked: 'Chunked',
};

const flag = v.boolean('not true or false');
const wrongType = 'not a kind of response, allowed: Singleton, Stream, Chunked';
const wrongTime = 'not a duration, allowed: such as "2s", "500ms" or "2m"';

const wrongPosition = 'not a position, allowed: a whole number from 1';

const exported = later(() =>
  v.pipe(
    strict({
      stream: v.optional(pattern),
      service: v.optional(pattern),
      accounts: v.optional(v.array(accountName, 'not a list of account names')),
      response_type: v.optional(
        v.pipe(
          v.string(wrongType),
          v.transform((type) => RESPONSE_TYPES[type.toLowerCase()]),
          v.picklist(['Singleton', 'Stream', 'Chunked'], wrongType),
        ),
      ),
      response_threshold: v.optional(
        v.pipe(v.string(wrongTime), v.transform(parseDuration), v.number(wrongTime)),
      ),
      allow_trace: v.optional(flag),
      account_token_position: v.optional(
        v.pipe(v.number(wrongPosition), v.integer(wrongPosition), v.minValue(1, wrongPosition)),
      ),
    }),
    v.check(
      ({ stream, service }) => (stream === undefined) !== (service === undefined),
      'needs stream or service, one of them',
    ),
    v.check(
      ({ stream, service, account_token_position: position }) =>
        position === undefined || (stream ?? service)?.split('.')[position - 1] === '*',
      'account_token_position is not the place of a * in its subject',
    ),
    v.check(
      ({ service, response_type, response_threshold }) =>
        service !== undefined || (response_type ?? response_threshold) === undefined,
      'response_type and response_threshold are of services, not of streams',
    ),
    v.check(
      ({ service, allow_trace }) => service !== undefined || allow_trace === undefined,
      'allow_trace is of services; for a stream its import has it',
    ),
  ),
);

const source = later(() => strict({ account: accountName, subject: pattern }));

const imported = later(() =>
  v.pipe(
    strict({
      stream: v.optional(source),
      service: v.optional(source),
      to: v.optional(pattern),
      prefix: v.optional(literal),
      allow_trace: v.optional(flag),
    }),
    v.check(
      ({ stream, service }) => (stream === undefined) !== (service === undefined),
      'needs stream or service, one of them',
    ),
    v.check(({ to, prefix }) => to === undefined || prefix === undefined, 'to and prefix exclude each other'),
    v.check(
      ({ stream, prefix }) => prefix === undefined || stream !== undefined,
      'prefix is of streams, not of services',
    ),
    v.check(
      ({ stream, allow_trace }) => stream !== undefined || allow_trace === undefined,
      'allow_trace is of streams; for a service its export has it',
    ),
  ),
);

const percent = 'not a number of percent, allowed: 1 to 100';

const traces = later(() =>
  strict({
    dest: literal,
    sampling: v.optional(
      v.pipe(v.number(percent), v.integer(percent), v.minValue(1, percent), v.maxValue(100, percent)),
      100,
    ),
  }),
);

const wrongLimit = 'not a limit, allowed: a whole number from 0; -1: no limit';
const limit = v.optional(
  v.pipe(
    v.number(wrongLimit),
    v.integer(wrongLimit),
    v.minValue(-1, wrongLimit),
    v.maxValue(2 ** 31 - 1, wrongLimit),
  ),
);

/** What an account may have at most; -1: no limit but that of the server. */
const limits = later(() =>
  strict({
    max_connections: limit,
    max_subscriptions: limit,
    max_payload: limit,
  }),
);

const account = later(() =>
  strict({
    users: v.optional(users, []),
    default_permissions: v.optional(permissions),
    exports: v.optional(v.array(exported, 'not a list of exports'), []),
    imports: v.optional(v.array(imported, 'not a list of imports'), []),
    msg_trace: v.optional(traces),
    mappings: v.optional(mappings),
    limits: v.optional(limits),
    jetstream: v.optional(accountJetstream),
  }),
);

/** Accounts by name. */
export const accounts = later(() => named(account, isName, NAME_ALLOWED));

/** One account. */
export type AccountSettings = v.InferOutput<typeof account>;
/** One export. */
export type ExportSettings = v.InferOutput<typeof exported>;
/** One import. */
export type ImportSettings = v.InferOutput<typeof imported>;

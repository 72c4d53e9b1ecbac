/** Users and what they may do, in TOML's words. */
import * as v from 'valibot';
import { FLOW_POLICIES } from '../../domain/flow-policy.js';
import { later } from '../optional-setting.js';
import { isTable, strict } from '../strict.js';
import { parseDuration } from '../units.js';
import { pattern, queuePattern, userKey } from './subjects.js';

const MINUTE = 60_000;

/** Replies to one message, and how long they may take in milliseconds, where `allow_responses = true`. */
const RESPONSES = { max: 1, expires: 2 * MINUTE } as const;

/** One subject or a list of them. */
function subjects(one: typeof pattern) {
  const single = v.pipe(
    one,
    v.transform((text) => [text]),
  );
  const many = v.array(one, 'not a list of subjects');
  return v.lazy((input) => (Array.isArray(input) ? many : single));
}

/** `"a.>"`, `["a.>"]` or `{ allow = …, deny = … }`. */
function rules(one: typeof pattern) {
  const allowed = v.pipe(
    subjects(one),
    v.transform((allow): { allow?: string[]; deny?: string[] } => ({ allow })),
  );
  const both = strict({ allow: v.optional(subjects(one)), deny: v.optional(subjects(one)) });
  return v.lazy((input) => (isTable(input) ? both : allowed));
}

const wrongMax = 'not usable, allowed: -1 (any number) or a whole number from 1';
const wrongExpires = 'not a duration, allowed: such as "2s", "500ms" or "2m"; "0s" is without end';

const responseLimits = later(() =>
  strict({
    max: v.optional(
      v.pipe(
        v.number(wrongMax),
        v.check((max) => Number.isSafeInteger(max) && max !== 0, wrongMax),
        v.transform((max) => Math.max(max, -1)),
      ),
      RESPONSES.max,
    ),
    expires: v.optional(
      v.pipe(v.string(wrongExpires), v.transform(parseDuration), v.number(wrongExpires)),
      '2m',
    ),
  }),
);

const responseSwitch = later(() =>
  v.pipe(
    v.boolean('not usable, allowed: true, false or { max = 1, expires = "2m" }'),
    v.transform((on) => (on ? { ...RESPONSES } : undefined)),
  ),
);

/** What a user may do. */
export const permissions = later(() =>
  strict({
    publish: v.optional(rules(pattern)),
    subscribe: v.optional(rules(queuePattern)),
    allow_responses: v.optional(v.lazy((input) => (isTable(input) ? responseLimits : responseSwitch))),
  }),
);

/** Text that may be missing: the empty text is. */
function text(allowed: string) {
  const wrong = `not usable, allowed: ${allowed}`;
  return v.optional(
    v.pipe(
      v.string(wrong),
      v.regex(/^[^\0-\x1f\x7f]*$/, wrong),
      v.transform((given) => given || undefined),
    ),
  );
}

const wrongPassword = 'not usable, allowed: text without control characters';

/** Which there are is known where dialects are registered: see auth/connection-types.ts. */
const wrongType = 'not a type of connection, allowed: such as STANDARD, WEBSOCKET or LINE';

const wrongFlow = `not a policy, allowed: ${FLOW_POLICIES.join(', ')}`;

const user = later(() =>
  v.pipe(
    strict({
      user: text('text without control characters'),
      // The empty text is a password here: none is needed.
      password: v.optional(v.pipe(v.string(wrongPassword), v.regex(/^[^\0-\x1f\x7f]*$/, wrongPassword))),
      nkey: v.optional(userKey),
      permissions: v.optional(permissions),
      allowed_connection_types: v.optional(
        v.array(
          v.pipe(
            v.string(wrongType),
            v.transform((type) => type.toUpperCase()),
            v.regex(/^[A-Z][A-Z\d_]*$/, wrongType),
          ),
          wrongType,
        ),
      ),
      flow: v.optional(v.picklist(FLOW_POLICIES, wrongFlow)),
    }),
    v.check(({ user, nkey }) => user !== undefined || nkey !== undefined, 'needs user and password, or nkey'),
    v.check(
      ({ user, password, nkey }) => nkey === undefined || (user ?? password) === undefined,
      'nkey excludes user and password',
    ),
  ),
);

/** A list of users. */
export const users = later(() => v.array(user, 'not a list of users'));

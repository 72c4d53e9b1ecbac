import { invalidKey, SluiceError } from '../domain/errors.js';
import {
  aBoolean,
  aFunction,
  anything,
  aText,
  aWord,
  checkObject,
  checkOptions,
  milliseconds,
  wholeNumber,
} from '../embed/check.js';
import { kindOf } from '../embed/values.js';

const WAIT = { timeoutMs: milliseconds };
const COUNT = wholeNumber(0, Number.MAX_SAFE_INTEGER);
const QUERY = { id: wholeNumber(1, Number.MAX_SAFE_INTEGER), name: aText, user: aText } as const;

const PATTERN = { subject: aText, text: anything, json: anything, headers: anything };

/** What is wrong with the arguments of a test broker's methods. They throw SluiceError CONFIG_INVALID. */
export const checkTest = {
  wait: (options: unknown) => checkOptions(options, WAIT),
  waitInAccount: (options: unknown) => checkOptions(options, { ...WAIT, account: aWord }),
  record: (options: unknown) => checkOptions(options, { account: aWord }),
  cut: (options: unknown) => checkOptions(options, { midFrame: aBoolean }),
  restart: (options: unknown) => checkOptions(options, { drain: aBoolean, whileDown: aFunction }),
  subject: (subject: unknown) => {
    if (typeof subject !== 'string') throw invalidKey('subject', `not text, but ${kindOf(subject)}`);
  },
  count: (count: unknown) => {
    const problem = COUNT(count);
    if (problem !== undefined) throw invalidKey('count', `${problem}, not ${kindOf(count)}`);
  },
  /** Anything that has an id, a name or a user: a `TestClient` as well. */
  query: (query: unknown) => {
    checkObject(query, 'client', Object.keys(QUERY));
    const { id, name, user } = readQuery(query);
    if ([id, name, user].every((value) => value === undefined))
      throw invalidKey('client', 'not usable, allowed: an object with id, name or user');
    checkOptions({ id, name, user }, QUERY, { of: 'client.' });
  },
  matcher: (matcher: unknown) => {
    if (typeof matcher !== 'function') checkOptions(matcher, PATTERN, { of: 'matcher.' });
  },
};

function readQuery(query: object): Readonly<Record<'id' | 'name' | 'user', unknown>> {
  try {
    const { id, name, user } = query as Record<'id' | 'name' | 'user', unknown>;
    return { id, name, user };
  } catch (error) {
    throw new SluiceError('CONFIG_INVALID', 'client: reading it failed', { cause: error });
  }
}

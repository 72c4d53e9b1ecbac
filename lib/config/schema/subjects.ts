/** Subjects, keys and names inside the trees of the configuration. */
import * as v from 'valibot';
import { hasWildcard, isValidSubject } from '../../domain/subject.js';
import { later } from '../optional-setting.js';

/** What {@link isPattern} takes, for messages. */
const PATTERN_ALLOWED = 'a subject, where * is any token and > at the end all that follow';

/** Whether one may subscribe to it; blanks are refused as well. */
export function isPattern(text: string): boolean {
  return !/\s/.test(text) && isValidSubject(text);
}

function isQueuePattern(text: string): boolean {
  const [subject = '', queue, ...more] = text.split(/\s+/);
  return isPattern(subject) && more.length === 0 && (queue === undefined || isPattern(queue));
}

function checked(isRight: (text: string) => boolean, wrong: string) {
  return later(() => v.pipe(v.string(wrong), v.check(isRight, wrong)));
}

/** A subject with or without wildcards. */
export const pattern = checked(isPattern, `not a subject, allowed: ${PATTERN_ALLOWED}`);

/** Like {@link pattern}, or with a pattern of queue groups after a blank. */
export const queuePattern = checked(
  isQueuePattern,
  `not a subject, allowed: ${PATTERN_ALLOWED}; also "subject queue"`,
);

/** A subject without wildcards. */
export const literal = checked(
  (text) => isPattern(text) && !hasWildcard(text),
  'not usable, allowed: a subject without wildcards',
);

/** What account names may be, for messages. */
export const NAME_ALLOWED = 'text without blanks';

/** Whether an account may be called so. */
export function isName(text: string): boolean {
  return /^[^\s\0-\x1f\x7f]+$/.test(text);
}

/** The name of an account. */
export const accountName = checked(isName, `not a name, allowed: ${NAME_ALLOWED}`);

/** Whether it has the shape of a public nkey whose kind the letter says: O an operator's, A an account's, U a user's, X a curve's. */
export function isPublicKey(text: string, letter: 'O' | 'A' | 'U' | 'X'): boolean {
  return text.startsWith(letter) && /^[A-Z2-7]{56}$/.test(text);
}

/** Whether it has the shape of a seed, the secret part of an nkey: never to be shown. */
export function isSeed(text: string): boolean {
  return /^S[A-Z2-7]{57}$/.test(text);
}

/** A user's public nkey. */
export const userKey = checked(
  (text) => isPublicKey(text, 'U'),
  "not a user's public nkey, allowed: U and 55 letters and digits of base 32",
);

/** An account's public nkey. */
export const accountKey = checked(
  (text) => isPublicKey(text, 'A'),
  "not an account's public nkey, allowed: A and 55 letters and digits of base 32",
);

/** A public curve key. */
export const curveKey = checked(
  (text) => isPublicKey(text, 'X'),
  'not a public curve key, allowed: X and 55 letters and digits of base 32',
);

/** Whether it has the shape of a JWT. */
export function isJwt(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text) && text.startsWith('eyJ');
}

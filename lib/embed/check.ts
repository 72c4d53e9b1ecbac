import { closest } from '../config/suggest.js';
import { type ErrorCode, invalidKey, SluiceError } from '../domain/errors.js';
import { kindOf } from './values.js';

/** What an option may be. */
export type Check = (value: unknown) => string | undefined;

/** A whole number in a range. */
export function wholeNumber(min: number, max: number): Check {
  return (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? undefined
      : `not a whole number in range, allowed: ${min} to ${max}`;
}

/** One of these words. */
export function oneOf(words: readonly string[]): Check {
  return (value) =>
    typeof value === 'string' && words.includes(value)
      ? undefined
      : `not a choice, allowed: ${words.join(', ')}`;
}

/** A function, whatever it takes. */
export const aFunction: Check = (value) => (typeof value === 'function' ? undefined : 'not a function');

/** True or false. */
export const aBoolean: Check = (value) =>
  typeof value === 'boolean' ? undefined : 'not a switch, allowed: true or false';

/** A name, in one word. */
export const aWord: Check = (value) =>
  typeof value === 'string' && /^[^\s\p{Cc}]+$/u.test(value)
    ? undefined
    : 'not usable, allowed: text without blanks and control characters';

/** Any text. */
export const aText: Check = (value) => (typeof value === 'string' ? undefined : 'not text');

/** An AbortSignal of this realm. */
export const aSignal: Check = (value) => {
  const wrong = 'not usable, allowed: an AbortSignal';
  if (!(value instanceof AbortSignal)) return wrong;
  try {
    return typeof value.aborted === 'boolean' ? undefined : wrong;
  } catch {
    return wrong; // an object that only has the prototype of one
  }
};

/** What sluice calls of a logger. */
const LOGGER_METHODS = [
  ...['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
  ...['child', 'isLevelEnabled'],
] as const;

/** A pino logger, or an object with the same methods. */
export const aLogger: Check = (value) => {
  const wrong = `not usable, allowed: a pino logger, with the methods ${LOGGER_METHODS.join(', ')}`;
  if (typeof value !== 'object' || value === null) return wrong;
  const methods = value as Readonly<Record<string, unknown>>;
  return LOGGER_METHODS.every((name) => typeof methods[name] === 'function') ? undefined : wrong;
};

/** A value that is looked at elsewhere. */
export const anything: Check = () => undefined;

/** What a time in milliseconds may be: what a timer can. */
export const milliseconds = wholeNumber(1, 2 ** 31 - 1);

/** How problems with options are told. */
export interface OptionDescription {
  /** Put in front of each key. Default: nothing. */
  readonly of?: string;
  /** Default `CONFIG_INVALID`. */
  readonly code?: ErrorCode;
}

/**
 * Checks that options are an object, so that a list, a Map or a promise that was not awaited is not taken for one
 * without keys.
 * @throws SluiceError CONFIG_INVALID
 */
export function checkObject(
  options: unknown,
  what: string,
  known: readonly string[] = [],
): asserts options is object {
  if (isOptions(options)) return;
  const keys = known.length === 0 ? '' : ` with any of ${known.join(', ')}`;
  throw invalidKey(what, `not usable, allowed: an object${keys}, not ${kindOf(options)}`);
}

/** Whether a value is an object with keys: no list, Map, promise or the like. Never throws. */
export function isOptions(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  try {
    if (Object.getPrototypeOf(value) === Object.prototype) return true;
    return !Array.isArray(value) && Object.prototype.toString.call(value) === '[object Object]';
  } catch {
    return false; // a Proxy whose traps throw, or a getter that does
  }
}

/**
 * Checks options as the configuration is checked: undefined is absent, other keys are wrong.
 * @throws SluiceError CONFIG_INVALID, or the code it is told, naming every wrong option, its value and what is allowed,
 *   one per line
 */
export function checkOptions(
  options: unknown,
  checks: Readonly<Record<string, Check>>,
  { of = '', code = 'CONFIG_INVALID' }: OptionDescription = {},
): void {
  const problems: string[] = [];
  try {
    checkObject(options, `${of}options`, Object.keys(checks));
    for (const [name, value] of Object.entries(options)) {
      if (value === undefined) continue;
      const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
      if (check === undefined) problems.push(`${of}${name}: ${unknown(name, Object.keys(checks))}`);
      else {
        const problem = check(value);
        if (problem !== undefined) problems.push(`${of}${name}${shown(value)}: ${problem}`);
      }
    }
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    // A getter or a Proxy among them threw.
    throw new SluiceError(code, `${of}options: reading them failed`, { cause: error });
  }
  if (problems.length > 0) throw new SluiceError(code, problems.join('\n'));
}

function unknown(name: string, known: readonly string[]): string {
  const meant = closest(name, known);
  const allowed = `allowed: ${known.join(', ')}`;
  return `unknown option, ${meant === undefined ? allowed : `did you mean ${meant}? ${allowed}`}`;
}

function shown(value: unknown): string {
  const isPlain = ['string', 'number', 'boolean'].includes(typeof value);
  return isPlain ? ` = ${typeof value === 'string' ? JSON.stringify(value) : String(value)}` : '';
}

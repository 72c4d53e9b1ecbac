import { closest } from '../config/suggest.js';
import { invalidKey } from '../errors.js';

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
  typeof value === 'string' && /^[^\s\0]+$/.test(value)
    ? undefined
    : 'not usable, allowed: text without blanks';

/** Any text. */
export const aText: Check = (value) => (typeof value === 'string' ? undefined : 'not text');

/** An AbortSignal of this realm. */
export const aSignal: Check = (value) =>
  value instanceof AbortSignal ? undefined : 'not usable, allowed: an AbortSignal';

/** Whatever it is, somebody else looks at it. */
export const anything: Check = () => undefined;

/** What a time in milliseconds may be: what a timer can. */
export const milliseconds = wholeNumber(1, 2 ** 31 - 1);

/**
 * Looks at options as the configuration is looked at: undefined is absent, other keys are wrong.
 * @throws SluiceError CONFIG_INVALID naming every wrong option, its value and what is allowed, one per line
 */
export function checkOptions(options: object, checks: Readonly<Record<string, Check>>, of = ''): void {
  const problems: string[] = [];
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) problems.push(`${of}${name}: ${unknown(name, Object.keys(checks))}`);
    else {
      const problem = check(value);
      if (problem !== undefined) problems.push(`${of}${name}${shown(value)}: ${problem}`);
    }
  }
  const [first, ...more] = problems;
  if (first === undefined) return;
  const [key = '', ...rest] = first.split(': ');
  throw invalidKey(key, [rest.join(': '), ...more].join('\n'));
}

function unknown(name: string, known: readonly string[]): string {
  const meant = closest(name, known);
  return `unknown option, ${meant === undefined ? `allowed: ${known.join(', ')}` : `did you mean ${meant}?`}`;
}

function shown(value: unknown): string {
  const isPlain = ['string', 'number', 'boolean'].includes(typeof value);
  return isPlain ? ` = ${typeof value === 'string' ? JSON.stringify(value) : String(value)}` : '';
}

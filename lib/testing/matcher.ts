import { covers } from '../domain/subject.js';
import type { Message } from '../embed/message.js';
import { listed } from './wait.js';

/** What a message should be like; what is left out does not matter. */
export interface MessagePattern {
  /** A subject, with wildcards as in a subscription. */
  readonly subject?: string | undefined;
  /** The payload as text: all of it, or an expression that finds something in it. */
  readonly text?: string | RegExp | undefined;
  /** The payload as JSON: of objects at least these properties, of lists every element, each in turn like this. */
  readonly json?: unknown;
  /** Of each of these headers one value. */
  readonly headers?: Readonly<Record<string, string | RegExp>> | undefined;
}

/** What picks messages: a pattern, or a function that says yes. */
export type Matcher = MessagePattern | ((message: Message) => boolean);

/** Whether a message is what a matcher asks for. What a function throws is the caller's. */
export function matches(message: Message, matcher: Matcher): boolean {
  if (typeof matcher === 'function') return matcher(message);
  const { subject, text, headers = {} } = matcher;
  return (
    (subject === undefined || covers(subject, message.subject)) &&
    (text === undefined || isText(message.text(), text)) &&
    (!('json' in matcher) || isJson(message, matcher.json)) &&
    Object.entries(headers).every(([name, value]) =>
      (message.headers?.values(name) ?? []).some((each) => isText(each, value)),
    )
  );
}

/** A matcher in words. */
export function describeMatcher(matcher: Matcher): string {
  if (typeof matcher === 'function') return 'a message that the function takes';
  const parts = Object.entries(matcher).map(([key, value]) => `${key} ${shown(value)}`);
  return parts.length === 0 ? 'any message' : `a message with ${parts.join(', ')}`;
}

const MAX_SHOWN = 200;

/** A message in words. */
function describeMessage(message: Message): string {
  const text = message.text();
  const payload =
    text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}… (${message.payload.length} bytes)` : text;
  const headers = [...(message.headers ?? [])].map(([name, value]) => `${name}: ${value}`);
  return `${message.subject}  ${JSON.stringify(payload)}${headers.length === 0 ? '' : `  {${headers.join(', ')}}`}`;
}

/** Messages in words, a line each. */
export function describeMessages(messages: readonly Message[]): string {
  return listed(messages.map(describeMessage));
}

function shown(value: unknown): string {
  return value instanceof RegExp
    ? String(value)
    : JSON.stringify(value, (_, each: unknown) => (each instanceof RegExp ? String(each) : each));
}

function isText(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text === wanted : text.search(wanted) >= 0;
}

function isJson(message: Message, wanted: unknown): boolean {
  let value: unknown;
  try {
    value = message.json();
  } catch {
    return false;
  }
  return includes(value, wanted);
}

/** Whether `value` has all that `wanted` has. */
function includes(value: unknown, wanted: unknown): boolean {
  if (Object.is(value, wanted)) return true;
  if (typeof value !== 'object' || typeof wanted !== 'object' || value === null || wanted === null)
    return false;
  if (Array.isArray(value) !== Array.isArray(wanted)) return false;
  if (Array.isArray(value) && value.length !== (wanted as unknown[]).length) return false;
  return Object.entries(wanted).every(
    ([key, part]) => Object.hasOwn(value, key) && includes((value as Record<string, unknown>)[key], part),
  );
}

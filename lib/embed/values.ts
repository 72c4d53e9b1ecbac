/** Values that the embedding program hands over: how messages name them, and copies that cannot change any more. */
import { types } from 'node:util';
import { SluiceError } from '../domain/errors.js';

/** Deepest nesting of an object that is copied: permissions take three levels. */
const MAX_DEPTH = 8;
/** Longest name of a class in a message, in characters. */
const MAX_NAME = 50;

/**
 * Names a value by its kind, for messages. Never throws, and never shows text or what is inside an object: a value that
 * came by mistake may be a password.
 */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  switch (typeof value) {
    case 'string':
      return `text of ${value.length} characters`;
    case 'number':
    case 'boolean':
      return `the ${typeof value} ${value}`;
    case 'bigint':
    case 'symbol':
      return `a ${typeof value}`;
    case 'function':
      return types.isProxy(value) ? 'a Proxy' : 'a function';
    default:
      return kindOfObject(value);
  }
}

function kindOfObject(value: object): string {
  if (types.isProxy(value)) return 'a Proxy';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === null) return 'an object without a prototype';
    if (prototype === Object.prototype) return 'a plain object';
    const name: unknown = (prototype as { constructor?: { name?: unknown } }).constructor?.name;
    if (typeof name === 'string' && name !== '') return `an instance of ${name.slice(0, MAX_NAME)}`;
  } catch {
    // A getter on the prototype threw: the value has no name.
  }
  return 'an object';
}

/** Whether a value is an object literal: neither a class instance, nor an array, nor a Proxy, nor without a prototype. */
export function isPlainObject(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    !types.isProxy(value) &&
    Object.getPrototypeOf(value) === Object.prototype
  );
}

/** `instanceof` of what was thrown, which may be a Proxy whose traps throw. Never throws. */
export function isInstance<T>(value: unknown, type: abstract new (...args: never) => T): value is T {
  return !types.isProxy(value) && value instanceof type;
}

/** Whether a value has a `then` method. Throws what a getter of that name throws. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  return typeof (value as { then?: unknown }).then === 'function';
}

/**
 * The value a thenable settles with, as a promise of this realm: it settles once, whatever the thenable does, and a
 * `then` that throws rejects it.
 */
export function settled(thenable: PromiseLike<unknown>): Promise<unknown> {
  return new Promise((resolve) => resolve(thenable));
}

/**
 * A deep copy of plain objects, lists, text, numbers and booleans. What is checked is the copy, so that nothing can
 * change between the check and the use.
 *
 * @param path names the value in messages
 * @throws SluiceError INVALID_RESULT about anything else in it: a getter, a Proxy, a class instance, a key with the value
 *   undefined (a missing restriction would allow everything)
 */
export function plainCopy(value: unknown, path: string, depth = 0): unknown {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value;
  if (value === undefined) throw invalid(path, 'undefined, allowed: a value, or leave the key out');
  const isList = Array.isArray(value) && !types.isProxy(value);
  if ((!isList && !isPlainObject(value)) || depth > MAX_DEPTH)
    throw invalid(path, `${kindOf(value)}, allowed: plain objects, lists, text, numbers, true and false`);
  const copied = Reflect.ownKeys(value).flatMap((key) => {
    if (isList && key === 'length') return [];
    const name = String(key);
    const inner = isList ? `${path}[${name}]` : `${path}.${name}`;
    const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
    if (typeof key === 'symbol' || key in Object.prototype) throw invalid(inner, 'unknown key');
    if (descriptor === undefined || !('value' in descriptor))
      throw invalid(inner, 'a getter, allowed: a value');
    return [[name, plainCopy(descriptor.value, inner, depth + 1)] as const];
  });
  if (!isList) return Object.fromEntries(copied);
  if (copied.length !== value.length || copied.some(([name], index) => name !== String(index)))
    throw invalid(path, 'a list with holes or keys of its own, allowed: a list');
  return copied.map(([, item]) => item);
}

function invalid(path: string, reason: string): SluiceError {
  return new SluiceError('INVALID_RESULT', `${path}: ${reason}`);
}

/**
 * The error about a value that a function of the program returned.
 * @param of names the function
 * @param allowed what it may return
 */
export function invalidResult(of: string, value: unknown, allowed: string): SluiceError {
  const cause = types.isNativeError(value) ? { cause: value } : undefined;
  return new SluiceError('INVALID_RESULT', `${of}: returned ${kindOf(value)}, allowed: ${allowed}`, cause);
}

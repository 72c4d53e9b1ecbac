import { MAX_JETSTREAM_REQUEST_BYTES, MAX_JETSTREAM_TEXT_BYTES } from '../../domain/jetstream-limits.js';
import { KIB } from '../../domain/limits.js';
import type { Steps } from '../../domain/steps.js';
import { parseTime } from '../instant.js';
import { ApiError } from './errors.js';
import { parseInSteps } from './json-steps.js';

/** Bytes of texts by their names above which one long text takes their place: nothing may have so many. */
const MAX_RECORD_BYTES = 128 * KIB;

/** A JSON object of a request; where the request is long, as a map. */
export type JsonObject = Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>;

function malformed(reason: string): ApiError {
  return new ApiError('INVALID_JSON', reason);
}

/**
 * What a request says in JSON; nothing at all is an empty object.
 * @throws ApiError INVALID_JSON
 */
export function parseBody(body: Buffer): JsonObject {
  const text = body.toString('utf8').trim();
  if (text === '') return {};
  try {
    return objectOf(JSON.parse(text));
  } catch (error) {
    throw wrong(error);
  }
}

/**
 * The same in steps.
 * @throws ApiError INVALID_JSON
 */
export function* parseLongBody(body: Buffer): Steps<JsonObject> {
  if (body.length > MAX_JETSTREAM_REQUEST_BYTES)
    throw malformed(`longer than ${MAX_JETSTREAM_REQUEST_BYTES} bytes`);
  const text = body.toString('utf8').trim();
  if (text === '') return {};
  try {
    return objectOf(yield* parseInSteps(text));
  } catch (error) {
    throw wrong(error);
  }
}

function wrong(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return malformed(error instanceof Error ? error.message : String(error));
}

function objectOf(value: unknown): JsonObject {
  if (!isObject(value)) throw malformed('not an object');
  return value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads fields of a JSON object. One that is absent, or null, is undefined.
 * All of its methods throw ApiError INVALID_JSON about a field of another type.
 */
export class Fields {
  private readonly object: JsonObject;

  constructor(object: JsonObject) {
    this.object = object;
  }

  text(name: string): string | undefined {
    return short(
      name,
      this.of(name, 'text', (value): value is string => typeof value === 'string'),
    );
  }

  /** A whole number; durations are in nanoseconds, of which a double drops those beyond 2^53. */
  integer(name: string): number | undefined {
    return this.of(name, 'a whole number', (value): value is number => Number.isInteger(value));
  }

  /** A whole number from 0 on. */
  count(name: string): number | undefined {
    return this.of(
      name,
      'a whole number from 0 on',
      (value): value is number => Number.isInteger(value) && (value as number) >= 0,
    );
  }

  boolean(name: string): boolean | undefined {
    return this.of(name, 'a boolean', (value): value is boolean => typeof value === 'boolean');
  }

  texts(name: string): readonly string[] | undefined {
    const list = this.of(
      name,
      'a list of texts',
      (value): value is string[] => Array.isArray(value) && value.every((each) => typeof each === 'string'),
    );
    for (const each of list ?? []) short(name, each);
    return list;
  }

  integers(name: string): readonly number[] | undefined {
    return this.of(
      name,
      'a list of whole numbers',
      (value): value is number[] => Array.isArray(value) && value.every((each) => Number.isInteger(each)),
    );
  }

  /** A time as text. */
  time(name: string): string | undefined {
    const value = this.text(name);
    if (value !== undefined && parseTime(value) === undefined) throw malformed(`${name}: not a time`);
    return value;
  }

  /** One of some words. */
  choice<W extends string>(name: string, words: readonly W[]): W | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const word = words.find((each) => each === value);
    if (word === undefined) throw malformed(`can not unmarshal ${JSON.stringify(value)}`);
    return word;
  }

  /** Texts by their names. */
  record(name: string): Readonly<Record<string, string>> | undefined {
    const object = this.of(name, 'an object of texts', isObject);
    if (object === undefined) return undefined;
    const entries: [string, string][] = [];
    let bytes = 0;
    for (const [key, text] of object instanceof Map ? object : Object.entries(object)) {
      if (typeof text !== 'string') throw malformed(`${name}: not an object of texts`);
      entries.push([key, text]);
      bytes += Buffer.byteLength(key) + Buffer.byteLength(text);
      if (bytes > MAX_RECORD_BYTES) return { '': 'x'.repeat(bytes) };
    }
    return Object.fromEntries(entries);
  }

  nested(name: string): Fields | undefined {
    const value = this.of(name, 'an object', isObject);
    return value === undefined ? undefined : new Fields(value);
  }

  objects(name: string): readonly Fields[] | undefined {
    const value = this.of(
      name,
      'a list of objects',
      (each): each is JsonObject[] => Array.isArray(each) && each.every(isObject),
    );
    return value?.map((each) => new Fields(each));
  }

  private of<T>(name: string, wanted: string, is: (value: unknown) => value is T): T | undefined {
    const { object } = this;
    const value = object instanceof Map ? object.get(name) : Reflect.get(object, name);
    if (value === undefined || value === null) return undefined;
    if (!is(value)) throw malformed(`${name}: not ${wanted}`);
    return value;
  }
}

/** What is taken apart into tokens is so in one step. */
function short(name: string, text: string | undefined): string | undefined {
  if (text !== undefined && text.length > MAX_JETSTREAM_TEXT_BYTES)
    throw malformed(`${name}: longer than ${MAX_JETSTREAM_TEXT_BYTES} characters`);
  return text;
}

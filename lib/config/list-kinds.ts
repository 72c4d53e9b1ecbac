/** The kinds of setting that are addresses or lists, as `kinds.ts` has the plain ones. */
import * as v from 'valibot';
import { ADDRESS_ALLOWED, type Address, formatAddress, parseAddress } from '../domain/address.js';
import type { SettingMeta, Wording } from './kinds.js';
import { optional } from './optional-setting.js';

const WRONG_ADDRESS = `not an address, allowed: ${ADDRESS_ALLOWED}`;

const isDefined = (value: unknown) => value !== undefined;

/** The list, unless something in it is undefined. */
function all<T>(values: readonly (T | undefined)[]): readonly T[] | undefined {
  return values.every((value) => value !== undefined) ? values : undefined;
}

/** One address to listen on, or a list of them; a bare port is on the host of the default. Comes out as a list. */
export function addresses(host: string, port: number, wording: Wording) {
  return optional(
    () =>
      v.pipe(
        v.union([v.string(), v.number(), v.array(v.union([v.string(), v.number()]))], WRONG_ADDRESS),
        v.transform((given) => {
          const texts = Array.isArray(given) ? given : [given];
          return texts.length === 0 ? undefined : all(texts.map((text) => parseAddress(String(text), host)));
        }),
        v.custom<readonly Address[]>(isDefined, WRONG_ADDRESS),
        v.metadata({ kind: 'addresses', allowed: ADDRESS_ALLOWED, ...wording } satisfies SettingMeta),
      ),
    () => formatAddress({ host, port }),
    () => [{ host, port }],
  );
}

/** One address to listen on, or none, which is the default; a bare port is on `host`. */
export function optionalAddress(host: string, wording: Wording) {
  const allowed = `${ADDRESS_ALLOWED}; "" for none`;
  const wrong = `not an address, allowed: ${allowed}`;
  return optional(
    () =>
      v.pipe(
        v.union([v.string(), v.number()], wrong),
        v.transform((given) => (given === '' ? null : parseAddress(String(given), host))),
        v.custom<Address | null>(isDefined, wrong),
        v.transform((address) => address ?? undefined),
        v.metadata({ kind: 'address', allowed, ...wording } satisfies SettingMeta),
      ),
    () => '',
    () => undefined,
  );
}

/**
 * A list of words; also one text with commas between them. Empty by default.
 * @param read turns one word into what comes out; undefined: it is none of them
 */
export function list(allowed: string, read: (word: string) => string | undefined, wording: Wording) {
  const wrong = `not a list of what is allowed: ${allowed}`;
  return optional(
    () =>
      v.pipe(
        v.union([v.string(), v.array(v.string())], wrong),
        v.transform((given) => {
          const parts = typeof given === 'string' ? given.split(/[,\s]+/).filter(Boolean) : given;
          return all(parts.map(read));
        }),
        v.custom<readonly string[]>(isDefined, wrong),
        v.metadata({ kind: 'list', allowed, ...wording } satisfies SettingMeta),
      ),
    (): string[] => [],
    () => [],
  );
}

/** A list of any words; of a list, each may have blanks inside. */
export function words(wording: Wording) {
  return list(
    'words without commas, as in ["a", "b c"]',
    (word) => (/^[^,\0-\x1f\x7f]+$/.test(word) && word.trim() === word ? word : undefined),
    wording,
  );
}

/** A list of host names, without ports. */
export function hostNames(wording: Wording) {
  return list(
    'host names; .example.com for all below a domain, * for any',
    (word) =>
      word === '*' || /^\.?[a-z\d_](?:[\w-]*\w)?(?:\.[a-z\d_](?:[\w-]*\w)?)*\.?$/i.test(word)
        ? word
        : undefined,
    wording,
  );
}

/** Whether a word is the origin of a web page, or stands for any. */
export function isOrigin(word: string): boolean {
  return word === '*' || /^https?:\/\/(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(word);
}

/** A list of origins of web pages. */
export function origins(wording: Wording) {
  return list(
    'origins as in https://example.com:8443; * for any',
    (word) => (isOrigin(word) ? word : undefined),
    wording,
  );
}

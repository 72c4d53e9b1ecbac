import { hasWildcard, isValidSubject } from './subject.js';

/*
 * The tokens of a mapping's destination. Besides plain text a token may be one function of the subject that is mapped:
 *
 *   $n  {{wildcard(n)}}                what the nth `*` of the source stands for
 *   {{partition(count,n,…)}}           FNV-1a of those tokens, modulo count; without tokens: of the whole subject
 *   {{random(count)}}                  a random number below count
 *   {{split(n,separator)}}             the token cut at each separator
 *   {{splitFromLeft(n,size)}} …Right   the token in two, the first (last) part of that size
 *   {{sliceFromLeft(n,size)}} …Right   the token in parts of that size; the last (first) may be shorter
 *   {{left(n,size)}} {{right(n,size)}} the first (last) bytes of the token
 *
 * Sizes are in bytes. https://docs.nats.io/nats-concepts/subject_mapping
 */

/** Functions of one token and a size. */
const SIZED = [
  'splitFromLeft',
  'splitFromRight',
  'sliceFromLeft',
  'sliceFromRight',
  'left',
  'right',
] as const;

type Sized = (typeof SIZED)[number];

/** One token of a destination; `wildcard` and `wildcards` count the `*` of the source from 1. */
export type DestinationToken =
  | { readonly kind: 'literal'; readonly text: string }
  /** A last `>`: all that is left of the subject. */
  | { readonly kind: 'rest' }
  | { readonly kind: 'wildcard'; readonly wildcard: number }
  | { readonly kind: Sized; readonly wildcard: number; readonly size: number }
  | { readonly kind: 'split'; readonly wildcard: number; readonly separator: string }
  | { readonly kind: 'partition'; readonly count: number; readonly wildcards: readonly number[] }
  | { readonly kind: 'random'; readonly count: number };

/** What is wrong with a token, in nats-server's words. */
export interface TokenFault {
  readonly fault: string;
}

const FAULTS = {
  few: 'not enough arguments passed to the function',
  many: 'too many arguments passed to the function',
  wrong: 'function argument is invalid or in the wrong format',
  unknown: 'unknown function',
  range: 'wildcard index out of range',
  transform: 'invalid transform',
  imported: 'the only mapping function allowed for import transforms is {{Wildcard()}}',
} as const;

function faultOf(fault: keyof typeof FAULTS, token: string): TokenFault {
  return { fault: `invalid mapping destination: ${FAULTS[fault]}${token === '' ? '' : ` in ${token}`}` };
}

/** Largest count and size that nats-server takes. */
const MAX_INT32 = 2 ** 31 - 1;
const FUNCTION = /^\{\{\s*([a-z]+)\s*\((.*)\)\s*\}\}$/i;

function isFunction(token: string): boolean {
  return token.length > 4 && token.startsWith('{{') && token.endsWith('}}');
}

/** A whole number of 32 bits. */
function integerOf(text: string): number | undefined {
  const trimmed = text.replace(/^ +| +$/g, '');
  if (!/^[+-]?\d+$/.test(trimmed)) return undefined;
  const value = Number(trimmed);
  return Math.abs(value) <= MAX_INT32 ? value : undefined;
}

function isSized(name: string): name is Sized {
  return (SIZED as readonly string[]).includes(name);
}

/** Reads a token of a destination. */
export function destinationToken(token: string): DestinationToken | TokenFault {
  if (token === '>') return { kind: 'rest' };
  const reference = /^\$([+-]?\d+)$/.exec(token)?.[1];
  if (reference !== undefined) return { kind: 'wildcard', wildcard: Number(reference) };
  if (!isFunction(token)) return { kind: 'literal', text: token };
  const [, name = '', list = ''] = FUNCTION.exec(token) ?? [];
  const args = list.split(/,\s*/);
  const numbers = args.map(integerOf);
  const [first, second] = numbers;
  const known = (['wildcard', 'partition', 'random', 'split', ...SIZED] as const).find(
    (each) => each.toLowerCase() === name.toLowerCase(),
  );
  switch (known) {
    case undefined:
      return faultOf('unknown', token);
    case 'wildcard':
      if (list === '') return faultOf('few', token);
      if (args.length > 1) return faultOf('many', token);
      return first === undefined ? faultOf('wrong', token) : { kind: 'wildcard', wildcard: first };
    case 'partition': {
      const [count, ...wildcards] = numbers;
      if (count === undefined || wildcards.includes(undefined)) return faultOf('wrong', token);
      return { kind: 'partition', count, wildcards: wildcards as number[] };
    }
    case 'random':
      if (args.length !== 1) return faultOf('few', token);
      return first === undefined ? faultOf('wrong', token) : { kind: 'random', count: first };
    default:
      if (args.length < 2) return faultOf('few', token);
      if (args.length > 2) return faultOf('many', token);
  }
  if (first === undefined) return faultOf('wrong', token);
  if (isSized(known))
    return second === undefined ? faultOf('wrong', token) : { kind: known, wildcard: first, size: second };
  const [, separator = ''] = args;
  if (/[ .]/.test(separator)) return faultOf('wrong', token);
  return { kind: 'split', wildcard: first, separator };
}

/** The `*` of the source that a token is made of. */
function wildcardsOf(token: DestinationToken): readonly number[] {
  if ('wildcards' in token) return token.wildcards;
  return 'wildcard' in token ? [token.wildcard] : [];
}

/**
 * What keeps `destination` from being what `source` is mapped to, in nats-server's words; undefined: nothing.
 * @param source a valid subject, maybe with wildcards
 */
export function destinationFault(source: string, destination: string): string | undefined {
  if (!isValidSubject(destination) || hasBlank(destination)) return faultOf('transform', '').fault;
  const tokens = destination.split('.');
  const isOpen = source.split('.').at(-1) === '>';
  if (tokens.includes('*') || isOpen !== (tokens.at(-1) === '>')) return 'invalid subject';
  const stars = source.split('.').filter((token) => token === '*').length;
  for (const token of tokens) {
    const read = destinationToken(token);
    if ('fault' in read) return read.fault;
    // Where the source has no wildcards, nats-server takes a partition to be of the whole subject.
    if (read.kind === 'partition' && !hasWildcard(source)) continue;
    const outside = wildcardsOf(read).find((wildcard) => wildcard < 1 || wildcard > stars);
    if (outside !== undefined)
      return faultOf('range', hasWildcard(source) ? `${token}: [${outside}]` : token).fault;
  }
  return undefined;
}

/** What keeps `destination` from being what an import is called: a function other than that of one `*`. */
export function importedDestinationFault(destination: string): string | undefined {
  for (const token of destination.split('.')) {
    const read = destinationToken(token);
    if ('fault' in read) return read.fault;
    if (!['literal', 'rest', 'wildcard'].includes(read.kind)) return faultOf('imported', token).fault;
  }
  return undefined;
}

/** Whether a token that is no function has a blank: nats-server takes them in functions only. */
function hasBlank(destination: string): boolean {
  return destination.split('.').some((token) => !isFunction(token) && /[\t\n\f\r ]/.test(token));
}

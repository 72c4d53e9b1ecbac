import { type DestinationToken, destinationToken } from './destination.js';
import { hasWildcard, referenceOf } from './subject.js';

/*
 * Subject mapping, between accounts and within one. What the wildcards of one side stood for is put in the place of the
 * wildcards of the other: a `*` there takes them in order, `$2` and `{{wildcard(2)}}` say which. A last `>` takes all that
 * is left. Functions other than these are in destination.ts.
 * https://docs.nats.io/nats-concepts/subject_mapping
 */

/** Where the wildcards of a pattern are: the index of the token of each, from 1. References say their number. */
function placesOf(pattern: string): ReadonlyMap<number, number> {
  const places = new Map<number, number>();
  let stars = 0;
  for (const [index, token] of pattern.split('.').entries()) {
    const wildcard = token === '*' ? ++stars : referenceOf(token);
    if (wildcard !== undefined) places.set(wildcard, index);
  }
  return places;
}

/** What the tokens of a pattern are made of; `*` are counted from 1. */
function partsOf(pattern: string): readonly DestinationToken[] {
  let stars = 0;
  return pattern.split('.').map((token) => {
    if (token === '*') return { kind: 'wildcard', wildcard: ++stars };
    const read = destinationToken(token);
    return 'fault' in read ? { kind: 'literal', text: token } : read;
  });
}

/** From subjects of one pattern to subjects of another. */
export class Transform {
  /** Whether the same subject always comes out the same. */
  readonly isFixed: boolean;
  private readonly places: ReadonlyMap<number, number>;
  private readonly to: readonly DestinationToken[];
  /** The index of the token from which on `>` takes all. */
  private readonly restFrom: number;

  /**
   * @param from its wildcards are `*` and `>`, or references as in `to`
   * @param to what `destinationFault` accepts, or a pattern with `*` for each of `from`
   */
  constructor(from: string, to: string) {
    this.places = placesOf(from);
    this.restFrom = from.split('.').length - 1;
    const parts = partsOf(to);
    // Where the source has no wildcards, a partition is of the whole subject, as in nats-server.
    this.to = hasWildcard(from) ? parts : parts.map((part) => withoutWildcards(part));
    this.isFixed = parts.every(({ kind }) => kind !== 'random');
  }

  /**
   * The other side's subject; `subject` must match the pattern it comes from. Functions take its characters for bytes, so
   * for them it must have one byte in each.
   * @param random a number from 0 to below 1
   */
  apply(subject: string, random: () => number = Math.random): string {
    const tokens = subject.split('.');
    return this.to.map((part) => this.expanded(part, subject, tokens, random)).join('.');
  }

  private expanded(
    part: DestinationToken,
    subject: string,
    tokens: readonly string[],
    random: () => number,
  ): string {
    switch (part.kind) {
      case 'literal':
        return part.text;
      case 'rest':
        return tokens.slice(this.restFrom).join('.');
      case 'random':
        return part.count === 0 ? '0' : String(Math.floor(random() * 2 ** 31) % part.count);
      case 'partition':
        return partition(
          part.wildcards.length === 0
            ? subject
            : part.wildcards.map((wildcard) => this.token(tokens, wildcard)).join(''),
          part.count,
        );
      case 'wildcard':
        return this.token(tokens, part.wildcard);
      case 'split':
        return splitAt(this.token(tokens, part.wildcard), part.separator);
      default:
        return cut(this.token(tokens, part.wildcard), part.kind, part.size);
    }
  }

  /** What a wildcard of the source stands for. */
  private token(tokens: readonly string[], wildcard: number): string {
    return tokens[this.places.get(wildcard) ?? -1] ?? '';
  }
}

function withoutWildcards(part: DestinationToken): DestinationToken {
  return part.kind === 'partition' ? { ...part, wildcards: [] } : part;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a of 32 bits over the characters, one byte each, modulo `count`: nats-server's partitions. */
function partition(key: string, count: number): string {
  if (count === 0) return '0';
  let hash = FNV_OFFSET;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), FNV_PRIME);
  return String((hash >>> 0) % (count >>> 0));
}

/** The parts between separators, joined by dots. Empty parts make no tokens. */
function splitAt(token: string, separator: string): string {
  return token
    .split(separator)
    .filter((part) => part !== '')
    .join('.');
}

/** A token cut as one of the functions with a size says; one that is not longer than the size stays whole. */
function cut(token: string, how: string, size: number): string {
  const { length } = token;
  if (size <= 0 || size >= length) return token;
  switch (how) {
    case 'left':
      return token.slice(0, size);
    case 'right':
      return token.slice(length - size);
    case 'splitFromLeft':
      return `${token.slice(0, size)}.${token.slice(size)}`;
    case 'splitFromRight':
      return `${token.slice(0, length - size)}.${token.slice(length - size)}`;
    case 'sliceFromLeft':
      return slices(token, 0, size);
    default:
      return slices(token, length % size, size);
  }
}

/** `token` in parts of `size`, with one of `first` in front of them; 0: none. */
function slices(token: string, first: number, size: number): string {
  const parts = first === 0 ? [] : [token.slice(0, first)];
  for (let at = first; at < token.length; at += size) parts.push(token.slice(at, at + size));
  return parts.join('.');
}

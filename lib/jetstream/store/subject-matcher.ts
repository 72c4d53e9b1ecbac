import { hasWildcard } from '../../domain/subject.js';
import { FilterTrie } from './filter-trie.js';
import type { SubjectFilter } from './store.js';

const DOT = 46;
const STAR = 42;
const REST = 62;
/** Patterns up to which each is compared by itself; more of them make a trie. */
const MAX_COMPARED = 8;
/** Answers that the matcher of a trie remembers, for each of its patterns, and at most. */
const KNOWN_PER_PATTERN = 4;
const MAX_KNOWN = 8_192;

/** A filter taken apart, so that many subjects are matched against it quickly. */
export class SubjectMatcher {
  /** Whether all subjects are in it. */
  readonly isAll: boolean;
  /** Its subjects where none has a wildcard; undefined: some have, or all subjects are in it. */
  readonly literals: ReadonlySet<string> | undefined;
  private readonly patterns: SubjectFilter;
  private readonly trie: FilterTrie | undefined;
  private comparedPatterns = 0;
  /** What was found out last. */
  private readonly known = new Map<string, boolean>();

  constructor(filter: SubjectFilter) {
    this.isAll = filter.length === 0 || filter.includes('>');
    this.literals = this.isAll || filter.some(hasWildcard) ? undefined : new Set(filter);
    this.patterns = filter;
    const isTrie = !this.isAll && this.literals === undefined && filter.length > MAX_COMPARED;
    this.trie = isTrie ? new FilterTrie() : undefined;
    this.trie?.add(filter);
  }

  /** What all calls of `matches` have compared together: patterns, or nodes of the trie. */
  get compared(): number {
    return this.comparedPatterns + (this.trie?.visited ?? 0);
  }

  matches(subject: string): boolean {
    if (this.isAll) return true;
    if (this.literals !== undefined) return this.literals.has(subject);
    if (this.trie !== undefined) return this.isKnown(subject, this.trie);
    this.comparedPatterns += this.patterns.length;
    for (const pattern of this.patterns) if (isIn(pattern, subject)) return true;
    return false;
  }

  /** Looks a subject up once as long as there is room to remember it: many messages have the same. */
  private isKnown(subject: string, trie: FilterTrie): boolean {
    this.comparedPatterns++;
    const { known } = this;
    let answer = known.get(subject);
    if (answer !== undefined) return answer;
    answer = trie.matches(subject);
    if (known.size >= Math.min(MAX_KNOWN, this.patterns.length * KNOWN_PER_PATTERN)) known.clear();
    known.set(subject, answer);
    return answer;
  }
}

/** Whether a literal subject is one of those that `pattern` stands for, without taking either apart. */
function isIn(pattern: string, subject: string): boolean {
  let at = 0;
  for (let i = 0; i < pattern.length; i++) {
    const code = pattern.charCodeAt(i);
    if ((i === 0 || pattern.charCodeAt(i - 1) === DOT) && (code === STAR || code === REST)) {
      const isLast = i + 1 === pattern.length;
      if (code === REST && isLast) return at < subject.length;
      if (code === STAR && (isLast || pattern.charCodeAt(i + 1) === DOT)) {
        const end = subject.indexOf('.', at);
        at = end < 0 ? subject.length : end;
        continue;
      }
    }
    if (at >= subject.length || subject.charCodeAt(at) !== code) return false;
    at++;
  }
  return at === subject.length;
}

const known = new WeakMap<SubjectFilter, SubjectMatcher>();

/** The matcher of a filter, made once as long as the filter is the same array. */
export function matcherOf(filter: SubjectFilter): SubjectMatcher {
  let matcher = known.get(filter);
  if (matcher === undefined) {
    matcher = new SubjectMatcher(filter);
    known.set(filter, matcher);
  }
  return matcher;
}

import { hasWildcard } from '../../domain/subject.js';
import type { SubjectFilter } from './store.js';

const DOT = 46;
const STAR = 42;
const REST = 62;

/** A filter taken apart, so that many subjects are matched against it quickly. */
export class SubjectMatcher {
  /** Whether all subjects are in it. */
  readonly isAll: boolean;
  /** Its subjects where none has a wildcard; undefined: some have, or all subjects are in it. */
  readonly literals: ReadonlySet<string> | undefined;
  private readonly patterns: SubjectFilter;

  constructor(filter: SubjectFilter) {
    this.isAll = filter.length === 0 || filter.includes('>');
    this.literals = this.isAll || filter.some(hasWildcard) ? undefined : new Set(filter);
    this.patterns = filter;
  }

  matches(subject: string): boolean {
    if (this.isAll) return true;
    if (this.literals !== undefined) return this.literals.has(subject);
    for (const pattern of this.patterns) if (isIn(pattern, subject)) return true;
    return false;
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

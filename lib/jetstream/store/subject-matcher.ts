import { hasWildcard } from '../../domain/subject.js';
import type { SubjectFilter } from './store.js';

/** A filter taken apart, so that many subjects are matched against it quickly. */
export class SubjectMatcher {
  /** Whether all subjects are in it. */
  readonly isAll: boolean;
  /** Its subjects where none has a wildcard; undefined: some have, or all subjects are in it. */
  readonly literals: ReadonlySet<string> | undefined;
  private readonly patterns: readonly (readonly string[])[];

  constructor(filter: SubjectFilter) {
    this.isAll = filter.length === 0 || filter.includes('>');
    this.literals = this.isAll || filter.some(hasWildcard) ? undefined : new Set(filter);
    this.patterns = filter.map((subject) => subject.split('.'));
  }

  matches(subject: string): boolean {
    if (this.isAll) return true;
    if (this.literals !== undefined) return this.literals.has(subject);
    const tokens = subject.split('.');
    return this.patterns.some((pattern) => matchesTokens(pattern, tokens));
  }
}

function matchesTokens(pattern: readonly string[], tokens: readonly string[]): boolean {
  for (const [index, token] of pattern.entries()) {
    if (token === '>') return index < tokens.length;
    if (index >= tokens.length || (token !== '*' && token !== tokens[index])) return false;
  }
  return pattern.length === tokens.length;
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

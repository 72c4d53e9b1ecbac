/*
 * A subject is tokens joined by dots; no token is empty. In a subscription `*` stands for any one token and `>`, as
 * the last token, for one or more. A token that merely contains them, `foo*`, is literal.
 * https://docs.nats.io/nats-concepts/subjects
 */

const DOT = 46;
const STAR = 42;
const REST = 62;

/** Whether one may subscribe to `subject`. */
export function isValidSubject(subject: string): boolean {
  let start = 0;
  for (let i = 0; i < subject.length; i++) {
    if (subject.charCodeAt(i) !== DOT) continue;
    if (i === start || (i === start + 1 && subject.charCodeAt(start) === REST)) return false;
    start = i + 1;
  }
  return start < subject.length;
}

/** What ends a word or a line of the protocols between clients and servers. */
const BREAK = /[ \t\r\n]/;

/** Whether `word`, a subject or a queue group, is one word of a line of any protocol. */
export function isOneWord(word: string): boolean {
  return word !== '' && !BREAK.test(word);
}

/** Whether `subject` has an empty token. */
export function hasEmptyToken(subject: string): boolean {
  return subject === '' || subject.startsWith('.') || subject.endsWith('.') || subject.includes('..');
}

/** Whether `subject` has a `*` or `>` token. */
export function hasWildcard(subject: string): boolean {
  return firstWildcard(subject) >= 0;
}

/** Where the first `*` or `>` token of `subject` is; -1: it has none. */
export function firstWildcard(subject: string): number {
  let start = 0;
  for (let i = 0; i < subject.length; i++) {
    const letter = subject.charCodeAt(i);
    if (letter === DOT) start = i + 1;
    else if ((letter === STAR || letter === REST) && i === start) {
      if (i + 1 === subject.length || subject.charCodeAt(i + 1) === DOT) return i;
    }
  }
  return -1;
}

/** Whether `subject` names exactly one subject: valid, no wildcard token. What one may publish to. */
export function isLiteralSubject(subject: string): boolean {
  return isValidSubject(subject) && !hasWildcard(subject);
}

/** Whether every subject that the pattern `narrow` stands for is also one of `wide`. */
export function covers(wide: string, narrow: string): boolean {
  const wideTokens = wide.split('.');
  const narrowTokens = narrow.split('.');
  for (const [index, token] of wideTokens.entries()) {
    const other = narrowTokens[index];
    if (other === undefined) return false;
    if (token === '>') return true;
    if (other === '>' || (token !== '*' && token !== other)) return false;
  }
  return wideTokens.length === narrowTokens.length;
}

/** Whether there is a subject that both patterns stand for, each given as its tokens. */
export function overlap(tokens: readonly string[], others: readonly string[]): boolean {
  for (const [index, token] of tokens.entries()) {
    const other = others[index];
    if (other === undefined) return false;
    if (token === '>' || other === '>') return true;
    if (token !== '*' && other !== '*' && token !== other) return false;
  }
  return tokens.length === others.length;
}

const REFERENCE = /^(?:\$(\d+)|\{\{\s*wildcard\(\s*(\d+)\s*\)\s*\}\})$/i;

/**
 * Which `*` of the other side of a mapping a token stands for, from 1: `$2` and `{{wildcard(2)}}` for the second.
 * Undefined: none. https://docs.nats.io/nats-concepts/subject_mapping
 */
export function referenceOf(token: string): number | undefined {
  const [, dollar, curly] = REFERENCE.exec(token) ?? [];
  const digits = dollar ?? curly;
  return digits === undefined ? undefined : Number(digits);
}

/** One side of a mapping as a pattern: a `*` in the place of each reference. */
export function withoutReferences(side: string): string {
  return side
    .split('.')
    .map((token) => (referenceOf(token) === undefined ? token : '*'))
    .join('.');
}

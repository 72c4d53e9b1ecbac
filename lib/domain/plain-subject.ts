import { isLiteralSubject, isValidSubject } from './subject.js';

/** Blanks and control characters, which end a word or a line of other dialects. */
const BREAKS = /[\s\p{Cc}]/u;

/**
 * Whether one may subscribe to `subject`: words joined by dots, none of them empty, `>` only as the last one; without blanks
 * and control characters, which no dialect could pass on.
 */
export function isPlainSubject(subject: string): boolean {
  return !BREAKS.test(subject) && isValidSubject(subject);
}

/** Whether one may publish or reply to `subject`: the same, and without the wildcards `*` and `>` for words. */
export function isPlainLiteral(subject: string): boolean {
  return !BREAKS.test(subject) && isLiteralSubject(subject);
}

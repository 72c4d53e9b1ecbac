/*
 * A subject is tokens joined by dots; no token is empty. In a subscription `*` stands for any one token and `>`, as
 * the last token, for one or more. A token that merely contains them, `foo*`, is literal.
 * https://docs.nats.io/nats-concepts/subjects
 */

/** Whether one may subscribe to `subject`. */
export function isValidSubject(subject: string): boolean {
  const tokens = subject.split('.');
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token === '' || (token === '>' && i < tokens.length - 1)) return false;
  }
  return true;
}

/** Whether `subject` has a `*` or `>` token. */
export function hasWildcard(subject: string): boolean {
  return /(^|\.)[*>](\.|$)/.test(subject);
}

/** Whether `subject` names exactly one subject: valid, no wildcard token. What one may publish to. */
export function isLiteralSubject(subject: string): boolean {
  return isValidSubject(subject) && !hasWildcard(subject);
}

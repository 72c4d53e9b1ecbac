import { isValidSubject } from '../domain/subject.js';
import type { UserLimits } from './claims.js';

/** What the placeholders of a scoped signing key's template stand for. */
export interface TemplateValues {
  readonly name: string;
  /** Public nkey of the user. */
  readonly subject: string;
  readonly tags: readonly string[];
  readonly accountName: string;
  /** Public nkey of the account. */
  readonly accountSubject: string;
  readonly accountTags: readonly string[];
}

/** A rule can name several tags of several values each; more subjects than this it does not become. */
const MAX_SUBJECTS = 1_024;

/**
 * A template's limits with its placeholders filled in, each a token of a subject: `{{name()}}`, `{{subject()}}`,
 * `{{tag(x)}}`, `{{account-name()}}`, `{{account-subject()}}`, `{{account-tag(x)}}`. A tag of several values makes as
 * many rules. What becomes no valid subject allows nothing; undefined where a deny rule becomes none.
 */
export function fillTemplate(template: UserLimits, values: TemplateValues): UserLimits | undefined {
  const fill = ({ allow, deny }: UserLimits['pub']): UserLimits['pub'] | undefined => {
    const allowed = fillRules(allow, values).filter((subject) => subject !== undefined);
    const denied = fillRules(deny, values);
    if (denied.includes(undefined)) return undefined;
    // Nothing left of what was allowed is nothing allowed, where an empty list would say everything.
    const nothing = allow.length > 0 && allowed.length === 0 ? ['>'] : [];
    return { allow: allowed, deny: [...denied.filter((subject) => subject !== undefined), ...nothing] };
  };
  const pub = fill(template.pub);
  const sub = fill(template.sub);
  return pub === undefined || sub === undefined ? undefined : { ...template, pub, sub };
}

function fillRules(rules: readonly string[], values: TemplateValues): (string | undefined)[] {
  if (!rules.some((rule) => rule.split('.').some(isPlaceholder))) return [...rules];
  return rules.flatMap((rule) => {
    const filled = fillRule(rule, values);
    return filled === undefined
      ? [undefined]
      : filled.map((subject) => (isValidSubject(subject) && !/\s/.test(subject) ? subject : undefined));
  });
}

/** All subjects a rule becomes; undefined where a placeholder has no value or there are too many. */
function fillRule(rule: string, values: TemplateValues): string[] | undefined {
  let subjects: string[][] = [[]];
  for (const token of rule.split('.')) {
    const choices = isPlaceholder(token) ? valuesOf(token.slice(2, -2), values) : [token];
    if (choices.length === 0 || subjects.length * choices.length > MAX_SUBJECTS) return undefined;
    subjects = subjects.flatMap((head) => choices.map((choice) => [...head, choice]));
  }
  return subjects.map((tokens) => tokens.join('.'));
}

function isPlaceholder(token: string): boolean {
  return token.length >= 4 && token.startsWith('{{') && token.endsWith('}}');
}

/** The values of a placeholder; none where it is unknown. */
function valuesOf(placeholder: string, values: TemplateValues): readonly string[] {
  const operation = placeholder.toLowerCase();
  const tag = /^(account-)?tag\((.*)\)$/.exec(operation);
  if (tag !== null) {
    const prefix = `${tag[2]}:`;
    const tags = tag[1] === undefined ? values.tags : values.accountTags;
    return tags.filter((each) => each.startsWith(prefix)).map((each) => each.slice(prefix.length));
  }
  switch (operation) {
    case 'name()':
      return [values.name];
    case 'subject()':
      return [values.subject];
    case 'account-name()':
      return [values.accountName];
    case 'account-subject()':
      return [values.accountSubject];
    default:
      return [];
  }
}

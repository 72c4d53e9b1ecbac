import { hasWildcard, overlap } from '../domain/subject.js';
import { byteString } from '../frame/text.js';

/*
 * Rules and subjects are compared as bytes: here strings hold one byte per character ("latin1" of the UTF-8), so that
 * subjects that are not UTF-8 stay apart.
 */

/** What a subject meets among the rules. */
export interface Met {
  /** Whether a rule without a queue. */
  plain: boolean;
  /** The queues of those with one, wildcards and all; undefined: none. */
  queues: string[] | undefined;
}

class RuleNode {
  plain = false;
  queues: string[] | undefined = undefined;
  star: RuleNode | undefined = undefined;
  rest: RuleNode | undefined = undefined;
  readonly children = new Map<string, RuleNode>();

  /** The node below for one token of a rule, made where there is none. */
  below(token: string): RuleNode {
    const known = token === '*' ? this.star : token === '>' ? this.rest : this.children.get(token);
    if (known !== undefined) return known;
    const node = new RuleNode();
    if (token === '*') this.star = node;
    else if (token === '>') this.rest = node;
    else this.children.set(token, node);
    return node;
  }

  note(into: Met): void {
    if (this.plain) into.plain = true;
    if (this.queues !== undefined) into.queues = [...(into.queues ?? []), ...this.queues];
  }

  /** @param subset whether a `>` in the subject is all it stands for; else it is any one token, as in a publish */
  collect(tokens: readonly string[], depth: number, subset: boolean, into: Met): void {
    const token = tokens[depth];
    if (token === undefined) {
      this.note(into);
      return;
    }
    this.rest?.note(into);
    if (subset && token === '>') return;
    this.star?.collect(tokens, depth + 1, subset, into);
    this.children.get(token)?.collect(tokens, depth + 1, subset, into);
  }
}

/** A list of rules, each `subject` or `subject queue`, prepared for looking subjects up. */
export class Rules {
  /** Number of rules that can match something. */
  size = 0;
  private readonly root = new RuleNode();
  private readonly wide: string[][] = [];
  private readonly queued: { readonly tokens: readonly string[]; readonly queue: string }[] = [];

  /**
   * A rule that is no valid subject matches nothing and is passed over, as is one of more than two words.
   * @param withQueues false takes a rule as it stands, blanks included: no subject has any
   */
  constructor(rules: readonly string[], withQueues: boolean) {
    for (const rule of rules) {
      const words = withQueues ? rule.trim().split(/\s+/) : [rule];
      const [subject = ''] = words;
      const tokens = byteString(subject).split('.');
      if (words.length > 2 || !isPattern(tokens)) continue;
      let node = this.root;
      for (const token of tokens) node = node.below(token);
      this.size++;
      if (words[1] !== undefined) {
        const queue = byteString(words[1]);
        node.queues = [...(node.queues ?? []), queue];
        this.queued.push({ tokens, queue });
      } else {
        node.plain = true;
        this.wide.push(tokens);
      }
    }
  }

  /** What `subject` meets, its wildcards taken for ordinary tokens. An invalid subject meets nothing. */
  match(subject: string): Met {
    return this.look(subject, false);
  }

  /** What `subject` is a subset of: each rule met matches all that `subject` does. */
  covering(subject: string): Met {
    return this.look(subject, true);
  }

  /** Whether some subject matches both `pattern` and a rule without a queue. */
  overlaps(pattern: string): boolean {
    const tokens = pattern.split('.');
    return this.wide.some((rule) => overlap(rule, tokens));
  }

  /** Whether some subject matches both `pattern` and a rule with a queue that `queue` is in. */
  overlapsForQueue(pattern: string, queue: string): boolean {
    const tokens = pattern.split('.');
    return this.queued.some((rule) => queueIsIn(queue, [rule.queue]) && overlap(rule.tokens, tokens));
  }

  private look(subject: string, subset: boolean): Met {
    const met: Met = { plain: false, queues: undefined };
    const tokens = subject.split('.');
    if (!tokens.includes('')) this.root.collect(tokens, 0, subset, met);
    return met;
  }
}

/** Whether `queue` is one of `rules`, or within one of them. */
export function queueIsIn(queue: string, rules: readonly string[]): boolean {
  return rules.some(
    (rule) => queue === rule || (hasWildcard(rule) && isWithin(queue.split('.'), rule.split('.'))),
  );
}

/** Whether all that `inner` matches is matched by `outer`. */
function isWithin(inner: readonly string[], outer: readonly string[]): boolean {
  for (let i = 0; i < outer.length; i++) {
    const token = inner[i];
    if (token === undefined || token === '') return false;
    if (outer[i] === '>') return true;
    if (token === '>' || (outer[i] !== '*' && token !== outer[i])) return false;
  }
  return inner.length === outer.length;
}

function isPattern(tokens: readonly string[]): boolean {
  return tokens.every((token, i) => token !== '' && (token !== '>' || i === tokens.length - 1));
}

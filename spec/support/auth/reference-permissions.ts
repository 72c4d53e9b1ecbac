/** Permissions the slow and obvious way, straight from what is said of them. */
import type { PermissionsConfig } from '../../../lib/config/shapes.js';
import { matches } from '../subscribers.js';

/** Whether everything `inner` matches is matched by `outer`, tried on every subject of a few tokens. */
function covers(outer: string, inner: string, universe: readonly string[]): boolean {
  return universe.every((subject) => !matches(inner, subject) || matches(outer, subject));
}

/** A rule that names a queue also, apart. */
function split(rule: string): { subject: string; queue: string | undefined } {
  const [subject = '', queue] = rule.split(' ');
  return { subject, queue };
}

function hasQueue(queue: string, rules: readonly string[], universe: readonly string[]): boolean {
  const isWild = (name: string) => name.split('.').some((token) => token === '*' || token === '>');
  return rules.some((rule) => rule === queue || (isWild(rule) && covers(rule, queue, universe)));
}

/** @param universe subjects to try, all there are of as many tokens as any rule, and some longer */
export class ReferencePermissions {
  private readonly config: PermissionsConfig;
  private readonly universe: readonly string[];

  constructor(config: PermissionsConfig, universe: readonly string[]) {
    this.config = config;
    this.universe = universe;
  }

  mayPublish(subject: string): boolean {
    const { publish, responses } = this.config;
    const allow = publish?.allow ?? (responses ? [] : ['>', '']);
    const allowed = publish?.allow || responses ? allow.some((rule) => matches(rule, subject)) : true;
    return allowed && !(publish?.deny ?? []).some((rule) => matches(rule, subject));
  }

  maySubscribe(subject: string, queue: string | undefined): boolean {
    const { allow, deny = [] } = this.config.subscribe ?? {};
    const decide = (rules: readonly string[], meets: (rule: string) => boolean): boolean => {
      const met = rules.map(split).filter((rule) => meets(rule.subject));
      const queues = met.flatMap((rule) => (rule.queue === undefined ? [] : [rule.queue]));
      if (queue !== undefined && queues.length > 0) return hasQueue(queue, queues, this.universe);
      return met.some((rule) => rule.queue === undefined);
    };
    const isValid = !subject.split('.').includes('');
    if (allow && !decide(allow, (rule) => isValid && covers(rule, subject, this.universe))) return false;
    // A wildcard in what is subscribed to is one token here: a rule that meets it that way is enough to refuse.
    return !deny.map(split).some((rule) => {
      const isForIt =
        rule.queue === undefined || (queue !== undefined && hasQueue(queue, [rule.queue], this.universe));
      return isForIt && matches(rule.subject, subject);
    });
  }

  /** Whether a subscription to `subject` could bring something denied. */
  filters(subject: string, queue: string | undefined): boolean {
    const denied = this.deniedTo(queue);
    const isWild = subject.split('.').some((token) => token === '*' || token === '>');
    return (
      isWild &&
      this.universe.some((each) => matches(subject, each) && denied.some((rule) => matches(rule, each)))
    );
  }

  mayReceive(subject: string, queue?: string): boolean {
    return !this.deniedTo(queue).some((rule) => matches(rule, subject));
  }

  /** Subjects of the rules that deny something to members of the queue group, or to all without one. */
  private deniedTo(queue: string | undefined): string[] {
    return (this.config.subscribe?.deny ?? [])
      .map(split)
      .flatMap((rule) =>
        rule.queue === undefined || (queue !== undefined && hasQueue(queue, [rule.queue], this.universe))
          ? [rule.subject]
          : [],
      );
  }
}

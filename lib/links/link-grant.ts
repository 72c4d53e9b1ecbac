import { ANONYMOUS_GRANT } from '../auth/anonymous-grant.js';
import type { Authenticator } from '../auth/grant.js';
import { LinkPermissions, type LinkRules, type SubjectList } from '../auth/link-permissions.js';

/** What the connection to a hub is let in with: the account it takes part in, and what may pass. */
export class LinkGrant implements Authenticator {
  readonly required = false;
  readonly usesNonce = false;
  private readonly account: string;
  private readonly rules: LinkRules;
  private permissions: LinkPermissions;

  constructor(account: string, rules: LinkRules) {
    this.account = account;
    this.rules = rules;
    this.permissions = new LinkPermissions(rules);
  }

  /** What the hub may be told of before it has said what may pass. */
  get told(): LinkPermissions {
    return this.permissions;
  }

  get anonymous() {
    const { account, permissions } = this;
    return { ...ANONYMOUS_GRANT, account, permissions };
  }

  authenticate() {
    return this.anonymous;
  }

  renew() {
    return this.anonymous;
  }

  hasUser(): boolean {
    return false;
  }

  /** The hub has said what may pass. */
  permit(inward: SubjectList, outward: SubjectList): LinkPermissions {
    const { rules } = this;
    this.permissions = new LinkPermissions({
      ...rules,
      inward: joined(inward, rules.inward),
      outward: joined(outward, rules.outward),
    });
    return this.permissions;
  }
}

/** What passes both. */
function joined(hub: SubjectList, own: SubjectList): SubjectList {
  return {
    allow: hub.allow ?? own.allow,
    alsoAllow: hub.allow === undefined ? undefined : own.allow,
    deny: [...(hub.deny ?? []), ...(own.deny ?? [])],
  };
}

/** The lists of subjects in a permission of INFO; what is none counts for nothing. */
export function listIn(value: unknown): SubjectList {
  if (typeof value !== 'object' || value === null) return {};
  const { allow, deny } = value as Readonly<Record<string, unknown>>;
  return { allow: subjectsIn(allow), deny: subjectsIn(deny) };
}

function subjectsIn(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter((subject): subject is string => typeof subject === 'string');
}

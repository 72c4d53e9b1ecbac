import { LinkPermissions } from '../auth/link-permissions.js';
import type { Dialect } from '../dialects/codec.js';
import { AcceptingSession, type LeafIntroduction } from '../dialects/leaf/accepting-session.js';
import { leafDialect } from '../dialects/leaf/index.js';
import { leafParserOptions } from '../dialects/leaf/options.js';
import type { Permissions } from '../domain/permissions.js';

/** What accepted links need of their broker. */
export interface LeafHubHost {
  /** What INFO says to leafs, over TLS or not. */
  readonly info: (secured: boolean) => Readonly<Record<string, unknown>>;
  readonly authTimeoutMs: () => number;
  readonly maxPayloadBytes: () => number;
  /** See `LeafSessionOptions`. */
  readonly loopSubject: (account: string) => string;
  /** Closes the link with this id, whose leaf is told why. */
  readonly replace: (id: number, message: string) => void;
}

/** A leaf that has connected here. */
interface Leaf {
  readonly introduction: LeafIntroduction;
  permissions: LinkPermissions | undefined;
}

/** The rules of a user's permissions. */
interface Described {
  readonly publish?: { readonly allow?: readonly string[]; readonly deny?: readonly string[] };
  readonly subscribe?: { readonly allow?: readonly string[]; readonly deny?: readonly string[] };
}

/** The leafs that have connected to this server, and the dialect that is spoken with them. */
export class LeafHub {
  readonly dialect: Dialect;
  private readonly leafs = new Map<number, Leaf>();

  constructor(host: LeafHubHost) {
    const options = {
      ...leafParserOptions(),
      get maxPayloadBytes() {
        return host.maxPayloadBytes();
      },
      get maxHeaderBytes() {
        return host.maxPayloadBytes();
      },
    };
    this.dialect = leafDialect(options, (link) => {
      const { id } = link;
      return new AcceptingSession(link, {
        info: host.info,
        authTimeoutMs: host.authTimeoutMs,
        loopSubject: host.loopSubject,
        introduced: (leafId, introduction) => this.introduced(host, leafId, introduction),
        permissions: () => this.leafs.get(id)?.permissions,
        events: { up() {}, refused() {} },
        closed: () => this.leafs.delete(id),
      });
    }) as Dialect;
  }

  /** What a leaf says of itself, by the id of its connection. */
  introductionOf(id: number): LeafIntroduction | undefined {
    return this.leafs.get(id)?.introduction;
  }

  /** What a leaf may do that has logged in as a user with `permissions`. */
  restrict(id: number, permissions: Permissions | undefined): Permissions {
    const leaf = this.leafs.get(id);
    const { publish = {}, subscribe = {} } = (permissions?.describe() ?? {}) as Described;
    const denied = leaf?.introduction.denied ?? [];
    const own = new LinkPermissions({
      inward: publish,
      outward: { ...subscribe, deny: [...(subscribe.deny ?? []), ...denied] },
    });
    if (leaf !== undefined) leaf.permissions = own;
    return own;
  }

  /** A leaf of the same name and account takes the place of the one before, which has not noticed that it is gone. */
  private introduced(host: LeafHubHost, id: number, introduction: LeafIntroduction): string | undefined {
    const { name, account } = introduction;
    for (const [other, leaf] of this.leafs)
      if (name !== '' && leaf.introduction.name === name && leaf.introduction.account === account)
        host.replace(other, 'Duplicate Remote LeafNode Connection');
    this.leafs.set(id, { introduction, permissions: undefined });
    return undefined;
  }
}

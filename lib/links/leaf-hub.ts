import { LinkPermissions } from '../auth/link-permissions.js';
import type { Dialect } from '../dialects/codec.js';
import { AcceptingSession, type LeafIntroduction } from '../dialects/leaf/accepting-session.js';
import { leafDialect } from '../dialects/leaf/index.js';
import { leafParserOptions } from '../dialects/leaf/options.js';
import type { Permissions } from '../domain/permissions.js';
import { keptFromLinks, type LinkedJetStream, refusedByHub } from './refused-interest.js';

/** What accepted links need of their broker. */
export interface LeafHubHost {
  /** What INFO says to leafs, over TLS or not. */
  readonly info: (secured: boolean) => Readonly<Record<string, unknown>>;
  readonly authTimeoutMs: () => number;
  readonly minVersion: () => string | undefined;
  readonly maxPayloadBytes: () => number;
  /** JetStream of this server; undefined: it has none. */
  readonly jetstream: () => LinkedJetStream | undefined;
  /** See `LeafSessionOptions`. */
  readonly loopSubject: (account: string) => string;
  /** Closes the link with this id, whose leaf is told why. */
  readonly replace: (id: number, message: string) => void;
}

/** A leaf that has connected here. */
interface Leaf {
  readonly introduction: LeafIntroduction;
  permissions: LinkPermissions | undefined;
  /** What no other leaf may have in common with it; undefined: it has not logged in, or has no name. */
  key: string | undefined;
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
  /** Ids of the leafs that have logged in, by their keys. */
  private readonly byKey = new Map<string, number>();

  private readonly host: LeafHubHost;

  constructor(host: LeafHubHost) {
    this.host = host;
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
        minVersion: host.minVersion,
        loopSubject: host.loopSubject,
        introduced: (leafId, introduction) =>
          this.leafs.set(leafId, { introduction, permissions: undefined, key: undefined }),
        admitted: (leafId, account) => this.admitted(host, leafId, account),
        permissions: () => this.leafs.get(id)?.permissions,
        events: { up() {}, refused() {} },
        closed: () => this.closed(id),
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
    const kept = keptFromLinks(this.host.jetstream());
    const untold = leaf?.introduction.isHub === true ? refusedByHub(leaf.introduction.domain) : [];
    const own = new LinkPermissions({
      inward:
        kept.inward.length === 0 ? publish : { ...publish, deny: [...(publish.deny ?? []), ...kept.inward] },
      outward: { ...subscribe, deny: [...(subscribe.deny ?? []), ...denied, ...kept.outward] },
      untold: [...untold, ...kept.inward],
    });
    if (leaf !== undefined) leaf.permissions = own;
    return own;
  }

  /**
   * A leaf of the same name, cluster and accounts takes the place of the one before, which has not noticed that it is gone. What it
   * says of itself counts for that only once it has logged in.
   */
  private admitted(host: LeafHubHost, id: number, account: string): void {
    const leaf = this.leafs.get(id);
    const { name = '', cluster, account: remote } = leaf?.introduction ?? {};
    if (leaf === undefined || name === '') return;
    const key = JSON.stringify([name, cluster, remote, account]);
    const before = this.byKey.get(key);
    leaf.key = key;
    this.byKey.set(key, id);
    if (before !== undefined) host.replace(before, 'Duplicate Remote LeafNode Connection');
  }

  private closed(id: number): void {
    const key = this.leafs.get(id)?.key;
    this.leafs.delete(id);
    if (key !== undefined && this.byKey.get(key) === id) this.byKey.delete(key);
  }
}

/**
 * What is at the other end of a publisher or a receiver: a client, the hub or a spoke of a leaf connection, another server of the
 * cluster, a service of the server's own, or the server itself.
 */
export type OriginKind = 'client' | 'leaf-hub' | 'leaf-spoke' | 'route' | 'service' | 'system';

/** Where messages come from, or go to. There is one object for each kind. */
export interface Origin {
  readonly kind: OriginKind;
  /** The bit that stands for it. */
  readonly bit: number;
  /** The bits of those that its messages may go to. */
  readonly reaches: number;
  /** Whether it is another server. */
  readonly isLink: boolean;
  /** The cluster of a leaf's server, whose messages go to no other leaf of it; undefined: it is no leaf, or has not named any. */
  readonly cluster: string | undefined;
}

const BITS = { client: 1, 'leaf-hub': 2, 'leaf-spoke': 4, route: 8, service: 16, system: 32 } as const;
const ALL = 63;
const LINKS: ReadonlySet<OriginKind> = new Set(['leaf-hub', 'leaf-spoke', 'route']);

/**
 * Which receivers a message may go to by what published it, apart from accounts, permissions and echo:
 *
 *   from \ to    client  leaf-hub  leaf-spoke  route
 *   client       yes     yes       yes         yes
 *   service      yes     yes       yes         yes
 *   system       yes     yes       yes         yes
 *   leaf-spoke   yes     yes       yes         yes
 *   leaf-hub     yes     no        yes         no
 *   route        yes     no        yes         no
 *
 * Servers of a cluster are connected each to each, so one hop is enough; and each has a link of its own to the hub. A message of
 * a leaf goes to no other leaf of the same cluster.
 */
export const ORIGINS: Readonly<Record<OriginKind, Origin>> = {
  client: origin('client', ALL),
  'leaf-hub': origin('leaf-hub', ALL & ~BITS['leaf-hub'] & ~BITS.route),
  'leaf-spoke': origin('leaf-spoke', ALL),
  route: origin('route', ALL & ~BITS.route & ~BITS['leaf-hub']),
  service: origin('service', ALL),
  system: origin('system', ALL),
};

function origin(kind: OriginKind, reaches: number, cluster?: string): Origin {
  return { kind, bit: BITS[kind], reaches, isLink: LINKS.has(kind), cluster };
}

/** The origin of a leaf that is in `cluster`. */
export function spokeOf(cluster: string | undefined): Origin {
  return origin('leaf-spoke', ALL, cluster);
}

/** Whether messages of `from` may go to `to`. */
export function reaches(from: Origin, to: Origin): boolean {
  return (from.reaches & to.bit) !== 0 && (to.cluster === undefined || to.cluster !== from.cluster);
}

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
}

const BITS = { client: 1, 'leaf-hub': 2, 'leaf-spoke': 4, route: 8, service: 16, system: 32 } as const;
const ALL = 63;

/**
 * Which receivers a message may go to by what published it, apart from accounts, permissions and echo:
 *
 *   from \ to    client  leaf-hub  leaf-spoke  route
 *   client       yes     yes       yes         yes
 *   service      yes     yes       yes         yes
 *   system       yes     yes       yes         yes
 *   leaf-spoke   yes     yes       yes         yes
 *   leaf-hub     yes     no        yes         yes
 *   route        yes     yes       yes         no     servers of a cluster are connected each to each: one hop is enough
 */
export const ORIGINS: Readonly<Record<OriginKind, Origin>> = {
  client: origin('client', ALL),
  'leaf-hub': origin('leaf-hub', ALL & ~BITS['leaf-hub']),
  'leaf-spoke': origin('leaf-spoke', ALL),
  route: origin('route', ALL & ~BITS.route),
  service: origin('service', ALL),
  system: origin('system', ALL),
};

function origin(kind: OriginKind, reaches: number): Origin {
  return { kind, bit: BITS[kind], reaches };
}

/** Subjects of JetStream and its stores, which a nats-server keeps to itself on each link to a leaf. */
const KEPT = ['$JS.API.>', '$KV.>', '$OBJ.>'];

/** The same with the API of a server whose JetStream has a domain. */
function keptWith(domain: string | undefined): readonly string[] {
  return domain === undefined ? KEPT : [...KEPT, `$JS.${domain}.API.>`];
}

/**
 * Subjects that a nats-server as a hub refuses interest in: it closes the link of a leaf that tells it of one without a wildcard,
 * and a leaf waits for 30 s before it comes back. Whether it serves streams makes no difference.
 *
 * @param domain the hub's, of JetStream; anything but text: none
 */
export function refusedByHub(domain: unknown): readonly string[] {
  return keptWith(typeof domain === 'string' && domain !== '' ? domain : undefined);
}

/** JetStream of this server, as links see it. */
export interface LinkedJetStream {
  /** Undefined: it has none. */
  readonly domain: string | undefined;
}

/**
 * What does not pass over a link, either way, where this server has a JetStream of its own: the API and stores of each side are
 * its own, but for what names the domain of the other. As nats-server, so that a request is not answered on both sides.
 *
 * @param jetstream undefined: it has none
 */
export function keptFromLinks(jetstream: LinkedJetStream | undefined): {
  readonly inward: readonly string[];
  readonly outward: readonly string[];
} {
  if (jetstream === undefined) return { inward: [], outward: [] };
  return { inward: KEPT, outward: keptWith(jetstream.domain) };
}

const REFUSAL = /^permissions violation for subscription to "(.+)"$/i;
/** Subjects that are remembered, and the length of one. */
const MAX_SUBJECTS = 256;
const MAX_LENGTH = 1024;

/** What a hub has refused interest in, one subject at a time: told of again, it would close each link anew. */
export class RefusedInterest {
  private readonly refused = new Set<string>();

  get subjects(): Iterable<string> {
    return this.refused;
  }

  /**
   * Returns whether it is a refusal of a subject that was not known before.
   *
   * @param error what the hub has said
   */
  learn(error: string): boolean {
    const [, subject = ''] = REFUSAL.exec(error.slice(0, 2 * MAX_LENGTH)) ?? [];
    if (subject === '' || subject.length > MAX_LENGTH || this.refused.has(subject)) return false;
    this.refused.add(subject);
    const [oldest] = this.refused;
    if (this.refused.size > MAX_SUBJECTS && oldest !== undefined) this.refused.delete(oldest);
    return true;
  }
}

import { X509Certificate } from 'node:crypto';

/** A certificate with its chain, and its private key. */
export interface TlsCertificate {
  /** What messages call it, such as the setting that names its file. */
  readonly name: string;
  /** The certificate and its chain, as PEM. */
  readonly cert: string;
  /** The private key, as PEM. */
  readonly key: string;
  /** When it expires, in milliseconds of Unix time. */
  readonly expiresAt: number;
}

/** A certificate, and what it is chosen by. */
interface Candidate {
  readonly certificate: TlsCertificate;
  readonly parsed: X509Certificate;
}

/** How names are compared: as Go does, without regard to the common name, and `*` stands for a whole label. */
const NAMES = { subject: 'never', partialWildcards: false } as const;

/**
 * Chooses among certificates by the name that a client asks for (SNI), as nats-server does: the first one that is for this
 * name. Of those with keys of other kinds, such as RSA beside ECDSA, the client gets the one it understands. Clients that
 * ask for no name, or for one without a certificate, get the first of all.
 */
export class CertificateChoice<Chosen> {
  /** Whether there is something to choose. */
  readonly isOpen: boolean;
  private readonly candidates: readonly Candidate[];
  private readonly make: (chosen: readonly TlsCertificate[]) => Chosen;
  private readonly general: Chosen;
  /** By the certificates they are made of, so that no name a client makes up adds one. */
  private readonly made = new Map<string, Chosen>();

  /** @param make makes what serves clients with these certificates, whose keys are of different kinds */
  constructor(certificates: readonly TlsCertificate[], make: (chosen: readonly TlsCertificate[]) => Chosen) {
    this.isOpen = certificates.length > 1;
    this.make = make;
    this.candidates = certificates.map((certificate) => ({
      certificate,
      parsed: new X509Certificate(certificate.cert),
    }));
    this.general = this.madeOf(this.candidates);
  }

  /** What serves a client that asks for that name; empty: for none. */
  for(name: string): Chosen {
    const fitting = name === '' ? [] : this.candidates.filter(({ parsed }) => isFor(parsed, name));
    return fitting.length === 0 ? this.general : this.madeOf(fitting);
  }

  private madeOf(candidates: readonly Candidate[]): Chosen {
    const chosen = firstOfEachKind(candidates);
    const key = chosen
      .map((each) => this.candidates.findIndex(({ certificate }) => certificate === each))
      .join();
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const made = this.make(chosen);
    this.made.set(key, made);
    return made;
  }
}

/** @param name as a client has it, so anything */
function isFor(certificate: X509Certificate, name: string): boolean {
  try {
    return certificate.checkHost(name, NAMES) !== undefined;
  } catch {
    return false;
  }
}

function firstOfEachKind(candidates: readonly Candidate[]): readonly TlsCertificate[] {
  const chosen = new Map<string | undefined, TlsCertificate>();
  for (const { certificate, parsed } of candidates) {
    const { asymmetricKeyType: kind } = parsed.publicKey;
    if (!chosen.has(kind)) chosen.set(kind, certificate);
  }
  return [...chosen.values()];
}

import { X509Certificate } from 'node:crypto';
import type { SecureContext } from 'node:tls';

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
 * Chooses among several certificates by the name that a client asks for (SNI), as nats-server does: the first one that is
 * for this name. Of those with keys of other kinds, such as RSA beside ECDSA, the client gets the one it understands.
 * Clients that ask for no name, or for one without a certificate, get the first of all.
 */
export class CertificateChoice {
  /** Those for clients that ask for no name: the first of each kind of key. */
  readonly general: readonly TlsCertificate[];
  private readonly candidates: readonly Candidate[];
  private readonly make: (chosen: readonly TlsCertificate[]) => SecureContext;
  /** By what they consist of, so that no name a client makes up adds one. */
  private readonly contexts = new Map<string, SecureContext>();

  /** @param make makes what a handshake with these certificates goes by */
  constructor(
    certificates: readonly TlsCertificate[],
    make: (chosen: readonly TlsCertificate[]) => SecureContext,
  ) {
    this.make = make;
    this.candidates = certificates.map((certificate) => ({
      certificate,
      parsed: new X509Certificate(certificate.cert),
    }));
    this.general = firstOfEachKind(this.candidates);
  }

  /** What a handshake goes by in which the client asks for that name; undefined: the general certificates. */
  contextFor(name: string): SecureContext | undefined {
    const chosen = firstOfEachKind(this.candidates.filter(({ parsed }) => isFor(parsed, name)));
    if (chosen.length === 0) return undefined;
    const key = chosen
      .map((each) => this.candidates.findIndex(({ certificate }) => certificate === each))
      .join();
    let context = this.contexts.get(key);
    if (context === undefined) {
      context = this.make(chosen);
      this.contexts.set(key, context);
    }
    return context;
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

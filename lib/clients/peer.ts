/** Where the other end of a connection is, and the number of the connection. */
export interface Identity {
  /** Unique in the process. */
  readonly id: number;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
}

/** What is read of the TLS certificate that a client presented. */
export interface PresentedCertificate {
  /** In DER form. */
  readonly raw: Buffer;
}

/** The other end of a connection: where it is, how it is connected, and what it says of itself. */
export class Peer {
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  /** Unix time at which the connection began, in milliseconds. */
  readonly startedAt = Date.now();
  /** What it calls itself, its client library, and the version of that. */
  name: string | undefined = undefined;
  language: string | undefined = undefined;
  version: string | undefined = undefined;
  /** What it must sign if it has an nkey; undefined where nkeys are no use. */
  nonce: string | undefined = undefined;
  /** User that it said it was when it last tried to log in. */
  claimedUser: string | undefined = undefined;
  /** Whether it runs over TLS. */
  isSecure = false;
  /** The certificate that it presented, as far as a login and the monitor read it. */
  certificate: PresentedCertificate | undefined = undefined;

  constructor({ remoteAddress, remotePort }: Identity) {
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
  }
}

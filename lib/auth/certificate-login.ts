import { certificateNames } from './certificate.js';
import {
  type DistinguishedName,
  namesEqual,
  namesEqualInAnyOrder,
  parseDistinguishedName,
} from './distinguished-name.js';

/** A user that can be found by the names in a certificate. */
interface Named {
  readonly name: string;
}

/**
 * Finds the user a certificate is of, in nats-server's order: by its mail addresses, host names and URIs; by its
 * subject, as such, then with its levels in any order; by the subject written out, with domain components, then
 * without.
 */
export class CertificateUsers<User extends Named> {
  private readonly users: ReadonlyMap<string, User>;
  private readonly subjects: readonly (readonly [DistinguishedName, User])[];

  /** @param users by name */
  constructor(users: ReadonlyMap<string, User>) {
    this.users = users;
    this.subjects = [...users].flatMap(([name, user]) => {
      const subject = parseDistinguishedName(name);
      return subject === undefined || subject.length === 0 ? [] : [[subject, user] as const];
    });
  }

  /**
   * @param der the certificate, verified
   * @param isFit passes over users that are not for this connection
   */
  find(der: Buffer, isFit: (user: User) => boolean): User | undefined {
    const names = certificateNames(der);
    if (names === undefined) return undefined;
    const { emails, hosts, uris, subject, written } = names;
    // Host names alone are no login.
    if (emails.length + uris.length + written.length + (subject?.length ?? 0) === 0) return undefined;
    return (
      this.byName([...emails, ...hosts, ...uris], isFit) ??
      (subject && this.bySubject((other) => namesEqual(subject, other), isFit)) ??
      (subject && this.bySubject((other) => namesEqualInAnyOrder(subject, other), isFit)) ??
      this.byName(written, isFit)
    );
  }

  private byName(names: readonly string[], isFit: (user: User) => boolean): User | undefined {
    for (const name of names) {
      const user = this.users.get(name);
      if (name !== '' && user !== undefined && isFit(user)) return user;
    }
    return undefined;
  }

  private bySubject(
    equals: (other: DistinguishedName) => boolean,
    isFit: (user: User) => boolean,
  ): User | undefined {
    return this.subjects.find(([other, user]) => isFit(user) && equals(other))?.[1];
  }
}

import { SluiceError } from '../errors.js';
import { GLOBAL_ACCOUNT } from '../routing/account-names.js';
import type { AuthConfig } from './auth-config.js';
import type { Asker } from './bcrypt.js';
import { CertificateUsers } from './certificate-login.js';
import { typeAllowed } from './connection-types.js';
import type { Authenticator, ConnectionType, Grant, Presented } from './grant.js';
import { decodeSignature, keyOf, verifies } from './nkeys.js';
import { Decoy, Secret } from './secrets.js';
import { plainUser, prepareUsers, type User, type Users } from './users.js';

type Decision = Grant | undefined | Promise<Grant | undefined>;

/**
 * Lets in the users a configuration lists. What is presented counts in nats-server's order: an nkey, a user with its
 * password or by its certificate, a token. Who presents an nkey or a user is not let in by something else.
 */
export class ConfiguredLogin implements Authenticator {
  readonly required: boolean;
  readonly usesNonce: boolean;
  readonly anonymous: Grant | undefined;
  private readonly users: Users;
  private readonly token: User | undefined;
  private readonly single: User | undefined;
  private readonly noAuthUser: User | undefined;
  private readonly certificates: CertificateUsers<User> | undefined;
  private readonly decoy: Decoy;
  private readonly byFingerprint: ReadonlyMap<string, User>;
  /** What those get who present nothing, without being any user. */
  private readonly everybody: Grant | undefined;

  /** @throws SluiceError CONFIG_INVALID naming what is wrong where, never a secret */
  constructor({ authorization, tls }: AuthConfig, everybody: Grant | undefined) {
    const { user, password, token, noAuthUser } = authorization;
    this.users = prepareUsers(authorization.users, authorization.defaultPermissions);
    this.single =
      user === undefined
        ? undefined
        : plainUser(user, new Secret(password ?? '', 'authorization.password'), GLOBAL_ACCOUNT);
    this.token =
      token === undefined
        ? undefined
        : plainUser(undefined, new Secret(token, 'authorization.token'), GLOBAL_ACCOUNT);
    this.noAuthUser =
      noAuthUser === undefined
        ? undefined
        : (this.users.byName.get(noAuthUser) ?? this.users.byNkey.get(noAuthUser));
    if (noAuthUser !== undefined && this.noAuthUser === undefined) {
      throw new SluiceError(
        'CONFIG_INVALID',
        `authorization.no_auth_user: no user ${JSON.stringify(noAuthUser)}`,
      );
    }
    const mapsCertificates = tls?.verifyAndMap === true && this.users.byName.size > 0;
    this.certificates = mapsCertificates ? new CertificateUsers(this.users.byName) : undefined;
    const all = [...this.users.byName.values(), ...this.users.byNkey.values(), this.single, this.token];
    const known = all.filter((each) => each !== undefined);
    this.decoy = new Decoy(known.flatMap(({ secret }) => (secret === undefined ? [] : [secret])));
    this.everybody = everybody;
    this.byFingerprint = new Map(known.map((user) => [user.grant.fingerprint, user]));
    this.required = this.noAuthUser === undefined;
    this.usesNonce = this.users.byNkey.size > 0;
    const isForAll = this.noAuthUser?.connectionTypes.length === 0 && !this.needsCertificate(this.noAuthUser);
    this.anonymous = everybody ?? (isForAll ? this.noAuthUser?.grant : undefined);
  }

  authenticate(presented: Presented): Decision {
    try {
      return this.decide(presented);
    } catch {
      // Whatever is wrong with what was presented: it is not what is asked for.
      return undefined;
    }
  }

  renew({ fingerprint }: Grant, connectionType: ConnectionType): Grant | undefined {
    if (fingerprint === this.everybody?.fingerprint) return this.everybody;
    const user = this.byFingerprint.get(fingerprint);
    return user && typeAllowed(user.connectionTypes, connectionType) ? user.grant : undefined;
  }

  hasUser({ user, account }: Grant): boolean {
    if (user === undefined) return false;
    const found = this.users.byName.get(user) ?? this.users.byNkey.get(user);
    return found?.grant.account === account || this.single?.name === user;
  }

  private decide(presented: Presented): Decision {
    const showsNothing = !presented.user && !presented.password && !presented.token;
    const guest = showsNothing ? this.noAuthUser : undefined;
    if (this.usesNonce) {
      if (guest !== undefined && guest.secret === undefined && !presented.nkey)
        return this.guestGrant(guest, presented);
      if (presented.nkey) return this.byNkey(presented.nkey, presented);
    }
    if (this.certificates !== undefined) return this.byCertificate(this.certificates, presented);
    if (guest !== undefined && guest.secret !== undefined) return this.guestGrant(guest, presented);
    return showsNothing ? this.everybody : this.byPassword(presented);
  }

  private guestGrant(user: User, { connectionType }: Presented): Grant | undefined {
    return typeAllowed(user.connectionTypes, connectionType) ? user.grant : undefined;
  }

  private byNkey(nkey: string, presented: Presented): Grant | undefined {
    const user = this.users.byNkey.get(nkey);
    if (user === undefined || !typeAllowed(user.connectionTypes, presented.connectionType)) return undefined;
    // Everybody is this one who presents nothing, so there is nothing to prove.
    if (user === this.noAuthUser) return user.grant;
    const signature = decodeSignature(presented.signature ?? '');
    if (!presented.nonce || signature === undefined) return undefined;
    return verifies(keyOf(nkey), Buffer.from(presented.nonce), signature) ? user.grant : undefined;
  }

  /** The certificate says who it is; a password is asked for in addition where the user has one. */
  private byCertificate(certificates: CertificateUsers<User>, presented: Presented): Decision {
    const der = presented.certificate?.raw;
    if (der === undefined) return undefined;
    const user = certificates.find(der, ({ connectionTypes }) =>
      typeAllowed(connectionTypes, presented.connectionType),
    );
    return user && this.check(user, presented.password ?? '', presented);
  }

  private byPassword(presented: Presented): Decision {
    const { user: name, token } = presented;
    const listed = name ? this.users.byName.get(name) : undefined;
    const isListed = listed !== undefined && typeAllowed(listed.connectionTypes, presented.connectionType);
    const user = isListed
      ? listed
      : this.single !== undefined && this.single.name === name
        ? this.single
        : undefined;
    // With users listed, a name that is none of them is wrong, whatever else is presented.
    const tokenCounts =
      this.token !== undefined && token !== undefined && (this.users.byName.size === 0 || !name);
    if (tokenCounts && !name) return this.check(this.token, token, presented);
    const byPassword = this.check(user, presented.password ?? '', presented);
    if (!tokenCounts) return byPassword;
    const byToken = this.check(this.token, token, presented);
    if (byPassword instanceof Promise || byToken instanceof Promise) {
      return Promise.all([byPassword, byToken]).then(([first, second]) => first ?? second);
    }
    return byPassword ?? byToken;
  }

  /** The user's grant if the secret is right. The same work whether there is such a user or not. */
  private check(user: User | undefined, presented: string, asker: Asker): Decision {
    const secret = user?.secret;
    if (secret === undefined) return this.refuse(presented, asker);
    const right = secret.matches(presented, asker);
    if (right instanceof Promise) return right.then((is) => (is ? user?.grant : undefined));
    return right ? user?.grant : this.refuse(presented, asker);
  }

  private refuse(presented: string, asker: Asker): undefined | Promise<undefined> {
    const refused = this.decoy.refuse(presented, asker);
    return refused instanceof Promise ? refused.then(() => undefined) : undefined;
  }

  private needsCertificate(user: User): boolean {
    return this.certificates !== undefined && user.secret !== undefined;
  }
}

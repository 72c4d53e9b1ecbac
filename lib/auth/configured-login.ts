import { type DescribeSetting, describeSetting } from '../config/show.js';
import { GLOBAL_ACCOUNT } from '../domain/account-names.js';
import { invalidKey } from '../domain/errors.js';
import type { AuthConfig } from './auth-config.js';
import type { Checked, CheckOrigin } from './bcrypt-pool.js';
import { CertificateUsers } from './certificate-login.js';
import { typeAllowed } from './connection-types.js';
import {
  type Authenticator,
  type ConnectionType,
  type Grant,
  isGrant,
  type Presented,
  type Refusal,
  type Verdict,
} from './grant.js';
import { decodeSignature, keyOf, verifies } from './nkeys.js';
import { DummySecret, Secret } from './secrets.js';
import { plainUser, prepareUsers, type User, type Users } from './users.js';

type Decision = Verdict | Promise<Verdict>;

const WRONG_TYPE: Refusal = { refused: 'connection type not allowed' };
const OVERLOADED: Refusal = {
  refused: 'too many logins are waiting to be checked',
  code: 'AUTHENTICATION_TIMEOUT',
};

/**
 * Lets in the users a configuration lists. What is presented counts in nats-server's order: an nkey, a user with its
 * password or by its certificate, a token. A client that sends an nkey or a user is not admitted by anything else.
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
  private readonly decoy: DummySecret;
  private readonly byFingerprint: ReadonlyMap<string, User>;
  /** What clients get that send no credentials and are no user. */
  private readonly openGrant: Grant | undefined;

  /**
   * @param describe what messages call the settings
   * @throws SluiceError CONFIG_INVALID naming what is wrong where, never a secret
   */
  constructor(
    { authorization, accounts, tls, registeredTypes }: AuthConfig,
    openGrant: Grant | undefined,
    describe: DescribeSetting = describeSetting,
  ) {
    const { user, password, token, noAuthUser } = authorization;
    const { users, defaultPermissions } = authorization;
    this.users = prepareUsers(users, defaultPermissions, accounts, describe, registeredTypes);
    this.single =
      user === undefined
        ? undefined
        : plainUser(
            user,
            new Secret(password ?? '', () => describe(['authorization', 'password'])),
            GLOBAL_ACCOUNT,
          );
    this.token =
      token === undefined
        ? undefined
        : plainUser(undefined, new Secret(token, () => describe(['authorization', 'token'])), GLOBAL_ACCOUNT);
    this.noAuthUser =
      noAuthUser === undefined
        ? undefined
        : (this.users.byName.get(noAuthUser) ?? this.users.byNkey.get(noAuthUser));
    if (noAuthUser !== undefined && this.noAuthUser === undefined) {
      throw invalidKey(describe(['authorization', 'no_auth_user']), `no user ${JSON.stringify(noAuthUser)}`);
    }
    const mapsCertificates = tls?.verifyAndMap === true && this.users.byName.size > 0;
    this.certificates = mapsCertificates ? new CertificateUsers(this.users.byName) : undefined;
    const all = [...this.users.byName.values(), ...this.users.byNkey.values(), this.single, this.token];
    const known = all.filter((each) => each !== undefined);
    this.decoy = new DummySecret(known.flatMap(({ secret }) => (secret === undefined ? [] : [secret])));
    this.openGrant = openGrant;
    this.byFingerprint = new Map(known.map((user) => [user.grant.fingerprint, user]));
    this.required = this.noAuthUser === undefined;
    this.usesNonce = this.users.byNkey.size > 0;
    const isForAll = this.noAuthUser?.connectionTypes.length === 0 && !this.needsCertificate(this.noAuthUser);
    this.anonymous = openGrant ?? (isForAll ? this.noAuthUser?.grant : undefined);
  }

  authenticate(presented: Presented): Decision {
    try {
      return this.decide(presented);
    } catch {
      return { refused: 'credentials that cannot be read' };
    }
  }

  renew({ fingerprint }: Grant, connectionType: ConnectionType): Grant | undefined {
    if (fingerprint === this.openGrant?.fingerprint) return this.openGrant;
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
    const noAuthUser = showsNothing ? this.noAuthUser : undefined;
    if (this.usesNonce) {
      if (noAuthUser !== undefined && noAuthUser.secret === undefined && !presented.nkey)
        return this.noAuthGrant(noAuthUser, presented);
      if (presented.nkey) return this.byNkey(presented.nkey, presented);
    }
    if (this.certificates !== undefined) return this.byCertificate(this.certificates, presented);
    if (noAuthUser !== undefined && noAuthUser.secret !== undefined)
      return this.noAuthGrant(noAuthUser, presented);
    if (!showsNothing) return this.byPassword(presented);
    return this.openGrant ?? { refused: presented.nkey ? 'nkeys are not accepted' : 'no credentials' };
  }

  private noAuthGrant(user: User, { connectionType }: Presented): Verdict {
    return typeAllowed(user.connectionTypes, connectionType) ? user.grant : WRONG_TYPE;
  }

  private byNkey(nkey: string, presented: Presented): Verdict {
    const user = this.users.byNkey.get(nkey);
    if (user === undefined) return { refused: 'unknown nkey' };
    if (!typeAllowed(user.connectionTypes, presented.connectionType)) return WRONG_TYPE;
    // A client that presents nothing is this user as well, so there is nothing to prove.
    if (user === this.noAuthUser) return user.grant;
    const signature = decodeSignature(presented.signature ?? '');
    const isRight =
      presented.nonce !== undefined &&
      presented.nonce !== '' &&
      signature !== undefined &&
      verifies(keyOf(nkey), Buffer.from(presented.nonce), signature);
    return isRight ? user.grant : { refused: 'wrong signature' };
  }

  /** The certificate names the user; a password is checked in addition where the user has one. */
  private byCertificate(certificates: CertificateUsers<User>, presented: Presented): Decision {
    const der = presented.certificate?.raw;
    if (der === undefined) return { refused: 'no certificate' };
    const user = certificates.find(der, ({ connectionTypes }) =>
      typeAllowed(connectionTypes, presented.connectionType),
    );
    if (user === undefined) return { refused: 'no user is named in the certificate' };
    return this.check(user, presented.password ?? '', presented, 'wrong password');
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
    if (tokenCounts && !name) return this.check(this.token, token, presented, 'wrong token');
    const reason =
      user !== undefined ? 'wrong password' : listed === undefined ? unknown(presented) : WRONG_TYPE.refused;
    const byPassword = this.check(user, presented.password ?? '', presented, reason);
    if (!tokenCounts) return byPassword;
    const byToken = this.check(this.token, token, presented, 'wrong token');
    if (byPassword instanceof Promise || byToken instanceof Promise)
      return Promise.all([byPassword, byToken]).then(([first, second]) => (isGrant(first) ? first : second));
    return isGrant(byPassword) ? byPassword : byToken;
  }

  /** The user's grant if the secret is right. The same work whether there is such a user or not. */
  private check(user: User | undefined, presented: string, origin: CheckOrigin, reason: string): Decision {
    const wrong: Refusal = { refused: reason };
    const secret = user?.secret;
    const decide = (checked: Checked): Decision => {
      if (checked === undefined) return OVERLOADED;
      if (checked) return user?.grant;
      const refused = this.decoy.refuse(presented, secret, origin);
      return refused instanceof Promise
        ? refused.then((is) => (is === undefined ? OVERLOADED : wrong))
        : wrong;
    };
    const checked = secret?.matches(presented, origin) ?? false;
    return checked instanceof Promise ? checked.then(decide) : decide(checked);
  }

  private needsCertificate(user: User): boolean {
    return this.certificates !== undefined && user.secret !== undefined;
  }
}

/** Why a login without a user that is known is wrong. */
function unknown({ user, token }: Presented): string {
  if (user) return 'unknown user';
  return token ? 'tokens are not accepted' : 'no credentials';
}

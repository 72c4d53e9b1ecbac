import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeAccount, encodeOperator, encodeUser, fmtCreds } from '@nats-io/jwt';
import { createAccount, createOperator, createUser } from '@nats-io/nkeys';

/** Keys and JWTs of one run; the secret ones are in files. */
export interface Identities {
  /** Public nkey of the user that may log in. */
  readonly publicKey: string;
  /** File with its seed. */
  readonly seed: string;
  /** File with the seed of somebody unknown. */
  readonly wrongSeed: string;
  /** The public nkey of that one. */
  readonly wrongPublicKey: string;
  readonly operatorJwt: string;
  readonly accountKey: string;
  readonly accountJwt: string;
  /** Credentials file of a user of the account. */
  readonly creds: string;
  /** Credentials file of a user of an account that the server does not know. */
  readonly wrongCreds: string;
}

/** Everything without it counts as 0. */
const UNLIMITED = { conn: -1, subs: -1, data: -1, payload: -1, leaf: -1, imports: -1, exports: -1 };

/** Makes new ones in `directory`. */
export async function createIdentities(directory: string): Promise<Identities> {
  const write = (name: string, content: Uint8Array) => {
    const path = join(directory, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const [user, stranger] = [createUser(), createUser()];
  const [operator, account, unknown] = [createOperator(), createAccount(), createAccount()];
  const creds = async (name: string, issuer: typeof account) => {
    const keys = createUser();
    return write(name, fmtCreds(await encodeUser('ann', keys, issuer), keys));
  };
  return {
    publicKey: user.getPublicKey(),
    seed: write('user.nk', user.getSeed()),
    wrongPublicKey: stranger.getPublicKey(),
    wrongSeed: write('stranger.nk', stranger.getSeed()),
    operatorJwt: await encodeOperator('interop', operator),
    accountKey: account.getPublicKey(),
    accountJwt: await encodeAccount('interop', account, { limits: UNLIMITED }, { signer: operator }),
    creds: await creds('user.creds', account),
    wrongCreds: await creds('stranger.creds', unknown),
  };
}

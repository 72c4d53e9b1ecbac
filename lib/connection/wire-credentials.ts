import type { Credentials } from '../dialects/codec.js';
import type { WireCredentials } from '../transport/wire.js';

/** What a peer presents, with what its wire brought along in the place of what is missing or empty; as nats-server. */
export function withDefaults(credentials: Credentials, wire: WireCredentials | undefined): Credentials {
  if (wire === undefined) return credentials;
  const { user, password, token, jwt } = credentials;
  return {
    ...credentials,
    user: user || wire.user,
    password: password || wire.password,
    token: token || wire.token,
    jwt: jwt || wire.jwt,
  };
}

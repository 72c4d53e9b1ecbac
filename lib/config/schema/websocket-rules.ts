/** What has to hold between settings of WebSockets, and between them and all others. */
import { closest } from '../suggest.js';
import type { Fault, Ruled } from './fault.js';

function fault(key: string, message: string): Fault {
  return { path: ['websocket', key], message };
}

/** Breaches of the rules about WebSockets. Without a listener only those that concern attached servers as well are looked at. */
export function* websocketFaults(settings: Ruled): Iterable<Fault> {
  const { websocket, operator } = settings;
  const { tls_cert_file: cert, tls_key_file: key, tls_ca_file: ca, user, password, token } = websocket;
  const isListed = websocket.tls_certificates.length > 0;
  const hasTls = cert !== undefined || isListed;
  if (isListed && cert !== undefined)
    yield fault(
      'tls_certificates',
      'excluded by websocket.tls_cert_file, which is the only certificate then',
    );
  if (websocket.listener !== undefined && !hasTls && !websocket.no_tls)
    yield fault('listener', 'needs websocket.tls_cert_file as well, or websocket.no_tls = true');
  if (cert !== undefined && key === undefined)
    yield fault('tls_cert_file', 'needs websocket.tls_key_file as well');
  if (key !== undefined && cert === undefined)
    yield fault('tls_key_file', 'needs websocket.tls_cert_file as well');
  if (ca !== undefined && !hasTls) yield fault('tls_ca_file', 'needs websocket.tls_cert_file as well');
  if (user !== undefined && password === undefined) yield fault('user', 'needs websocket.password as well');
  if (password !== undefined && user === undefined) yield fault('password', 'needs websocket.user as well');
  const users = namesOf(settings);
  if (users.length > 0 && user !== undefined) yield fault('user', 'excludes users');
  if (users.length > 0 && token !== undefined) yield fault('token', 'excludes users');
  if (operator.length > 0)
    for (const each of ['user', 'token', 'no_auth_user'] as const)
      if (websocket[each] !== undefined) yield fault(each, 'excludes operator');
  if (websocket.jwt_cookie !== undefined && operator.length === 0)
    yield fault('jwt_cookie', 'needs operator as well');
  const { no_auth_user: noAuthUser } = websocket;
  if (noAuthUser !== undefined && operator.length === 0 && !users.includes(noAuthUser)) {
    const meant = closest(noAuthUser, users);
    yield fault(
      'no_auth_user',
      `no such user, ${meant ? `did you mean ${meant}?` : 'allowed: user or nkey of one that is listed'}`,
    );
  }
}

function namesOf({ authorization, accounts }: Ruled): readonly string[] {
  const lists = [authorization.users, ...Object.values(accounts).map(({ users }) => users)];
  return lists.flat().map(({ user, nkey }) => nkey ?? user ?? '');
}

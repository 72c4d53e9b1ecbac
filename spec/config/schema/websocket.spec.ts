import { expect } from 'chai';
import { configFrom, type SettingsInput } from '../../../lib/config.js';
import type { SluiceError } from '../../../lib/domain/errors.js';

type WebSocketInput = NonNullable<SettingsInput['websocket']>;

function problemsOf(websocket: WebSocketInput, more: SettingsInput = {}): readonly string[] {
  try {
    configFrom({ ...more, websocket });
    return [];
  } catch (error) {
    return (error as SluiceError).message.split('\n');
  }
}

const USERS: SettingsInput = { authorization: { users: [{ user: 'a', password: 'p' }] } };

describe('config/schema/websocket', () => {
  it('is off by default, and then lets in pages of its own origin only', () => {
    const { websocket } = configFrom();
    expect(websocket).to.deep.include({
      listener: undefined,
      tls: undefined,
      login: undefined,
      compression: false,
    });
    expect(websocket).to.include({
      sameOrigin: true,
      trustedProxies: 0,
      linePath: undefined,
      handshakeTimeoutMs: 5_000,
    });
  });

  it('takes what it has no settings for from the general ones', () => {
    const { websocket } = configFrom({ authorization: { timeout: '7s' }, nats: { ping_interval: '9s' } });
    expect(websocket).to.include({ authTimeoutMs: 7_000, pingIntervalMs: 9_000 });
    const own = configFrom({ websocket: { auth_timeout: '1s', ping_interval: '3s' } }).websocket;
    expect(own).to.include({ authTimeoutMs: 1_000, pingIntervalMs: 3_000 });
  });

  it('lets in pages of origins that are named, of the same origin only if that is said', () => {
    const allowed_origins = ['https://a.test'];
    expect(configFrom({ websocket: { allowed_origins } }).websocket.sameOrigin).to.equal(false);
    expect(configFrom({ websocket: { allowed_origins, same_origin: true } }).websocket.sameOrigin).to.equal(
      true,
    );
  });

  for (const [what, websocket, problem, more] of [
    [
      'a listener without TLS',
      { listener: 1 },
      'websocket.listener: needs websocket.tls_cert_file as well, or websocket.no_tls = true',
    ],
    [
      'a certificate without a key',
      { tls_cert_file: 'c' },
      'websocket.tls_cert_file: needs websocket.tls_key_file as well',
    ],
    [
      'a key without a certificate',
      { tls_key_file: 'k' },
      'websocket.tls_key_file: needs websocket.tls_cert_file as well',
    ],
    [
      'an authority without a certificate',
      { tls_ca_file: 'k' },
      'websocket.tls_ca_file: needs websocket.tls_cert_file as well',
    ],
    ['a user without a password', { user: 'u' }, 'websocket.user: needs websocket.password as well'],
    ['a password without a user', { password: 'u' }, 'websocket.password: needs websocket.user as well'],
    ['a token beside users', { token: 't' }, 'websocket.token: excludes users', USERS],
    ['a user beside users', { user: 'u', password: 'p' }, 'websocket.user: excludes users', USERS],
    [
      'a cookie with a JWT without an operator',
      { jwt_cookie: 'j' },
      'websocket.jwt_cookie: needs operator as well',
    ],
    [
      'a guest that is no user',
      { no_auth_user: 'b' },
      'websocket.no_auth_user: no such user, allowed: user or nkey of one that is listed',
    ],
    ...(['user_cookie', 'pass_cookie', 'token_cookie', 'jwt_cookie'] as const).flatMap((key) =>
      ['a=b;c', 'a;', 'a b', 'é'].map(
        (name) =>
          [
            `${name} for the name of a cookie, ${key}`,
            { [key]: name },
            `websocket.${key} = ${JSON.stringify(name)}: not usable, allowed: the name of a cookie, in printable ASCII without spaces, = and ;, or "" for none`,
          ] as const,
      ),
    ),
    ...['line', 'ws://a/line', '/line?a', '/a b', '/mqtt'].map(
      (line_path) =>
        [
          `${line_path} for a path`,
          { line_path },
          `websocket.line_path = ${JSON.stringify(line_path)}: not usable, allowed: a path such as /nats, without a query; not one that ends in /leafnode or /mqtt, or "" for none`,
        ] as const,
    ),
    [
      'a header of the protocol',
      { headers: { 'Sec-WebSocket-Accept': 'x' } },
      'websocket.headers.Sec-WebSocket-Accept: not usable, allowed: the name of a header, but none of Host, Connection, Upgrade, Content-Length, Sec-WebSocket-…',
    ],
    [
      'a header with a line end',
      { headers: { 'X-A': 'a\r\nB: c' } },
      'websocket.headers.X-A = "a\\r\\nB: c": not usable, allowed: text of printable ASCII',
    ],
  ] as readonly (readonly [string, WebSocketInput, string, SettingsInput?])[])
    it(`refuses ${what}`, () => expect(problemsOf(websocket, more)).to.deep.equal([problem]));
});

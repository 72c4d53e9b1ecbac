/** The table [websocket]. */
import * as v from 'valibot';
import {
  WEBSOCKET_AUTH_TIMEOUT_MS,
  WEBSOCKET_HANDSHAKE_MS,
  WEBSOCKET_PING_INTERVAL_MS,
  WEBSOCKET_TRUSTED_PROXIES,
} from '../../domain/limits.js';
import {
  boolean,
  choice,
  cookieName,
  derivedDuration,
  duration,
  integer,
  optionalTree,
  table,
  text,
  tree,
  urlPath,
  word,
} from '../kinds.js';
import { optionalAddress, origins } from '../list-kinds.js';
import { later } from '../optional-setting.js';
import { certificates, cipherSuites, curvePreferences } from './tls.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Headers that the protocol or the server itself sets; nats-server's list. */
const OWN_HEADERS = /^(?:host|content-length|connection|upgrade|nats-no-masking|sec-websocket-.*)$/i;

const wrongName =
  'not usable, allowed: the name of a header, but none of Host, Connection, Upgrade, Content-Length, Sec-WebSocket-…';
const wrongValue = 'not usable, allowed: text of printable ASCII';

const headers = later(() =>
  v.record(
    v.pipe(
      v.string(wrongName),
      v.regex(/^[!#$%&'*+.^_`|~\w-]+$/, wrongName),
      v.check((name) => !OWN_HEADERS.test(name), wrongName),
    ),
    v.pipe(v.string(wrongValue), v.regex(/^[ -~\t]*$/, wrongValue)),
  ),
);

/** WebSockets: where, for which pages, and how their clients log in. */
export const websocket = table({
  listener: optionalAddress('127.0.0.1', { about: 'Where WebSocket clients connect.' }),
  no_tls: boolean(false, {
    about: 'Whether WebSockets are served without TLS. Credentials can then be read on their way.',
  }),
  tls_cert_file: text('text', { about: 'Certificate for WebSockets, PEM, with its chain.' }),
  tls_key_file: text('text', { about: 'Private key of that certificate, PEM.' }),
  tls_certificates: tree(certificates, () => [], {
    about:
      'Certificates in the place of websocket.tls_cert_file, of which clients get the one for the name they ask for.',
  }),
  tls_ca_file: text('text', { about: "Authorities that clients' certificates are checked against, PEM." }),
  tls_verify: boolean(false, {
    about: 'Whether clients must present a certificate of websocket.tls_ca_file.',
  }),
  tls_verify_and_map: boolean(false, {
    about: 'Whether such a certificate is also their login: it names a user.',
  }),
  tls_min_version: choice(['1.2', '1.3'], '1.2', { about: 'Oldest version of TLS.' }),
  tls_cipher_suites: cipherSuites,
  tls_curve_preferences: curvePreferences,
  same_origin: boolean(false, {
    about:
      "Whether only web pages of the server's own origin may connect. Also the case if websocket.allowed_origins is empty.",
  }),
  allowed_origins: origins({
    about:
      "Origins of web pages that may connect; none: the server's own only. Programs that are no browser may connect anyway.",
  }),
  compression: boolean(false, {
    about: 'Whether messages may be compressed, which costs time for each and memory for each connection.',
  }),
  handshake_timeout: duration(
    WEBSOCKET_HANDSHAKE_MS,
    { min: 10, max: 10 * MINUTE },
    { about: 'Time for the handshake of TLS and the upgrade request together.' },
  ),
  trusted_proxies: integer(
    WEBSOCKET_TRUSTED_PROXIES,
    { min: 0, max: 16 },
    {
      about:
        'How many proxies are in front, each of which appends to X-Forwarded-For; 0: that header is ignored.',
    },
  ),
  user: text('text', {
    about: 'User name that WebSocket clients must present, in the place of that of [authorization].',
  }),
  password: text('secret', { about: 'Password that they must present; with user.' }),
  token: text('secret', { about: 'Token that they must present, in the place of that of [authorization].' }),
  auth_timeout: derivedDuration(
    WEBSOCKET_AUTH_TIMEOUT_MS,
    { min: 1, max: 24 * 24 * HOUR },
    {
      about: 'Time a WebSocket client has to send its credentials; if not given: authorization.timeout.',
    },
  ),
  no_auth_user: text('text', { about: 'User assigned to WebSocket clients that send no credentials.' }),
  jwt_cookie: cookieName({ about: 'Cookie that holds the JWT of a client that sends none.' }),
  user_cookie: cookieName({ about: 'Cookie that holds the user name of a client that sends none.' }),
  pass_cookie: cookieName({ about: 'Cookie that holds the password of a client that sends none.' }),
  token_cookie: cookieName({ about: 'Cookie that holds the token of a client that sends none.' }),
  headers: optionalTree(headers, { about: 'Headers of the answer to an upgrade request.' }),
  advertise: word({ about: 'Address that /varz shows to be that of WebSockets.' }),
  ping_interval: derivedDuration(
    WEBSOCKET_PING_INTERVAL_MS,
    { min: 10, max: 24 * HOUR },
    {
      about: "Time between the server's PINGs to WebSocket clients; if not given: nats.ping_interval.",
    },
  ),
  line_path: urlPath({
    about: 'Path of the URL on which line clients are served over WebSockets, such as /line; none: nowhere.',
  }),
});

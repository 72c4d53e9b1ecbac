/** The table [tls]. */
import * as v from 'valibot';
import { TLS_HANDSHAKE_RATE, TLS_TIMEOUT_MS } from '../../domain/limits.js';
import type { SettingMeta, Wording } from '../kinds.js';
import { boolean, choice, duration, integer, table, text, tree } from '../kinds.js';
import { list } from '../list-kinds.js';
import { later, optional } from '../optional-setting.js';
import { strict } from '../strict.js';
import { parseDuration } from '../units.js';

const MINUTE = 60_000;

/** How long a client has to begin the handshake before it is sent INFO, with "auto". nats-server's. */
const FALLBACK_MS = 50;

/** Curves by their names here and in nats-server; the value is OpenSSL's name. */
const CURVES: Readonly<Record<string, string>> = {
  X25519: 'X25519',
  CurveP256: 'P-256',
  CurveP384: 'P-384',
  CurveP521: 'P-521',
  'P-256': 'P-256',
  'P-384': 'P-384',
  'P-521': 'P-521',
};

/** TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, as nats-server has it, is ECDHE-RSA-AES128-GCM-SHA256 to OpenSSL. */
function opensslName(suite: string): string {
  if (!suite.includes('_WITH_')) return suite;
  return suite
    .replace(/^TLS_(?:RSA_WITH_)?/, '')
    .replace('_WITH_', '_')
    .replace(/AES_(\d+)/, 'AES$1')
    .replace('_CBC', '')
    .replace('POLY1305_SHA256', 'POLY1305')
    .replaceAll('_', '-');
}

/** OpenSSL's name of a cipher suite that this Node.js has. */
function readSuite(suite: string): string | undefined {
  const name = opensslName(suite);
  // node:tls is slow to load and this is rarely set, so it is loaded only now.
  const known = process.getBuiltinModule('node:tls').getCiphers();
  return known.includes(name.toLowerCase()) ? name : undefined;
}

function readHandshakeFirst(given: boolean | string): boolean | number | undefined {
  if (typeof given === 'boolean') return given;
  if (/^(?:true|yes|on|1)$/i.test(given)) return true;
  if (/^(?:false|no|off|0)$/i.test(given)) return false;
  if (/^auto$/i.test(given)) return FALLBACK_MS;
  // To wait for no time at all is never to send INFO first.
  return parseDuration(given) || (parseDuration(given) === 0 ? true : undefined);
}

function handshakeFirst(wording: Wording) {
  const allowed = 'true, false, "auto" or a duration';
  const wrong = `not usable, allowed: ${allowed}`;
  return optional(
    () =>
      v.pipe(
        v.union([v.boolean(), v.string()], wrong),
        v.transform(readHandshakeFirst),
        v.union([v.boolean(), v.number()], wrong),
        v.metadata({ kind: 'handshake', allowed, ...wording } satisfies SettingMeta),
      ),
    () => false,
    () => false,
  );
}

/** A list of cipher suites. */
export const cipherSuites = list("names of cipher suites, OpenSSL's or IANA's", readSuite, {
  about: "Cipher suites; none: Node's.",
});

/** A list of curves. */
export const curvePreferences = list('X25519, P-256, P-384, P-521', (name) => CURVES[name], {
  about: "Curves, the best first; none: Node's.",
});

const file = later(() => v.pipe(v.string('not a path'), v.nonEmpty('not a path')));

/** Certificates with their keys; clients get the first one for the name they ask for. */
export const certificates = later(() =>
  v.array(
    strict({ cert_file: file, key_file: file }),
    'not a list of certificates, allowed: [{ cert_file = …, key_file = … }, …]',
  ),
);

/** TLS of the NATS listeners, and of the line ones with `line.tls`. */
export const tls = table({
  cert_file: text('text', { about: 'Certificate, PEM, with its chain; turns TLS on for NATS clients.' }),
  key_file: text('text', { about: 'Private key of the certificate, PEM.' }),
  certificates: tree(certificates, () => [], {
    about:
      'Certificates in the place of tls.cert_file, of which clients get the one for the name they ask for.',
  }),
  ca_file: text('text', { about: "Authorities that clients' certificates are checked against, PEM." }),
  verify: boolean(false, { about: 'Whether clients must present a certificate of tls.ca_file.' }),
  verify_and_map: boolean(false, {
    about: 'Whether such a certificate is also their login: it names a user.',
  }),
  pinned_certs: list(
    'SHA-256 of public keys, 64 hexadecimal digits each',
    (digest) => (/^[\da-f]{64}$/i.test(digest) ? digest.toLowerCase() : undefined),
    { about: "Public keys (DER, SubjectPublicKeyInfo) that clients' certificates may have; none: any." },
  ),
  allow_non_tls: boolean(false, { about: 'Whether clients may go on without TLS.' }),
  handshake_first: handshakeFirst({
    about: 'TLS before INFO; "auto" or a duration: for clients that begin within 50ms, or within it.',
  }),
  timeout: duration(TLS_TIMEOUT_MS, { min: 10, max: 10 * MINUTE }, { about: 'Time for the TLS handshake.' }),
  handshake_rate: integer(
    TLS_HANDSHAKE_RATE,
    { min: 0, max: 1_000_000 },
    {
      about: 'TLS handshakes of NATS and line clients a second; further clients are refused. 0: any number.',
    },
  ),
  min_version: choice(['1.2', '1.3'], '1.2', { about: 'Oldest version of TLS.' }),
  cipher_suites: cipherSuites,
  curve_preferences: curvePreferences,
});

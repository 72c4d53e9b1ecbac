/** What becomes of `tls`. */
import { formatDuration } from '../units.js';
import { boolean, goDurationMs, list, seconds, text } from './readers.js';
import { copied, ignored, type KeyRow, period, refused, special } from './rows.js';

/** Go's names of cipher suites where OpenSSL has others. Those of TLS 1.3 go by one name. */
function openSslSuite(name: string): string | undefined {
  if (/^TLS_(?:AES|CHACHA20)_\w+_SHA\d+$/.test(name)) return name;
  const [, exchange, cipher] = /^TLS_(RSA|ECDHE_RSA|ECDHE_ECDSA)_WITH_(\w+)$/.exec(name) ?? [];
  if (exchange === undefined || cipher === undefined) return undefined;
  const prefix = exchange === 'RSA' ? '' : `${exchange.replace('_', '-')}-`;
  const aes = /^AES_(128|256)_(CBC|GCM)_(SHA\d*)$/.exec(cipher);
  if (aes !== null) return `${prefix}AES${aes[1]}-${aes[2] === 'GCM' ? 'GCM-' : ''}${aes[3]}`;
  return cipher === 'CHACHA20_POLY1305' ? `${prefix}CHACHA20-POLY1305` : undefined;
}

const CURVES: Readonly<Record<string, string>> = {
  X25519: 'X25519',
  CurveP256: 'P-256',
  CurveP384: 'P-384',
  CurveP521: 'P-521',
};

/** A list of Go's names, each turned into OpenSSL's. */
function names(key: string, allowed: string, toOpenSsl: (name: string) => string | undefined): KeyRow {
  return special([key], key, `Go's names become OpenSSL's.`, (item, out) => {
    const found = (list(item, out) ?? []).flatMap((each) => {
      const name = text(each, out);
      if (name === undefined) return [];
      const openSsl = toOpenSsl(name);
      if (openSsl === undefined) out.refuse(each, `unknown name, allowed: ${allowed}`);
      return openSsl === undefined ? [] : [{ text: openSsl, item: each }];
    });
    if (found.length > 0) out.setTexts(key, found, item);
  });
}

const HANDSHAKE_FIRST: ReadonlyMap<string, boolean | string> = new Map<string, boolean | string>([
  ['true', true],
  ['on', true],
  ['false', false],
  ['off', false],
  ['auto', 'auto'],
  ['auto_fallback', 'auto'],
]);

/** The block `tls`. */
export const TLS: readonly KeyRow[] = [
  copied(['cert_file'], 'cert_file', text),
  copied(['key_file'], 'key_file', text),
  copied(['ca_file'], 'ca_file', text),
  copied(['verify'], 'verify', boolean),
  copied(['verify_and_map'], 'verify_and_map', boolean),
  period(['timeout'], 'timeout', seconds, 'A number of seconds, or a duration.'),
  names('cipher_suites', "Go's, such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", openSslSuite),
  names('curve_preferences', Object.keys(CURVES).join(', '), (name) =>
    Object.hasOwn(CURVES, name) ? CURVES[name] : undefined,
  ),
  special(['handshake_first', 'first', 'immediate'], 'handshake_first', '', (item, out) => {
    const { kind, value } = item.value.kind === 'text' ? item.value : { kind: 'other', value: '' };
    if (kind === 'other') {
      const first = boolean(item, out);
      if (first !== undefined) out.set('handshake_first', first, item);
      return;
    }
    const known = HANDSHAKE_FIRST.get(value.toLowerCase());
    const ms = goDurationMs(value);
    if (known !== undefined) out.set('handshake_first', known, item);
    else if (ms !== undefined && ms >= 0) out.set('handshake_first', formatDuration(ms), item);
    else out.refuse(item, 'unknown, allowed: true, false, auto, or a duration such as "300ms"');
  }),
  special(['min_version'], 'min_version', 'In quotes.', (item, out) => {
    const version = item.value.kind === 'text' ? item.value.value : '';
    if (version === '1.2' || version === '1.3') out.set('min_version', version, item);
    else out.refuse(item, 'not a version, allowed: "1.2", "1.3", in quotes');
  }),
  ignored(['insecure'], 'it is for connections that a server makes'),
  ignored(['connection_rate_limit'], 'handshakes are not counted'),
  refused(['verify_cert_and_check_known_urls'], 'as there are no known URLs'),
  refused(['pinned_certs'], 'as certificates are not pinned'),
  refused(['certs', 'certificates'], 'as there is one certificate: cert_file and key_file'),
  refused(['cert_store'], 'as certificates are in files'),
  refused(['cert_match_by'], 'as certificates are in files'),
  refused(['cert_match'], 'as certificates are in files'),
  refused(['cert_match_skip_invalid'], 'as certificates are in files'),
  refused(['ca_certs_match'], 'as certificates are in files'),
  refused(['ocsp_peer'], 'as nobody asks whether a certificate was revoked'),
];

/** What becomes of `tls`. */
import { formatDuration } from '../units.js';
import type { Item, Output } from './output.js';
import { boolean, goDurationMs, integer, list, seconds, text } from './readers.js';
import { copied, goQuoted, ignored, type KeyRow, period, refused, special, translateBlock } from './rows.js';

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

/** Suites that Go calls insecure: RC4, 3DES, without forward secrecy, or CBC with SHA-256. */
function isInsecure(name: string): boolean {
  return /_RC4_|_3DES_|^TLS_RSA_|_CBC_SHA256$/.test(name);
}

/** Suites of Go that OpenSSL no longer has. */
function isWithout(name: string): boolean {
  return /^TLS_(?:(?:RSA|ECDHE_RSA|ECDHE_ECDSA)_WITH_RC4_128_SHA|(?:ECDHE_)?RSA_WITH_3DES_EDE_CBC_SHA)$/.test(
    name,
  );
}

/** A list of Go's names, each turned into OpenSSL's. */
function names(
  key: string,
  what: string,
  allowed: string,
  toOpenSsl: (name: string) => string | undefined,
): KeyRow {
  return special([key], key, `Go's names become OpenSSL's.`, (item, out) => {
    const given = list(item, out);
    if (given?.length === 0) out.refuseAs(item, `error parsing tls config, '${key}' cannot be empty`);
    const found = (given ?? []).flatMap((each) => {
      const name = text(each, out);
      if (name === undefined) return [];
      const openSsl = toOpenSsl(name);
      if (openSsl !== undefined) return [{ text: openSsl, item: each }];
      if (isWithout(name)) {
        out.warn(each, 'ignored, Node.js does not have it');
        return [];
      }
      out.findings.isWrong = true;
      out.refuseAs(each, `unrecognized ${what} ${name}`, `, allowed: ${allowed}`);
      return [];
    });
    if (found.length > 0) out.setTexts(key, found, item);
  });
}

/** Translates the block `tls`. */
export function translateTls(item: Item, out: Output): void {
  const unknown = (key: string) => `error parsing tls config, unknown field ${goQuoted(key)}`;
  if (!translateBlock(item, TLS, out.table('tls', item), unknown) || item.value.kind !== 'map') return;
  const entries = new Map(
    [...item.value.entries.values()].map((each) => [each.key.toLowerCase(), each.value]),
  );
  const certs = entries.get('certs') ?? entries.get('certificates');
  if (certs?.kind === 'list' && certs.items.length > 0 && entries.has('cert_file')) {
    out.findings.isWrong = true;
    out.refuseAs(item, "error parsing tls config, cannot combine 'cert_file' option with 'certs' option");
  }
  const allowed = entries.get('allow_insecure_cipher_suites');
  if (allowed?.kind === 'boolean' && allowed.value) return;
  const suites = entries.get('cipher_suites');
  const given = suites?.kind === 'list' ? suites.items : [];
  const insecure = given.flatMap((each) =>
    each.kind === 'text' && isInsecure(each.value) ? [each.value] : [],
  );
  if (insecure.length === 0) return;
  const words = "insecure cipher suites configured without 'allow_insecure_cipher_suites' option set";
  out.findings.isWrong = true;
  out.refuseAs(item, `${words}: ${insecure.join(', ')}`);
}

const HANDSHAKE_FIRST: ReadonlyMap<string, boolean | string> = new Map<string, boolean | string>([
  ['true', true],
  ['on', true],
  ['false', false],
  ['off', false],
  ['auto', 'auto'],
  ['auto_fallback', 'auto'],
]);

const CERTIFICATE: readonly KeyRow[] = [
  copied(['cert_file'], 'cert_file', text),
  copied(['key_file'], 'key_file', text),
];

/** One of several certificates. */
function certificate(item: Item, out: Output): void {
  const unknown = (key: string) => `error parsing tls certs config, unknown field ${goQuoted(key)}`;
  if (!translateBlock(item, CERTIFICATE, out, unknown) || item.value.kind !== 'map') return;
  const { cert_file, key_file } = out.tree;
  if (cert_file && key_file) return;
  out.findings.isWrong = true;
  const words = "both 'cert_file' and 'cert_key' options are required";
  out.refuseAs(item, `error parsing certificates config: ${words}`);
}

/** The block `tls`. */
export const TLS: readonly KeyRow[] = [
  copied(['cert_file'], 'cert_file', text),
  copied(['key_file'], 'key_file', text),
  copied(['ca_file'], 'ca_file', text),
  copied(['verify'], 'verify', boolean),
  copied(['verify_and_map'], 'verify_and_map', boolean),
  period(['timeout'], 'timeout', seconds, 'A number of seconds, or a duration.'),
  names('cipher_suites', 'cipher', "Go's, such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", openSslSuite),
  names('curve_preferences', 'curve preference', Object.keys(CURVES).join(', '), (name) =>
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
  special(['allow_insecure_cipher_suites'], '', 'Without it some of `cipher_suites` are refused.', boolean),
  ignored(['insecure'], 'it is for connections that a server makes'),
  special(['connection_rate_limit'], 'handshake_rate', 'Not above 0: any number.', (item, out) => {
    const rate = integer(item, out);
    if (rate !== undefined) out.set('handshake_rate', Math.max(rate, 0), item);
  }),
  refused(['verify_cert_and_check_known_urls'], 'as there are no known URLs'),
  special(['pinned_certs'], 'pinned_certs', '', (item, out) => {
    const given = list(item, out) ?? [];
    const found = given.flatMap((each) => {
      const digest = text(each, out)?.toLowerCase();
      if (digest === undefined) return [];
      if (/^[\da-f]{64}$/.test(digest)) return [{ text: digest, item: each }];
      out.findings.isWrong = true;
      const what = 'does not look like hex-encoded sha256 of DER encoded SubjectPublicKeyInfo';
      out.refuseAs(each, `error parsing tls config, 'pinned_certs' key ${digest} ${what}`);
      return [];
    });
    if (found.length > 0) out.setTexts('pinned_certs', found, item);
  }),
  special(['certs', 'certificates'], 'certificates', 'A list of `{ cert_file, key_file }`.', (item, out) => {
    for (const each of list(item, out) ?? []) certificate(each, out.append('certificates', each));
  }),
  refused(['cert_store'], 'as certificates are in files'),
  refused(['cert_match_by'], 'as certificates are in files'),
  refused(['cert_match'], 'as certificates are in files'),
  refused(['cert_match_skip_invalid'], 'as certificates are in files'),
  refused(['ca_certs_match'], 'as certificates are in files'),
  refused(['ocsp_peer'], 'revocation of certificates is not checked'),
];

import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { invalidKey } from '../domain/errors.js';
import { type DescribeSetting, describeSetting } from './show.js';

/** Prefixes of the cipher suites of TLS 1.3; all others are those of TLS 1.2. */
const TLS_1_3 = /^TLS_(?:AES|CHACHA20)_/;
/** Curves by the names nats-server's configuration has for them. */
const CURVES: Readonly<Record<string, string>> = {
  CURVEP256: 'P-256',
  CURVEP384: 'P-384',
  CURVEP521: 'P-521',
};

/**
 * Cipher suites as OpenSSL wants them; each may also be given by the name nats-server and the RFCs have for it. Where
 * none is for TLS 1.3, that has Node's; where all are, TLS 1.2 is not spoken.
 *
 * @param describe what messages call the setting
 * @throws SluiceError CONFIG_INVALID about a suite there is not
 */
export function ciphersOption(
  suites: readonly string[],
  describe: DescribeSetting = describeSetting,
): { readonly ciphers?: string } {
  if (suites.length === 0) return {};
  const names = suites.map((suite) => {
    const ciphers = openSslName(suite);
    if (!known({ ciphers }))
      throw invalidKey(describe(['tls', 'cipher_suites']), `${suite}: unknown cipher suite`);
    return ciphers;
  });
  return { ciphers: names.join(':') };
}

/**
 * Curves as OpenSSL wants them; also by nats-server's names.
 *
 * @param describe what messages call the setting
 * @throws SluiceError CONFIG_INVALID about a curve there is not
 */
export function curvesOption(
  curves: readonly string[],
  describe: DescribeSetting = describeSetting,
): { readonly ecdhCurve?: string } {
  if (curves.length === 0) return {};
  const names = curves.map((curve) => {
    const ecdhCurve = CURVES[curve.toUpperCase()] ?? curve;
    if (!known({ ecdhCurve }))
      throw invalidKey(describe(['tls', 'curve_preferences']), `${curve}: unknown curve`);
    return ecdhCurve;
  });
  return { ecdhCurve: names.join(':') };
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` → `ECDHE-RSA-AES128-GCM-SHA256`. */
function openSslName(suite: string): string {
  const name = suite.toUpperCase();
  if (!name.startsWith('TLS_') || TLS_1_3.test(name)) return name;
  return name
    .replace(/^TLS_(?:RSA_WITH_)?/, '')
    .replace('_WITH_', '_')
    .replace(/AES_(\d+)/, 'AES$1')
    .replace('_CBC_', '_')
    .replace(/(CHACHA20_POLY1305)_SHA256$/, '$1')
    .replaceAll('_', '-');
}

function known(options: SecureContextOptions): boolean {
  // OpenSSL takes several at once when it knows one of them, so a name may not be a list itself.
  if (/[:,\s]/.test(options.ciphers ?? options.ecdhCurve ?? '')) return false;
  try {
    createSecureContext(options);
    return true;
  } catch {
    return false;
  }
}

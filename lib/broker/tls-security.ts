import type { Logger } from 'pino';
import type { TlsConfig } from '../config/shapes.js';
import { type DescribeSetting, describeSetting } from '../config/show.js';
import { readTlsFiles } from '../config/tls-files.js';
import { ciphersOption, curvesOption } from '../config/tls-names.js';
import { RateLimits } from '../domain/rate-limited.js';
import type { HandshakeFailure, Security } from '../transport/tls.js';
import { TlsContext, type TlsServerOptions } from '../transport/tls-context.js';

/**
 * Reads the files of a TLS configuration, and returns what a {@link TlsContext} is made of.
 *
 * @param describe what messages call the settings
 * @throws SluiceError CONFIG_INVALID with the key, the file and the reason: unreadable, no PEM, a key that does not
 *   belong to the certificate, an unknown cipher suite or curve
 */
export function tlsServerOptions(
  config: TlsConfig,
  describe: DescribeSetting = describeSetting,
): TlsServerOptions {
  return {
    certificateName: describe(['tls', 'cert_file'], config.certFile),
    ...readTlsFiles(config, describe),
    verify: config.verify || config.verifyAndMap,
    ...(config.pinnedCerts.length === 0 ? {} : { pinned: new Set(config.pinnedCerts) }),
    minVersion: config.minVersion,
    ...ciphersOption(config.cipherSuites, describe),
    ...curvesOption(config.curvePreferences, describe),
  };
}

/**
 * TLS as configured. Failed handshakes are logged, one in five seconds at most.
 *
 * @param reports limits how often failed handshakes are logged
 * @param describe what messages call the settings
 * @throws SluiceError CONFIG_INVALID with the key, the file and the reason
 */
export function securityFor(
  config: TlsConfig,
  log: Logger,
  reports = new RateLimits(),
  describe?: DescribeSetting,
): Security {
  const { handshakeFirst: first } = config;
  return {
    mode: typeof first === 'number' && first > 0 ? 'auto' : first === false ? 'after-info' : 'first',
    context: new TlsContext(tlsServerOptions(config, describe), (warning) => log.warn(warning)),
    allowNonTls: config.allowNonTls,
    verify: config.verify || config.verifyAndMap,
    fallbackMs: Number(first),
    timeoutMs: config.timeoutMs,
    onFailure: reports.limit((failure: HandshakeFailure, count) =>
      log.warn({ ...failure, count }, 'TLS handshake failed'),
    ),
  };
}

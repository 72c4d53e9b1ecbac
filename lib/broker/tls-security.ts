import type { Logger } from 'pino';
import type { TlsConfig } from '../config/shapes.js';
import { type DescribeSetting, describeSetting } from '../config/show.js';
import { readTlsFiles } from '../config/tls-files.js';
import { ciphersOption, curvesOption } from '../config/tls-names.js';
import type { Clock } from '../domain/clock.js';
import { RateLimits } from '../domain/rate-limited.js';
import { TokenBucket } from '../limits/token-bucket.js';
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
  const { handshakeFirst: first, handshakeRate: rate } = config;
  const warnOfRate = reports.limit((handshakeRate: number, count) =>
    log.warn(
      { handshakeRate, limit: 'tls.handshake_rate', count },
      'TLS handshakes come too fast, refused some',
    ),
  );
  return {
    mode: typeof first === 'number' && first > 0 ? 'auto' : first === false ? 'after-info' : 'first',
    context: new TlsContext(tlsServerOptions(config, describe), (warning) => log.warn(warning)),
    allowNonTls: config.allowNonTls,
    verify: config.verify || config.verifyAndMap,
    fallbackMs: Number(first),
    timeoutMs: config.timeoutMs,
    mayBegin: rate === 0 ? undefined : handshakeRate(rate, () => warnOfRate(rate), reports.clock),
    onFailure: reports.limit((failure: HandshakeFailure, count) =>
      log.warn({ ...failure, count }, 'TLS handshake failed'),
    ),
  };
}

/** Lets so many begin in a second, all of them at once after a quiet time. */
function handshakeRate(perSecond: number, onRefused: () => void, clock: Clock): () => boolean {
  const bucket = new TokenBucket(perSecond, perSecond, clock.now());
  return () => {
    const now = clock.now();
    if (bucket.waitMs(1, now) > 0) {
      onRefused();
      return false;
    }
    bucket.take(1, now);
    return true;
  };
}

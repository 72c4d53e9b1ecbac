/** The start of a broker, with or without line clients. */
import type { Logger } from 'pino';
import { type Broker, startBroker } from '../broker.js';
import type { Config, Loaded } from '../config.js';
import { SluiceError } from '../errors.js';

/**
 * Starts the broker. Where nobody asked for a line listener and its port is taken, by another sluice most likely, it
 * starts without: several can be started side by side with nothing but a `--port` each.
 * @throws SluiceError ADDRESS_IN_USE, ADDRESS_UNUSABLE; then nothing is left listening
 */
export async function startFor(
  { config, givenKeys }: Pick<Loaded, 'config' | 'givenKeys'>,
  logger: Logger,
): Promise<{ readonly broker: Broker; readonly hasNoLine: boolean }> {
  const mustHaveLine = ['line.enabled', 'line.listener'].some((key) => givenKeys.has(key));
  try {
    return { broker: await startBroker(config, logger), hasNoLine: false };
  } catch (error) {
    const isTaken = error instanceof SluiceError && error.code === 'ADDRESS_IN_USE';
    if (!isTaken || mustHaveLine || !config.nats.enabled) throw error;
    const broker = await startBroker(withoutLine(config), logger).catch(() => Promise.reject(error));
    logger.warn(`${error.message}; line clients are not served`);
    return { broker, hasNoLine: true };
  }
}

/** The same, without line clients. */
export function withoutLine(config: Config): Config {
  return { ...config, line: { ...config.line, enabled: false } };
}

import type { Logger } from 'pino';
import type { StartedBroker } from './broker/api.js';
import { RunningBroker } from './broker/running.js';
import type { Config } from './config.js';

export type { AttachWebSocketOptions, Broker, CloseOptions, StartedBroker } from './broker/api.js';

/**
 * Starts a broker with every listener the configuration enables.
 *
 * @throws SluiceError ADDRESS_IN_USE, ADDRESS_UNUSABLE, CONFIG_INVALID about a file that TLS or an operator names; then
 *   nothing is left listening
 */
export async function startBroker(config: Config, log: Logger): Promise<StartedBroker> {
  const broker = await RunningBroker.create(config, log);
  try {
    await broker.listen();
  } catch (error) {
    await broker.close();
    throw error;
  }
  return broker;
}

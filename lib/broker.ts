import type { Logger } from 'pino';
import type { StartedBroker } from './broker/api.js';
import type { ControlActions } from './broker/monitor-control.js';
import { RunningBroker } from './broker/running.js';
import type { Config } from './config.js';

export type { AttachWebSocketOptions, Broker, CloseOptions, StartedBroker } from './broker/api.js';
export type { ControlActions } from './broker/monitor-control.js';

/**
 * Starts a broker with every listener the configuration enables.
 *
 * @param actions what requests to the monitor may do beside what a broker can do by itself
 * @throws SluiceError ADDRESS_IN_USE, ADDRESS_UNUSABLE, CONFIG_INVALID about a file that TLS or an operator names; then
 *   nothing is left listening
 */
export async function startBroker(
  config: Config,
  log: Logger,
  actions: ControlActions = {},
): Promise<StartedBroker> {
  const broker = await RunningBroker.create(config, log, { actions });
  try {
    await broker.listen();
  } catch (error) {
    await broker.close();
    throw error;
  }
  return broker;
}

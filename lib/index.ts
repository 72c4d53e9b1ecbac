/**
 * sluice: a pub/sub broker built as Node stream pipelines.
 *
 * @module sluice
 */
import { type Logger, pino } from 'pino';
import { type Broker, startBroker } from './broker.js';
import { configFrom, type SettingsInput } from './config.js';

export interface CreateOptions {
  /** Where the broker logs. Default: nowhere. */
  readonly logger?: Logger;
}

/**
 * Starts a broker in this process; it is ready when the promise resolves. No signal handlers, no log unless given one.
 *
 * @param settings shaped like the configuration file, defaults for what is left out:
 *   `{ listener: '127.0.0.1:0', line: { enabled: false } }`
 * @throws SluiceError CONFIG_INVALID, ADDRESS_IN_USE, ADDRESS_UNUSABLE
 */
export async function createBroker(
  settings: SettingsInput = {},
  options: CreateOptions = {},
): Promise<Broker> {
  return startBroker(configFrom(settings), options.logger ?? pino({ level: 'silent' }));
}

export type { Broker } from './broker.js';
export { type Address, type Config, configFrom, type SettingsInput } from './config.js';
export { ERRORS, type ErrorCode, type ErrorEntry, SluiceError } from './errors.js';
export { VERSION } from './version.js';

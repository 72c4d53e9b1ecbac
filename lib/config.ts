/** Configuration: flags over environment over TOML file over defaults, from one schema. */

export {
  type Config,
  configDigest,
  configFrom,
  describeIn,
  isConfig,
  withoutLine,
} from './config/config.js';
export { type Loaded, loadConfig, type Sources } from './config/load.js';
export { unreadableFiles } from './config/named-files.js';
export { printConfig } from './config/print.js';
export type { SettingsInput } from './config/schema.js';
export { type Address, formatAddress, isLoopback } from './domain/address.js';

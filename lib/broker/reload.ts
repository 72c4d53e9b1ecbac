import { type Config, formatAddress } from '../config.js';
import { SluiceError } from '../domain/errors.js';

/** Parts of the configuration that are in force from the next start only. */
const FIXED: readonly { readonly key: string; readonly of: (config: Config) => string }[] = [
  { key: 'listener', of: ({ nats }) => `${nats.enabled} ${nats.listeners.map(formatAddress).join(' ')}` },
  {
    key: 'line.listener',
    of: ({ line }) => `${line.enabled} ${line.listeners.map(formatAddress).join(' ')}`,
  },
  {
    key: 'websocket.listener',
    of: ({ websocket }) => (websocket.listener ? formatAddress(websocket.listener) : ''),
  },
  { key: 'leaf.listener', of: ({ leaf }) => (leaf.listener ? formatAddress(leaf.listener) : '') },
  { key: 'monitor.listener', of: ({ monitor }) => (monitor.listener ? formatAddress(monitor.listener) : '') },
  { key: 'monitor.tls', of: ({ monitor }) => String(monitor.tls) },
  { key: 'monitor.base_path', of: ({ monitor }) => monitor.basePath },
  { key: 'jetstream', of: ({ jetstream }) => JSON.stringify(jetstream) ?? '' },
  { key: 'server_name', of: ({ serverName }) => serverName ?? '' },
];

/** The parts that a reload changes, as they are called to the user. */
const PARTS = [
  'authorization',
  'accounts',
  'mappings',
  'operator',
  'tls',
  'websocket',
  'leaf',
  'nats',
  'line',
  'limits',
  'flow',
  'lameDuck',
  'shutdown',
  'monitor',
  'serverTags',
  'systemAccount',
] as const satisfies readonly (keyof Config)[];

/**
 * Names of the parts in which two configurations differ; never their values, which may be secrets.
 *
 * @throws SluiceError CONFIG_INVALID where one of them is fixed until a restart
 */
export function diffSettings(old: Config, young: Config): readonly string[] {
  const fixed = FIXED.filter(({ of }) => of(old) !== of(young)).map(({ key }) => key);
  if (fixed.length > 0)
    throw new SluiceError(
      'CONFIG_INVALID',
      `${fixed.join(', ')}: cannot be changed by a reload, restart sluice`,
    );
  return PARTS.filter((part) => JSON.stringify(old[part]) !== JSON.stringify(young[part])).map((part) =>
    part.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  );
}

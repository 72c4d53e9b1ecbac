/** Brokers that are given another configuration. */
import { type Config, configFrom, type SettingsInput } from '../../../lib/config.js';
import { type Client, type ConnectHow, type Harness, QUIET } from '../harness.js';

/** The configuration that a harness started with these settings has. */
export function configOf(settings: SettingsInput): Config {
  return configFrom({
    listener: '127.0.0.1:0',
    ...settings,
    line: { listener: '127.0.0.1:0', ...settings.line },
    limits: { max_connections: 1_000, ...settings.limits },
  });
}

/** Has the broker of `harness` go by `settings`. */
export function reload(harness: Harness, settings: SettingsInput): Promise<readonly string[]> {
  return harness.broker.reload(configOf(settings));
}

/** A NATS client, with these options in its CONNECT. */
export function connectAs(
  harness: Harness,
  options: Readonly<Record<string, unknown>> = {},
  how: ConnectHow = {},
): Promise<Client> {
  return harness.connect('nats', { ...how, options: { ...QUIET, protocol: 1, ...options } });
}

/** Settings with these users in the default account. */
export function usersOf(
  ...users: NonNullable<NonNullable<SettingsInput['authorization']>['users']>
): SettingsInput {
  return { authorization: { users } };
}

/** What an INFO frame says. */
export function infoIn(frame: string): Readonly<Record<string, unknown>> {
  return JSON.parse(frame.replace(/^INFO /, '')) as Readonly<Record<string, unknown>>;
}

/** What has to hold between settings that are each right by themselves. */
import { isLoopback } from '../../domain/address.js';
import { formatBytes, formatDuration } from '../units.js';
import { accountFaults } from './account-rules.js';
import type { Fault, Ruled } from './fault.js';
import { mappingFaults } from './mapping-rules.js';
import { userFaults } from './user-rules.js';
import { websocketFaults } from './websocket-rules.js';

interface Rule {
  readonly key: readonly [string, string];
  readonly holds: (settings: Ruled) => boolean;
  readonly otherwise: (settings: Ruled) => string;
}

const needs = (key: string) => () => `needs ${key} as well`;

const rules: readonly Rule[] = [
  {
    key: ['flow', 'low_water'],
    holds: ({ flow }) => flow.low_water < flow.high_water,
    otherwise: ({ flow }) => `must be below flow.high_water, which is ${formatBytes(flow.high_water)}`,
  },
  {
    key: ['flow', 'high_water'],
    holds: ({ flow }) => flow.high_water < flow.max_pending,
    otherwise: ({ flow }) => `must be below flow.max_pending, which is ${formatBytes(flow.max_pending)}`,
  },
  {
    key: ['nats', 'max_payload'],
    holds: ({ nats, flow }) => nats.max_payload <= flow.max_pending,
    otherwise: ({ flow }) => `must be at most flow.max_pending, which is ${formatBytes(flow.max_pending)}`,
  },
  {
    key: ['authorization', 'password'],
    holds: ({ authorization: { user, password } }) => password === undefined || user !== undefined,
    otherwise: needs('authorization.user'),
  },
  {
    key: ['authorization', 'user'],
    holds: ({ authorization: { user, password } }) => user === undefined || password !== undefined,
    otherwise: needs('authorization.password'),
  },
  {
    key: ['lame_duck', 'grace_period'],
    holds: ({ lame_duck: { duration, grace_period } }) => grace_period < duration,
    otherwise: ({ lame_duck: { duration } }) =>
      `must be below lame_duck.duration, which is ${formatDuration(duration)}`,
  },
  {
    key: ['tls', 'cert_file'],
    holds: ({ tls }) => tls.cert_file === undefined || tls.key_file !== undefined,
    otherwise: needs('tls.key_file'),
  },
  {
    key: ['tls', 'key_file'],
    holds: ({ tls }) => tls.key_file === undefined || tls.cert_file !== undefined,
    otherwise: needs('tls.cert_file'),
  },
  {
    key: ['tls', 'ca_file'],
    holds: ({ tls }) => tls.ca_file === undefined || tls.cert_file !== undefined,
    otherwise: needs('tls.cert_file'),
  },
  {
    key: ['line', 'tls'],
    holds: ({ line, tls }) => !line.tls || tls.cert_file !== undefined,
    otherwise: needs('tls.cert_file'),
  },
  {
    key: ['monitor', 'tls'],
    holds: ({ monitor, tls }) => !monitor.tls || tls.cert_file !== undefined,
    otherwise: needs('tls.cert_file'),
  },
  {
    key: ['monitor', 'base_path'],
    holds: ({ monitor: { base_path = '' } }) =>
      /^[\w./~-]*$/.test(base_path) && !/(?:^|\/)\.\.?(?:\/|$)/.test(base_path),
    otherwise: () =>
      'not usable, allowed: letters, digits, _, ., ~, - and /, without . or .. between slashes',
  },
  {
    key: ['monitor', 'control'],
    holds: ({ monitor: { control, tls, listener } }) =>
      !control || tls || listener === undefined || isLoopback(listener.host),
    otherwise: () =>
      'needs monitor.tls where others than this machine reach monitor.listener: requests have passwords',
  },
];

/**
 * Every rule that the settings break.
 * @param isSound whether all are right by themselves; otherwise trees are let be, as they may lack anything
 */
export function broken(settings: Ruled, isSound: boolean): readonly Fault[] {
  const faults = rules
    .filter(({ holds }) => !holds(settings))
    .map(({ key, otherwise }): Fault => ({ path: key, message: otherwise(settings) }));
  if (!isSound) return faults;
  const { accounts, mappings } = settings;
  return [
    ...faults,
    ...userFaults(settings),
    ...websocketFaults(settings),
    ...mappingFaults(['mappings'], mappings),
    ...Object.entries(accounts).flatMap(([name, account]) => [
      ...mappingFaults(['accounts', name, 'mappings'], account.mappings),
    ]),
    ...accountFaults(accounts),
  ];
}

/** What has to hold between settings that are each right by themselves. */
import { isLoopback } from '../../domain/address.js';
import { formatBytes, formatDuration } from '../units.js';
import { accountFaults } from './account-rules.js';
import type { Fault, Ruled } from './fault.js';
import { mappingFaults } from './mapping-rules.js';
import { userRules } from './user-rules.js';
import { websocketFaults } from './websocket-rules.js';

interface Rule {
  readonly key: readonly [string, string];
  readonly holds: (settings: Ruled) => boolean;
  readonly otherwise: (settings: Ruled) => string;
}

const needs = (key: string) => () => `needs ${key} as well`;

function isFetchable(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, search, hash } = new URL(url);
  return /^https?:$/.test(protocol) && search + hash === '';
}

function hasCertificate({ cert_file, certificates }: Ruled['tls']): boolean {
  return cert_file !== undefined || certificates.length > 0;
}

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
    key: ['resolver', 'url'],
    holds: ({ resolver: { url } }) => url === undefined || isFetchable(url),
    otherwise: () => 'not usable, allowed: a URL with http or https, without a query',
  },
  {
    key: ['resolver', 'cert_file'],
    holds: ({ resolver: { cert_file, key_file } }) => cert_file === undefined || key_file !== undefined,
    otherwise: needs('resolver.key_file'),
  },
  {
    key: ['resolver', 'key_file'],
    holds: ({ resolver: { cert_file, key_file } }) => key_file === undefined || cert_file !== undefined,
    otherwise: needs('resolver.cert_file'),
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
    key: ['tls', 'certificates'],
    holds: ({ tls }) => tls.certificates.length === 0 || tls.cert_file === undefined,
    otherwise: () => 'excluded by tls.cert_file, which is the only certificate then',
  },
  {
    key: ['tls', 'ca_file'],
    holds: ({ tls }) => tls.ca_file === undefined || hasCertificate(tls),
    otherwise: needs('tls.cert_file'),
  },
  {
    key: ['line', 'tls'],
    holds: ({ line, tls }) => !line.tls || hasCertificate(tls),
    otherwise: needs('tls.cert_file'),
  },
  {
    key: ['monitor', 'tls'],
    holds: ({ monitor, tls }) => !monitor.tls || hasCertificate(tls),
    otherwise: needs('tls.cert_file'),
  },
  {
    key: ['monitor', 'base_path'],
    holds: ({ monitor: { base_path = '' } }) =>
      /^[\w./~-]*$/.test(base_path) && !/\/\/|(?:^|\/)\.\.?(?:\/|$)/.test(base_path),
    otherwise: () =>
      'not usable, allowed: letters, digits, _, ., ~, - and /, and between slashes neither . nor .. nor nothing',
  },
  {
    key: ['monitor', 'control'],
    holds: ({ monitor: { control, tls, listener } }) =>
      !control || tls || listener === undefined || isLoopback(listener.host),
    otherwise: () =>
      'needs monitor.tls where others than this machine reach monitor.listener: requests have passwords',
  },
];

/** Rules as functions that yield what breaks them. */
const checks: readonly ((settings: Ruled) => Iterable<Fault>)[] = [
  ...rules.map(({ key, holds, otherwise }) => (settings: Ruled): Iterable<Fault> => {
    return holds(settings) ? [] : [{ path: key, message: otherwise(settings) }];
  }),
  ...userRules,
  websocketFaults,
  ({ mappings }) => mappingFaults(['mappings'], mappings),
  ({ accounts }) =>
    Object.entries(accounts).flatMap(([name, account]) => [
      ...mappingFaults(['accounts', name, 'mappings'], account.mappings),
    ]),
  ({ accounts }) => accountFaults(accounts),
];

/**
 * Every rule that the settings break.
 * @param wrong the settings, `table.key` or `key`, that are wrong by themselves: what a rule finds after it has read such a
 * setting is left out, as it may not be so with the right value
 */
export function broken(settings: Ruled, wrong: ReadonlySet<string>): readonly Fault[] {
  if (wrong.size === 0) return checks.flatMap((check) => [...check(settings)]);
  const faults: Fault[] = [];
  for (const check of checks) {
    let isKnown = true;
    const watched = watch(settings, (key) => {
      if (wrong.has(key)) isKnown = false;
    });
    for (const fault of check(watched)) if (isKnown) faults.push(fault);
  }
  return faults;
}

/** The same settings; `onRead` is called with the key of each that is read. */
function watch<T extends object>(settings: T, onRead: (key: string) => void, prefix = ''): T {
  return new Proxy(settings, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof name === 'symbol') return value;
      onRead(`${prefix}${name}`);
      const isTable = typeof value === 'object' && value !== null && !Array.isArray(value);
      return isTable && prefix === '' ? watch(value, onRead, `${name}.`) : value;
    },
  });
}

/** What sluice is started as: under its own name, or in the place of nats-server. */
import { writeFileSync } from 'node:fs';
import { settingNamed } from '../config/fields.js';
import type { Source } from '../config/given.js';
import { NATS_LEVEL, VERSION } from '../version.js';
import { natsServerName } from './persona-name.js';

/** What follows from the name that the command was started by. */
export interface Persona {
  readonly program: 'sluice' | 'nats-server';
  /** The first part of the ports file's name. */
  readonly portsFilePrefix: string;
  /** What comes after the process id in the pid file; nothing in nats-server's. */
  readonly pidLineEnd: string;
  /** Whether ./config.toml is read when no file is named. */
  readonly hasDefaultFile: boolean;
  /** The line of --version. */
  readonly versionLine: string;
  /** Defaults other than the schema's. */
  readonly defaults: Source;
}

const SLUICE: Persona = {
  program: 'sluice',
  portsFilePrefix: 'nats-server',
  pidLineEnd: '\n',
  hasDefaultFile: true,
  versionLine: `sluice ${VERSION} (nats-server: v${NATS_LEVEL})`,
  defaults: { given: [], problems: [] },
};

/** nats-server's own: many of them must be able to run side by side, so none has a further port. */
const NATS_DEFAULTS: readonly (readonly [key: string, value: string | boolean | number])[] = [
  ['listener', '*:4222'],
  ['line.enabled', false],
  ['log.format', 'nats'],
  ['log.max_traced_payload', 0],
];

/**
 * Finds the persona of a process: sluice, or nats-server.
 * @param names what it was started as: the script, and the first word of its command line
 */
export function personaOf(names: readonly string[]): Persona {
  const name = natsServerName(names);
  if (name === undefined) return SLUICE;
  return {
    program: 'nats-server',
    portsFilePrefix: name,
    pidLineEnd: '',
    hasDefaultFile: false,
    versionLine: `nats-server: v${NATS_LEVEL}`,
    defaults: {
      given: NATS_DEFAULTS.map(([key, value]) => ({
        field: settingNamed(key),
        value,
        origin: `${key} = ${JSON.stringify(value)} (the default)`,
      })),
      problems: [],
    },
  };
}

/**
 * Gives the process its name for ps, pgrep and killall, where the system lets it. The command line stays as it is;
 * process.title would write over it.
 */
export function nameProcess(name: string): void {
  try {
    writeFileSync('/proc/self/comm', name);
  } catch {
    // Not Linux, or not allowed: it is called node then.
  }
}

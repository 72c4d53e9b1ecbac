import { SluiceError } from '../domain/errors.js';
import { isOptions } from '../embed/check.js';
import type { BrokerOptions } from '../embed/options.js';
import { camelCase } from '../embed/setting-shapes.js';
import type { BrokerSettings, ListenOptions } from '../embed/settings.js';
import type { FakeClock } from './fake-clock.js';

/** What `startTestBroker` takes: all that `createBroker` does, with defaults of its own, and a clock. */
export type TestBrokerOptions = BrokerOptions & {
  /** What PINGs go by: `fakeClock()`. Default: real time. */
  readonly clock?: FakeClock | undefined;
};

/** Ports to listen on, where the settings do not say. */
export interface Ports {
  readonly nats?: number | undefined;
  readonly line?: number | undefined;
  readonly monitor?: number | undefined;
}

const HOST = '127.0.0.1';
/** A client that takes nothing is given up, and a broker that is closed is closed, while a test still waits. */
const QUICK = {
  flow: { writeDeadline: 2_000 },
  shutdown: { deadline: 500 },
  lameDuck: { duration: 200, gracePeriod: 100 },
} as const;

/**
 * The settings with what a test needs where they say nothing: loopback, short deadlines, and these ports or, of those
 * that are not known, free ones. Settings that are wrong stay so, for `createBroker` to refuse.
 */
export function placed(settings: BrokerSettings, ports: Ports): BrokerSettings {
  try {
    return withListeners(settings, ports);
  } catch (error) {
    // A getter or a Proxy among them threw.
    throw new SluiceError('CONFIG_INVALID', 'settings: reading them failed', { cause: error });
  }
}

function withListeners(settings: BrokerSettings, ports: Ports): BrokerSettings {
  const { nats, line, monitor, flow, shutdown, lame_duck: underscored } = settings;
  const key = underscored === undefined ? 'lameDuck' : 'lame_duck';
  return {
    ...settings,
    nats: settings.listener === undefined ? listenOn(nats === undefined ? true : nats, ports.nats) : nats,
    line: listenOn(line === undefined ? false : line, ports.line),
    monitor: listenOn(monitor === undefined ? false : monitor, ports.monitor),
    flow: withDefaults(flow, QUICK.flow),
    shutdown: withDefaults(shutdown, QUICK.shutdown),
    [key]: withDefaults(settings[key], QUICK.lameDuck),
  };
}

function listenOn<Table extends ListenOptions>(table: Table | boolean, port = 0): Table | boolean {
  if (table === false || (table !== true && !isOptions(table))) return table;
  const given: ListenOptions & { readonly listener?: unknown } = table === true ? {} : table;
  if (given.listener !== undefined) return table;
  return { ...given, host: given.host ?? HOST, port: given.port || port } as Table;
}

/** Adds the defaults whose keys are missing in either spelling. */
function withDefaults<Table extends object>(given: Table | undefined, defaults: object): Table | undefined {
  if (given === undefined) return defaults as Table;
  if (!isOptions(given)) return given;
  const missing = Object.entries(defaults).filter(
    ([key]) => !Object.keys(given).some((own) => camelCase(own) === key),
  );
  return { ...Object.fromEntries(missing), ...given };
}

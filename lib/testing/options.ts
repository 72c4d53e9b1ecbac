import type { BrokerOptions } from '../embed/options.js';
import type { BrokerSettings, Place } from '../embed/settings.js';
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
  flow: { write_deadline: '2s' },
  shutdown: { deadline: '500ms' },
  lame_duck: { duration: '200ms', grace_period: '100ms' },
} as const;

/**
 * The settings with what a test needs where they say nothing: loopback, short deadlines, and these ports or, of those
 * that are not known, free ones.
 */
export function placed(settings: BrokerSettings, ports: Ports): BrokerSettings {
  const { nats, line, monitor, flow, shutdown, lame_duck: lameDuck } = settings;
  return {
    ...settings,
    nats: nats === false || settings.listener !== undefined ? nats : { ...nats, ...place(nats, ports.nats) },
    line: !line ? false : { ...line, ...(hasListener(line) ? {} : place(line, ports.line)) },
    monitor: !monitor
      ? false
      : { ...monitor, ...(hasListener(monitor) ? {} : place(monitor, ports.monitor)) },
    flow: { ...QUICK.flow, ...flow },
    shutdown: { ...QUICK.shutdown, ...shutdown },
    lame_duck: { ...QUICK.lame_duck, ...lameDuck },
  };
}

function place(table: Place | undefined, port = 0): Place {
  return { host: table?.host ?? HOST, port: table?.port || port };
}

function hasListener(table: object): boolean {
  return 'listener' in table && table.listener !== undefined;
}

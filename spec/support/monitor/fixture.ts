import type { OutgoingHttpHeaders } from 'node:http';
import { pino } from 'pino';
import {
  type Monitor,
  type MonitorOptions,
  type MonitorSettings,
  startMonitor,
} from '../../../lib/monitor/monitor.js';
import { ask, FakeBroker, type Reply } from './fake.js';

/** An answer, or a row of one; by name what specs look at. */
export interface Json {
  readonly uptime?: unknown;
  readonly mem?: number;
  readonly cores?: number;
  readonly gomaxprocs?: number;
  readonly http_req_stats?: unknown;
  readonly accounts?: unknown;
  readonly system_account?: unknown;
  readonly account_detail?: unknown;
  readonly account_statz?: unknown;
  readonly subscriptions_list?: unknown;
  readonly subscriptions_list_detail?: unknown;
  readonly now?: unknown;
  readonly idle?: unknown;
  readonly cid?: unknown;
  readonly ip?: unknown;
  readonly reason?: unknown;
}

/** A monitor of a fake broker, and what it logged. */
export interface Fixture {
  readonly broker: FakeBroker;
  readonly lines: readonly Record<string, unknown>[];
  readonly monitor: Monitor;
  ask(target: string, method?: string, headers?: OutgoingHttpHeaders): Promise<Reply>;
  /** The JSON that `target` is answered with. */
  json(target: string): Promise<Json>;
}

/** Starts one on a free port of the loopback. */
export async function fixture(
  access: Partial<MonitorSettings> = {},
  options: MonitorOptions = {},
): Promise<Fixture> {
  const settings = { allowedHosts: [], allowedOrigins: [], metricsAccounts: 2, ...access };
  const broker = new FakeBroker();
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => void lines.push(JSON.parse(line)) });
  const monitor = await startMonitor({ host: '127.0.0.1', port: 0 }, broker, log, {
    settings: () => settings,
    ...options,
  });
  const { port } = monitor.address;
  return {
    broker,
    lines,
    monitor,
    ask: (target, method, headers) => ask(port, target, method, headers),
    json: async (target) => JSON.parse((await ask(port, target)).body),
  };
}

/** A configuration, looked at as closely as a start would, without starting. */
import { pino } from 'pino';
import { accessOf } from '../broker/access.js';
import type { Loaded } from '../config.js';
import { type Address, shownHost } from '../domain/address.js';
import { exposedListeners, isReadableByOthers } from './exposure.js';
import { type Invocation, loadFor } from './invocation.js';

/** What was found of a configuration that is right. */
export interface Inspected extends Loaded {
  readonly file: string | undefined;
  /** Warnings about who could reach it without a login, and what could be read on the way. */
  readonly risks: readonly string[];
}

/**
 * Reads the configuration, and the files that it names for logins and TLS.
 * @throws SluiceError CONFIG_INVALID, CONFIG_UNREADABLE
 */
export async function inspect(invocation: Invocation): Promise<Inspected> {
  const loaded = await loadFor(invocation);
  const { config } = loaded;
  const said: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => said.push(JSON.parse(line).msg as string) });
  await accessOf(config, log);
  const listening = {
    lineAddresses: config.line.enabled ? config.line.listeners.map(shown) : [],
    natsAddresses: config.nats.enabled ? config.nats.listeners.map(shown) : [],
    websocketAddress: config.websocket.listener && shown(config.websocket.listener),
    leafAddress: config.leaf.listener && shown(config.leaf.listener),
    monitorAddress: config.monitor.listener && shown(config.monitor.listener),
  };
  const risks = [...exposedListeners(listening, config), ...isReadableByOthers(listening, config)];
  return { ...loaded, warnings: [...loaded.warnings, ...said], risks };
}

/** As a listener there would be shown. */
function shown({ host, port }: Address): Address {
  return { host: shownHost(host), port };
}

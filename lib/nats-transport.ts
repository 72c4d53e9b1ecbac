/**
 * Connects nats.js to a broker in the same process, without a port. Nothing here depends on nats.js.
 *
 *     import { wsconnect } from '@nats-io/nats-core';
 *     import { natsTransport } from 'sluice/nats-transport';
 *     const nc = await wsconnect({ ...natsTransport(broker), name: 'test' });
 *
 * @module sluice/nats-transport
 */

import type { Duplex } from 'node:stream';
import type { DialectName } from './domain/dialect-name.js';
import { invalidKey, SluiceError } from './domain/errors.js';
import { MemorySocket } from './embed/memory-socket.js';
import { MemoryTransport } from './embed/memory-transport.js';
import { kindOf } from './embed/values.js';

/** What is needed of a broker. */
export interface Reachable {
  connect(options?: { readonly dialect?: DialectName }): Duplex;
}

/** A broker, or what says which one it is whenever nats.js connects or reconnects; undefined: there is none now. */
export type BrokerSource = Reachable | (() => Reachable | undefined);

/** Options that make `wsconnect` talk to a broker in this process. */
export interface NatsTransport {
  /** An address that leads nowhere: nats.js wants one. */
  readonly servers: string;
  /** In the place of a WebSocket. `never`, so that it passes for one with and without the DOM's types. */
  readonly wsFactory: () => Promise<{ socket: never; encrypted: boolean }>;
}

/** What `setTransportFactory` takes. */
export interface NatsTransportFactory {
  readonly factory: () => MemoryTransport;
}

/**
 * For `wsconnect` of nats.js 3 (`@nats-io/nats-core`, `@nats-io/transport-node`): options to be spread into its own. They
 * belong to the connection that is made with them, and to no other.
 * @throws SluiceError CONFIG_INVALID where it is given no broker
 */
export function natsTransport(broker: BrokerSource): NatsTransport {
  if (typeof broker !== 'function') checkBroker(broker);
  return {
    servers: 'ws://in-process',
    wsFactory: async () => ({ socket: new MemorySocket(() => dial(broker)) as never, encrypted: false }),
  };
}

/**
 * For `setTransportFactory`, which nats.js 2 (`nats`) has as well. It holds for the whole process, until another call sets
 * another one, as each call of `connect` does.
 * @throws SluiceError CONFIG_INVALID where it is given no broker
 */
export function natsTransportFactory(broker: BrokerSource): NatsTransportFactory {
  if (typeof broker !== 'function') checkBroker(broker);
  return { factory: () => new MemoryTransport(() => dial(broker)) };
}

function dial(source: BrokerSource): Duplex {
  const broker: unknown = typeof source === 'function' ? source() : source;
  if (broker === undefined) throw new SluiceError('SERVER_SHUTDOWN', 'there is no broker now');
  checkBroker(broker);
  return broker.connect();
}

/** Throws SluiceError CONFIG_INVALID about anything but a broker. */
function checkBroker(broker: unknown): asserts broker is Reachable {
  try {
    if (typeof (broker as Partial<Reachable> | null)?.connect === 'function') return;
  } catch {
    // A getter or a Proxy threw: no broker.
  }
  throw invalidKey(
    'broker',
    `not usable, allowed: a broker or a function that returns one, not ${kindOf(broker)}`,
  );
}

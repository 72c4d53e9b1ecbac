/** Test brokers and clients of nats.js, closed at the end of the test they are for. */
import { type ConnectionOptions, connect, type NatsConnection } from 'nats';
import { startTestBroker, type TestBroker, type TestBrokerOptions } from '../../../lib/testing/index.js';

const brokers: TestBroker[] = [];
const clients: NatsConnection[] = [];

export async function testBroker(options?: TestBrokerOptions): Promise<TestBroker> {
  const broker = await startTestBroker(options);
  brokers.push(broker);
  return broker;
}

/** A client that reconnects at once, for long. */
export async function dial(broker: TestBroker, options: ConnectionOptions = {}): Promise<NatsConnection> {
  const client = await connect({
    servers: broker.url,
    reconnectTimeWait: 5,
    reconnectJitter: 0,
    maxReconnectAttempts: -1,
    ...options,
  });
  clients.push(client);
  return client;
}

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all(brokers.splice(0).map((broker) => broker.close({ drain: false })));
}

/** Resolves to the next status of this type. */
export async function nextStatus(client: NatsConnection, type: string): Promise<unknown> {
  for await (const status of client.status()) if (status.type === type) return status.data;
  throw new Error(`closed before ${type}`);
}

/** All messages of a subscription so far, as text. */
export function heard(client: NatsConnection, subject: string): string[] {
  const messages: string[] = [];
  client.subscribe(subject, { callback: (_, message) => messages.push(message.string()) });
  return messages;
}

/** Longer than anything that should happen takes, in milliseconds. */
export const PATIENCE = { timeoutMs: 45_000 };

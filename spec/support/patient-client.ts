import { type ConnectionOptions, connect as dial, type NatsConnection } from '@nats-io/transport-node';
import { PATIENCE_MS } from './until.js';

/** The same client, whose requests wait as long as specs wait for anything: its own limit is a second. */
export function patient(client: NatsConnection): NatsConnection {
  const request = client.request.bind(client);
  client.request = (subject, payload, options) =>
    request(subject, payload, { timeout: PATIENCE_MS, ...options });
  return client;
}

/** A client of `@nats-io/transport-node` that is patient. */
export async function connect(options: ConnectionOptions): Promise<NatsConnection> {
  return patient(await dial(options));
}

import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { Svcm } from '@nats-io/services';
import {
  connect,
  credsAuthenticator,
  errors,
  headers,
  type NatsConnection,
  nkeyAuthenticator,
  type Status,
} from '@nats-io/transport-node';
import { describeNatsClient } from '../support/e2e/nats-behaviours.js';
import type { NatsClient, Until, Violation } from '../support/e2e/nats-client.js';

function strategy(until: Until) {
  if (until === 'empty') return { strategy: 'sentinel' } as const;
  if ('count' in until) return { strategy: 'count', maxMessages: until.count } as const;
  return { strategy: 'stall', stall: until.silentMs } as const;
}

function failureOf(error: unknown): string {
  if (error instanceof errors.NoRespondersError) return 'no responders';
  if (error instanceof errors.RequestError) {
    return error.isNoResponders() ? 'no responders' : failureOf(error.cause);
  }
  // The package keeps its class to itself.
  if (error instanceof Error && error.name === 'JetStreamNotEnabled') return 'no JetStream';
  if (error instanceof errors.AuthorizationError) return 'authorization';
  if (error instanceof errors.PermissionViolationError) return 'permissions';
  if (error instanceof errors.TimeoutError) return 'timeout';
  if (error instanceof errors.ClosedConnectionError) return 'closed';
  const isTooLarge = error instanceof errors.InvalidArgumentError && /max_payload/.test(error.message);
  return isTooLarge ? 'max payload' : String(error);
}

async function* violations(statuses: AsyncIterable<Status>): AsyncGenerator<Violation, Violation> {
  for await (const status of statuses) {
    if (status.type !== 'error' || !(status.error instanceof errors.PermissionViolationError)) continue;
    const { operation, subject } = status.error;
    yield { operation, subject };
  }
  throw new Error('the connection has ended');
}

const client: NatsClient = {
  name: '@nats-io/transport-node 3.x',
  connect: (options) => connect(options),
  headers,
  requestMany: (connection, subject, until) =>
    (connection as NatsConnection).requestMany(subject, '', { maxWait: 10_000, ...strategy(until) }),
  authenticator: (kind, secret) => (kind === 'nkey' ? nkeyAuthenticator(secret) : credsAuthenticator(secret)),
  violations: (connection) => violations((connection as NatsConnection).status()),
  services(connection) {
    // Its own copy of the core has a type of connection of its own.
    const services = new Svcm(connection as unknown as ConstructorParameters<typeof Svcm>[0]);
    return {
      add: (config) => services.add(config),
      client: (until) => services.client({ maxWait: 10_000, ...strategy(until) }),
    };
  },
  noJetStream: 'no JetStream',
  async jetStream(connection, call) {
    const nc = connection as NatsConnection;
    switch (call) {
      case 'manage streams':
        return jetstreamManager(nc);
      case 'read the account':
        return (await jetstreamManager(nc, { checkAPI: false })).getAccountInfo();
      case 'publish':
        return jetstream(nc).publish('stream.subject');
      case 'create a bucket':
        return new Kvm(nc).create('bucket');
      case 'consume':
        return jetstream(nc).consumers.get('stream', 'consumer');
    }
  },
  async *events(connection) {
    for await (const { type } of (connection as NatsConnection).status()) yield type;
  },
  failureOf,
};

describeNatsClient(client);

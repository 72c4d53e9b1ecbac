import {
  connect,
  credsAuthenticator,
  headers,
  type NatsConnection,
  NatsError,
  nkeyAuthenticator,
  RequestStrategy,
  type Status,
} from 'nats';
import { describeNatsClient } from '../support/e2e/nats-behaviours.js';
import type { NatsClient, Until, Violation } from '../support/e2e/nats-client.js';

const FAILURES: Readonly<Record<string, string>> = {
  '503': 'no responders',
  AUTHORIZATION_VIOLATION: 'authorization',
  MAX_PAYLOAD_EXCEEDED: 'max payload',
  PERMISSIONS_VIOLATION: 'permissions',
  TIMEOUT: 'timeout',
  CONNECTION_CLOSED: 'closed',
};

function strategy(until: Until) {
  if (until === 'empty') return { strategy: RequestStrategy.SentinelMsg };
  if ('count' in until) return { strategy: RequestStrategy.Count, maxMessages: until.count };
  return { strategy: RequestStrategy.JitterTimer, jitter: until.silentMs };
}

async function* violations(statuses: AsyncIterable<Status>): AsyncGenerator<Violation, Violation> {
  for await (const { permissionContext } of statuses) {
    if (!permissionContext) continue;
    const { operation, subject } = permissionContext;
    yield { operation, subject };
  }
  throw new Error('the connection has ended');
}

const client: NatsClient = {
  name: 'nats 2.x',
  connect: (options) => connect(options),
  headers,
  requestMany: (connection, subject, until) =>
    (connection as NatsConnection).requestMany(subject, '', { maxWait: 10_000, ...strategy(until) }),
  authenticator: (kind, secret) => (kind === 'nkey' ? nkeyAuthenticator(secret) : credsAuthenticator(secret)),
  violations: (connection) => violations((connection as NatsConnection).status()),
  services(connection) {
    const { services } = connection as NatsConnection;
    return {
      add: (config) => services.add(config),
      client: (until) => services.client({ maxWait: 10_000, ...strategy(until) }),
    };
  },
  async jetStream(connection, call) {
    const nc = connection as NatsConnection;
    switch (call) {
      case 'manage streams':
        return nc.jetstreamManager();
      case 'read the account':
        return (await nc.jetstreamManager({ checkAPI: false })).getAccountInfo();
      case 'publish':
        return nc.jetstream().publish('stream.subject');
      case 'create a bucket':
        return nc.jetstream().views.kv('bucket');
      case 'consume':
        return nc.jetstream().consumers.get('stream', 'consumer');
    }
  },
  async *events(connection) {
    for await (const { type } of (connection as NatsConnection).status()) yield type;
  },
  noJetStream: 'no responders',
  failureOf: (error) => (error instanceof NatsError && FAILURES[error.code]) || String(error),
};

describeNatsClient(client);

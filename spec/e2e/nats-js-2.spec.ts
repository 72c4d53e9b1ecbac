import { connect, headers, type NatsConnection, NatsError, RequestStrategy } from 'nats';
import { describeNatsClient } from './nats-behaviours.js';
import type { NatsClient, Until } from './nats-client.js';

const FAILURES: Readonly<Record<string, string>> = {
  '503': 'no responders',
  AUTHORIZATION_VIOLATION: 'authorization',
  MAX_PAYLOAD_EXCEEDED: 'max payload',
  TIMEOUT: 'timeout',
  CONNECTION_CLOSED: 'closed',
};

function strategy(until: Until) {
  if (until === 'empty') return { strategy: RequestStrategy.SentinelMsg };
  if ('count' in until) return { strategy: RequestStrategy.Count, maxMessages: until.count };
  return { strategy: RequestStrategy.JitterTimer, jitter: until.silentMs };
}

const client: NatsClient = {
  name: 'nats 2.x',
  connect: (options) => connect(options),
  headers,
  requestMany: (connection, subject, until) =>
    (connection as NatsConnection).requestMany(subject, '', { maxWait: 10_000, ...strategy(until) }),
  async *events(connection) {
    for await (const { type } of (connection as NatsConnection).status()) yield type;
  },
  failureOf: (error) => (error instanceof NatsError && FAILURES[error.code]) || String(error),
};

describeNatsClient(client);

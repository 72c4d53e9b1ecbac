import { connect, errors, headers, type NatsConnection } from '@nats-io/transport-node';
import { describeNatsClient } from './nats-behaviours.js';
import type { NatsClient, Until } from './nats-client.js';

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
  if (error instanceof errors.AuthorizationError) return 'authorization';
  if (error instanceof errors.TimeoutError) return 'timeout';
  if (error instanceof errors.ClosedConnectionError) return 'closed';
  const isTooLarge = error instanceof errors.InvalidArgumentError && /max_payload/.test(error.message);
  return isTooLarge ? 'max payload' : String(error);
}

const client: NatsClient = {
  name: '@nats-io/transport-node 3.x',
  connect: (options) => connect(options),
  headers,
  requestMany: (connection, subject, until) =>
    (connection as NatsConnection).requestMany(subject, '', { maxWait: 10_000, ...strategy(until) }),
  async *events(connection) {
    for await (const { type } of (connection as NatsConnection).status()) yield type;
  },
  failureOf,
};

describeNatsClient(client);

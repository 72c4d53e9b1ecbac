import { type Sluice, startSluice } from '../process.js';
import type { Connection, NatsClient, World } from './nats-client.js';
import { jetStream } from './nats-jetstream.js';
import { lameDucks } from './nats-lame-duck.js';
import { logins } from './nats-logins.js';
import { messaging } from './nats-messaging.js';
import { permissions } from './nats-permissions.js';
import { requests } from './nats-requests.js';
import { services } from './nats-services.js';
import { sessions } from './nats-sessions.js';

const TABLE = {
  messages: messaging,
  requests,
  connections: sessions,
  logins,
  permissions,
  services,
  'lame ducks': lameDucks,
  JetStream: jetStream,
} as const;

/** Starts a broker of its own for a behaviour. */
const startBroker: World['startBroker'] = async (words = []) => {
  const broker = await startSluice(words);
  return Object.assign(broker, { servers: `127.0.0.1:${broker.natsPort}` });
};

/** Runs the one table of behaviours with one of the client libraries, against the real process. */
export function describeNatsClient(client: NatsClient): void {
  describe(`${client.name} and the real broker`, () => {
    let broker: Sluice;
    let connections: Connection[] = [];
    let count = 0;

    before(async () => {
      broker = await startSluice();
    });
    after(() => broker[Symbol.asyncDispose]());
    afterEach(async () => {
      await Promise.all(connections.map((connection) => connection.close()));
      connections = [];
    });

    for (const [title, behaviours] of Object.entries(TABLE)) {
      describe(title, () => {
        for (const behaviour of behaviours) {
          it(behaviour.title, () =>
            behaviour.run({ client, broker, connect, startBroker, subject: `spec.${count++}` }),
          );
        }
      });
    }

    const connect: World['connect'] = async (options = {}) => {
      const servers = `127.0.0.1:${broker.natsPort}`;
      const connection = await client.connect({ servers, reconnect: false, ...options });
      connections.push(connection);
      return connection;
    };
  });
}

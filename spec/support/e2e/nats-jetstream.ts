import { expect } from 'chai';
import { type Behaviour, failureOf } from './nats-client.js';
import { CALLS } from './nats-jetstream-calls.js';

/** What a client does with JetStream, of which there is none. */

export const jetStream: readonly Behaviour[] = CALLS.map((call) => ({
  title: `tells at once that there is no JetStream: ${call}`,
  async run({ client, connect }) {
    const connection = await connect();
    expect(await failureOf(client, client.jetStream(connection, call))).to.equal(client.noJetStream);
    await connection.flush();
  },
}));

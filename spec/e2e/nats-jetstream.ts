import { expect } from 'chai';
import { type Behaviour, failureOf } from './nats-client.js';

/** What a client does with JetStream, of which there is none. */
const CALLS = ['manage streams', 'read the account', 'publish', 'create a bucket', 'consume'] as const;

/** What both libraries can be asked for; see {@link CALLS}. */
export type JetStreamCall = (typeof CALLS)[number];

export const jetStream: readonly Behaviour[] = CALLS.map((call) => ({
  title: `tells at once that there is no JetStream: ${call}`,
  async run({ client, connect }) {
    const connection = await connect();
    expect(await failureOf(client, client.jetStream(connection, call))).to.equal(client.noJetStream);
    await connection.flush();
  },
}));

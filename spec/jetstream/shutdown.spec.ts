import { expect } from 'chai';
import { startTestBroker } from '../../lib/testing/index.js';
import { connect } from '../support/patient-client.js';
import { freshDirectory } from '../support/process.js';

describe('JetStream at a shutdown', () => {
  it('tells those that wait for messages', async () => {
    const broker = await startTestBroker({ jetstream: true });
    const connection = await connect({ servers: broker.url, reconnect: false });
    const ask = (subject: string, body: object) =>
      connection.request(`$JS.API.${subject}`, JSON.stringify(body));
    await ask('STREAM.CREATE.T', { name: 'T' });
    const config = { name: 'c', durable_name: 'c', ack_policy: 'explicit' };
    await ask('CONSUMER.CREATE.T.c', { stream_name: 'T', config });
    const statuses: (string | undefined)[] = [];
    connection.subscribe('inbox', {
      callback: (_error, message) => void statuses.push(message.headers?.description),
    });
    connection.publish('$JS.API.CONSUMER.MSG.NEXT.T.c', JSON.stringify({ batch: 1, expires: 60e9 }), {
      reply: 'inbox',
    });
    await connection.flush();
    await broker.close();
    await connection.closed();
    expect(statuses).to.deep.equal(['Server Shutdown']);
  });

  it('acknowledges what it has taken, once that is in files', async () => {
    const storeDir = freshDirectory();
    await using broker = await startTestBroker({ jetstream: { storeDir } });
    const connection = await connect({ servers: broker.url, reconnect: false });
    await connection.request('$JS.API.STREAM.CREATE.T', JSON.stringify({ name: 'T' }));
    const acks: number[] = [];
    connection.subscribe('inbox', {
      callback: (_error, message) => void acks.push(message.json<{ readonly seq: number }>().seq),
    });
    for (let i = 0; i < 500; i++) connection.publish('T', 'x'.repeat(1_000), { reply: 'inbox' });
    await connection.flush();
    await broker.restart({ drain: true });
    await connection.closed();
    expect(acks).to.deep.equal(Array.from({ length: 500 }, (_, i) => i + 1));
    const again = await connect({ servers: broker.url });
    const info = await again.request('$JS.API.STREAM.INFO.T');
    expect(info.json()).to.have.nested.property('state.messages', 500);
    await again.close();
  });
});
